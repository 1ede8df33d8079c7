"""Which file of a store is what, as the engine lays it out (version 1: stacks of projects)."""

import gzip
import json
import zlib

from common.json_types import Json
from ops.errors import OpsError
from ops.paths import PROJECT
from ops.state_store.store import Store

FOLDER = ".pulumi/"
FORMS = (".json", ".json.gz", ".json.zst")
"""How a state may be stored: as it is, or compressed, where `PULUMI_DIY_BACKEND_GZIP` asks it."""


def states() -> str:
    """Return the folder of the states of all stacks."""
    return f"{FOLDER}stacks/{PROJECT}/"


def state(stack: str, form: str = FORMS[0]) -> str:
    """Return the file of the state of *stack*."""
    return f"{states()}{stack}{form}"


def locks(stack: str, project: str = PROJECT) -> str:
    """Return the folder with a file for each process that changes *stack* of *project*."""
    return f"{FOLDER}locks/organization/{project}/{stack}/"


def history(stack: str) -> str:
    """Return the folder with two files for each change of *stack*: what it was, and the state."""
    return f"{FOLDER}history/{PROJECT}/{stack}/"


def backups(stack: str) -> str:
    """Return the folder with a copy of the state after each change."""
    return f"{FOLDER}backups/{PROJECT}/{stack}/"


def find_state(store: Store, stack: str) -> str | None:
    """Return the file that holds the state of *stack*; `None` where there is none."""
    wanted = [state(stack, form) for form in FORMS]
    there = {each.key for each in store.entries(state(stack))}
    return next((key for key in wanted if key in there), None)


def document(exported: Json, stack: str, form: str) -> bytes:
    """Return the file of the state of *stack* in *form*, which says what `stack export` has.

    zstd is not written here.
    """
    around = {key: value for key, value in exported.items() if key != "deployment"}
    name = f"organization/{PROJECT}/{stack}"
    checkpoint = {"stack": name, "latest": exported["deployment"]}
    content = json.dumps({**around, "checkpoint": checkpoint}, indent=4).encode()
    return gzip.compress(content) if form == FORMS[1] else content


def deployment(content: bytes, what: str) -> Json:
    """Return what a stored state says, secrets still encrypted; {} for a stack that has nothing.

    Raises `OpsError` with *what* it was read of where it is no state.
    """
    try:
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        return dict(json.loads(text)["checkpoint"]["latest"] or {})
    except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error):
        raise OpsError(f"{what} is no state that can be read") from None
