"""What of the local Cloudflare was deleted behind it: noticed before an `up`, mended by it.

The engine believes its state, and the API its records: with the data or the code below them gone,
both would see nothing to do.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from common.json_types import Json
from ops.engine.resources import short_type
from ops.errors import OpsError
from ops.run.refresh import refresh
from ops.stack import local_control, state
from ops.stack.session import Session

SCRIPT = "WorkersScript"
MODULE = "application/javascript+module"


@dataclass
class Losses:
    """What is lost, and what was done about it."""

    disks: list[str] = field(default_factory=list)
    """Data that begins empty."""

    code: list[str] = field(default_factory=list)
    """Scripts that lack their code."""

    said: list[str] = field(default_factory=list)

    developed: Json = field(default_factory=dict)
    """Scripts that serve what `make dev` put there, and the checksum of it."""


def begin(session: Session) -> Losses:
    """Look for what is lost, and read the stack again where data is; nothing elsewhere.

    So the `up` that follows sees what it has to make again. Raises `OpsError` where nothing that is
    left would make it whole.
    """
    if not session.target.local:
        return Losses()
    found = local_control.ask(session.target, "GET", "/local/status")
    if found.get("unfit"):
        raise OpsError(found["unfit"])
    lost = Losses(found["losses"]["disks"], found["losses"]["code"])
    lost.developed = found["developed"]
    if lost.code:
        _send_code(session, lost)
    if lost.disks:
        refresh(session)
        names = ", ".join(lost.disks)
        lost.said.append(f"the data of {names} was deleted: it begins empty, all else stays")
    return lost


def end(session: Session, lost: Losses) -> None:
    """After the `up`: upload what code is still lost, and forget the data that was made again.

    Raises `OpsError` for code that is not of this stack.
    """
    if lost.code:
        _send_code(session, lost)
    if lost.disks:
        local_control.ask(session.target, "POST", "/local/losses", json={"disks": lost.disks})
    if lost.code:
        raise OpsError(
            f"the code of {', '.join(lost.code)} was deleted and is not of this stack: deploy it "
            "again, or delete the script; its settings and its data are there"
        )


def _send_code(session: Session, lost: Losses) -> None:
    """Upload the bundles that are there just as they were deployed."""
    for resource in state.resources(session):
        inputs = resource.get("inputs", {})
        name = inputs.get("scriptName")
        if short_type(resource["urn"]) != SCRIPT or name not in lost.code:
            continue
        module = session.paths.root / str(inputs.get("contentFile"))
        if sha256(module) == inputs.get("contentSha256"):
            upload(session, name, str(inputs.get("mainModule")), module)
            lost.code.remove(name)
            lost.said.append(f"the code of {name} was deleted: it was uploaded again")


def sha256(module: Path) -> str | None:
    """Return the checksum of a bundle; `None` where there is none."""
    return hashlib.sha256(module.read_bytes()).hexdigest() if module.is_file() else None


def upload(session: Session, name: str, main: str, module: Path) -> None:
    """Put a bundle as the content of the script *name*; all else of it stays."""
    path = f"/client/v4/accounts/{session.target.account}/workers/scripts/{name}/content"
    metadata = json.dumps({"main_module": main})
    files = {
        "metadata": (None, metadata, "application/json"),
        main: (main, module.read_bytes(), MODULE),
    }
    local_control.ask(session.target, "PUT", path, files=files)
