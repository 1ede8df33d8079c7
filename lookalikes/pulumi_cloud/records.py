"""What is kept of a stack and of each of its updates, beside the deployments themselves."""

from typing import Any, Literal

from pydantic import BaseModel

Json = dict[str, Any]
Status = Literal["not started", "running", "succeeded", "failed", "cancelled"]


class StackRecord(BaseModel):
    """A stack."""

    id: str
    tags: dict[str, str] = {}
    config: Json | None = None
    """Where its configuration is, if not in a file beside the program. Default: in that file."""

    version: int = 0
    """The newest version that an update has, ended or not."""

    settled: int = 0
    """The newest version whose deployment is written; what came since is in its update."""

    update: str = ""
    """Id of the update that was started last, previews left out. Default: none was."""


class UpdateRecord(BaseModel):
    """An update of a stack, or a preview of one."""

    id: str
    kind: str
    is_preview: bool = False
    author: str
    message: str = ""
    environment: dict[str, str] = {}
    config: dict[str, Json] = {}
    status: Status = "not started"
    version: int = 0
    started: int = 0
    """When, in seconds since 1970. Default: it was not."""

    ended: int = 0
    engine: str = ""
    """Version of the engine that runs it."""

    journal: int = 0
    """Version of the journal that the engine sends. Default: it sends checkpoints."""

    saved: int = 0
    """Number of the checkpoint that came last, for one that is sent again."""

    lease: str = ""
    """SHA-256 of the token that may change it. Default: nobody may."""

    lease_ends: float = 0
    resources: int = 0
    changes: dict[str, int] = {}
