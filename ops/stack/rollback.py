"""The three ways back of ChittyConnect: what each restores, and what it cannot (CC-13)."""

from dataclasses import dataclass
from datetime import datetime

from ops.stack.rollout import Values, step
from ops.stack.target import Target
from planning.rollout import NOBODY


@dataclass(frozen=True)
class Rollback:
    """One way back."""

    restores: str
    cannot: str


ROLLBACKS = {
    "durable-objects": Rollback(
        "New sessions are created in KV again, all of them: ENABLE_DURABLE_OBJECTS is false and "
        "DO_ROLLOUT_PERCENTAGE is 0.00.",
        "Sessions that live in Durable Objects stay there until they expire: they are read and "
        "changed there but not extended, and nothing is copied back. The class and its storage "
        "stay.",
    ),
    "documents": Rollback(
        "Uploads are refused with 503 storage_disabled: ENABLE_R2_STORAGE is false.",
        "Documents that are stored stay in R2, and are read and deleted as before; there is no "
        "other store that uploads could go to.",
    ),
    "credentials": Rollback(
        "Credentials come from the worker's own secrets again: ONEPASSWORD_CONNECT_URL is empty.",
        "What 1Password Connect handed out is not taken back: rotate those credentials in "
        "1Password, and revoke the Connect token there.",
    ),
}


def values(which: str, target: Target, now: datetime | None = None) -> Values:
    """Return the configuration values that the rollback *which* sets, by their path."""
    if which == "durable-objects":
        return step(target, NOBODY, now=now)
    if which == "documents":
        return {"chittyconnect:documents.enabled": "false"}
    return {"chittyconnect:credentials.connect_url": None}
