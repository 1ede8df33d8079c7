"""What was deleted below the records, and can be made again from what is left."""

from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from local.records import data_identity
from local.records.records import Kind, Records


@dataclass(frozen=True)
class Losses:
    """What the records speak of and is not there."""

    disks: tuple[str, ...] = ()
    """Disks of the runtime that were deleted before it started: they began empty."""

    deleted: tuple[str, ...] = ()
    """Disks that were deleted since. The runtime has them open; the next start makes them anew."""

    code: tuple[str, ...] = ()
    """Scripts without their code. Their settings, addresses and data are there."""

    def sentence(self) -> str | None:
        """Say what is lost and what to do; `None` when nothing is."""
        data = sorted({*self.disks, *self.deleted})
        said = [
            *([f"the data of {', '.join(data)} was deleted and begins empty"] if data else []),
            *([f"the code of {', '.join(self.code)} was deleted"] if self.code else []),
        ]
        return f"{' and '.join(said)}; run `make up`, which makes the rest again" if said else None

    def shown(self) -> Json:
        return {"disks": self.disks, "deleted": self.deleted, "code": self.code}


def losses(records: Records, scripts: Path, runtime: Path | None) -> Losses:
    """Look for what is lost now; *runtime* is the folder of the data, if there is one."""
    return Losses(
        disks=tuple(data_identity.lost(records)),
        deleted=tuple(data_identity.deleted(records, runtime)) if runtime else (),
        code=tuple(_without_code(records, scripts)),
    )


def _without_code(records: Records, scripts: Path) -> list[str]:
    return [
        script["name"]
        for script in records.all(Kind.SCRIPT)
        if (version := records.get(Kind.VERSION, script["version"])) is not None
        and not all((scripts / version["code"] / m["file"]).is_file() for m in version["modules"])
    ]
