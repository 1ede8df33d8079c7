"""Steps of a rollout: what the next one is, and what a step sets (CC-3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from config import file_name
from config.reading.problems import join_path
from config.system_declaration import RolloutTrack
from config.system_parts import Rollout
from ops.errors import OpsError
from ops.stack.target import Target
from planning import rollout
from planning.rollout import EVERYBODY, LADDERS
from systems.system import AnySystem

Values = dict[str, str | None]
"""Configuration values by path; `None` removes one."""


@dataclass(frozen=True)
class Course:
    """A rollout of a system in a stack: where its configuration is, and how it stands."""

    target: Target
    system: AnySystem
    track: RolloutTrack

    @property
    def key(self) -> str:
        """Key that the file has it under: `chittyos:rollout`."""
        return f"{self.system.name}:{self.track.path}"

    def current(self) -> Rollout:
        """Read it as the configuration has it; raises `OpsError` for what is none."""
        try:
            return self.track.parse(self.target.config.get(self.key) or {})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            path = join_path(self.system.name, [self.track.path, *first["loc"]])
            where = f"{file_name(self.target.name)}: {path}"
            raise OpsError(f"{where}: {first['msg']}; correct it") from None


def next_share(course: Course) -> Decimal | None:
    """Return the next share; `None` when everybody is served, or the environment has no ladder."""
    share = course.current().share
    environment = course.target.environment
    if environment not in LADDERS or share >= EVERYBODY:
        return None
    return rollout.next_rung(environment, share)


def parse_share(text: str) -> Decimal:
    """Read a share as it is typed; `OpsError` for what is none."""
    try:
        share = Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 1:
        raise OpsError(f"{text!r} is no share; it takes 0.00 to 1.00")
    return share


def step(
    course: Course, share: Decimal, *, confirmed: str | None = None, now: datetime | None = None
) -> Values:
    """Return the values that set *course* to *share* from *now* on."""
    before = course.current()
    since = before.since.isoformat() if before.since else None
    return {
        f"{course.key}.everyone": "true" if share == EVERYBODY else "false",
        f"{course.key}.percentage": f"{share:.2f}",
        f"{course.key}.since": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        f"{course.key}.previous.percentage": f"{before.share:.2f}",
        f"{course.key}.previous.since": since,
        f"{course.key}.confirmed": confirmed,
    }
