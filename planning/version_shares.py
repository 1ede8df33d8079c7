"""Which versions of a worker answer how many of a hundred requests."""

import re
from dataclasses import dataclass

from planning.refusals import RefusedError

ALL = 100
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Share:
    """A version and its share. *version* is "" for that of the present code."""

    version: str
    of_hundred: int

    @property
    def is_new(self) -> bool:
        """Whether it is the version of the present code."""
        return not self.version


def shares(percentage: int, stable: str | None) -> tuple[Share, ...]:
    """Divide a hundred requests: *percentage* for the present code, the rest for *stable*.

    A version without a share is left out. `RefusedError` where the rest is nobody's.
    """
    check(percentage, stable)
    new, rest = Share("", percentage), Share(stable or "", ALL - percentage)
    return tuple(share for share in (new, rest) if share.of_hundred)


def check(percentage: int, stable: str | None) -> None:
    """Refuse a share of less than all with no version for the rest."""
    if not 0 <= percentage <= ALL:
        raise RefusedError(f"{percentage} is no share of a hundred; it takes 0 to 100")
    if percentage < ALL and not stable:
        raise RefusedError(
            f"{percentage} of 100 requests go to the version of this code, and the rest to nobody; "
            f"set stable to the id of the version that serves, or percentage to 100"
        )


def check_id(version: str) -> str:
    """Return the id of a version as it is; refused where it is none."""
    if not _ID.fullmatch(version):
        raise RefusedError(
            f"{version!r} is no id of a version: 8, 4, 4, 4 and 12 digits and letters a to f, "
            f"with dashes"
        )
    return version
