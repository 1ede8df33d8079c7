"""Code that `make dev` put into the account past the state: brought in line by an `up`.

The engine compares with its state, which knows nothing of it: where the files are again as they
were deployed, it sees nothing to do.
"""

from collections.abc import Iterator, Mapping

from common.json_types import Json
from ops.crash_recovery.lost_local_data import SCRIPT, sha256, upload
from ops.engine.resources import short_type
from ops.errors import OpsError
from ops.stack import local_control, state
from ops.stack.session import Session


def bring_in_line(session: Session, before: Mapping[str, str | None]) -> Iterator[str]:
    """After an `up`: have every script serve what the state says; say for each what was done.

    *before*: scripts that served what `make dev` put there when the `up` began, and its checksum.
    Nothing is said of one that served what was deployed. Raises `OpsError` where the bundle of a
    script is not that of the state.
    """
    if not before:
        return
    left = local_control.ask(session.target, "GET", "/local/status")["developed"]
    for inputs in _scripts(session):
        name = str(inputs.get("scriptName"))
        if name not in before:
            continue
        is_same = before[name] == inputs.get("contentSha256")
        if not is_same:
            yield f"worker {name}: replaced what `make dev` had put there"
        elif name not in left:
            yield f"worker {name}: what `make dev` had put there is deployed now"
        if name in left:
            _put(session, name, inputs)


def _scripts(session: Session) -> list[Json]:
    return [
        each.get("inputs", {})
        for each in state.resources(session)
        if short_type(each["urn"]) == SCRIPT
    ]


def _put(session: Session, name: str, inputs: Json) -> None:
    """Upload the bundle that the state speaks of."""
    module = session.paths.root / str(inputs.get("contentFile"))
    if sha256(module) != inputs.get("contentSha256"):
        raise OpsError(
            f"worker {name} serves what make dev put there, and {module} is not what was deployed; "
            f"run python -m ops up {session.target.name} again, which bundles it"
        )
    upload(session, name, str(inputs.get("mainModule")), module)
