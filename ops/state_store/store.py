"""A place that holds states as files or objects: what the engine keeps there, read and written.

Pulumi Cloud is none: it is asked by the engine alone (`ops.stack.cloud_stack`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ops.errors import OpsError
from ops.state_store.address import Address


@dataclass(frozen=True)
class Entry:
    """A file or an object."""

    key: str
    size: int


class Store(Protocol):
    """Files by their key, `.pulumi/…`. Each call raises `OpsError` with what stopped it."""

    address: Address

    def entries(self, prefix: str, most: int | None = None) -> Iterator[Entry]:
        """Yield what begins with *prefix*, sorted by its key; *most* of it, default all."""

    def read(self, key: str) -> bytes | None:
        """Return what *key* holds; `None` where there is nothing."""

    def write(self, key: str, content: bytes) -> None:
        """Put *content* at *key*; a reader sees all of it or what was there before."""

    def delete(self, key: str) -> None:
        """Delete *key*; nothing happens where there is none."""


def open_store(address: Address) -> Store:
    """Return the store at *address*; raise `OpsError` for one that only the engine can read."""
    if address.scheme == "file":
        from ops.state_store.folder import FolderStore  # noqa: PLC0415 - one of them is needed

        return FolderStore(address)
    if address.scheme == "s3":
        from ops.state_store.bucket import BucketStore  # noqa: PLC0415 - boto3 takes a while

        return BucketStore(address)
    raise OpsError(
        f"{address.url}: locks and versions of states are looked into on file://, s3:// and Pulumi "
        f"Cloud only; use what the service has of its own"
    )


def is_store(address: Address) -> bool:
    """Return whether `open_store` opens *address*."""
    return address.scheme in {"file", "s3"}
