"""Of which Durable Objects of a system `ops backup` makes copies, and of which it does not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectCopies:
    """Durable Objects of which copies are made, by their own worker (`ops backup`)."""

    script: str
    """Name of the worker."""

    class_name: str
    """Their class."""

    host: str
    """Host at which the worker answers."""

    secret: str
    """Name of the secret of the system that is sent as bearer token."""

    path: str = "/admin/objects"
    """Where it answers what `objectsDoor` takes (`workers/lib/backup/door.ts`)."""


@dataclass(frozen=True)
class ObjectsLeftOut:
    """Durable Objects of which no copy is made, for nothing is lost with them."""

    script: str
    """Name of the worker."""

    class_name: str
    """Their class."""

    why: str
    """What they keep, and what becomes of it without them."""
