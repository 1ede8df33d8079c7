"""Which components the package has, and how each is made of plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pulumi

from components.args import Args
from components.binding import Binding
from components.bucket import Bucket, BucketArgs
from components.database import Database, DatabaseArgs
from components.kv import Namespace, NamespaceArgs
from components.queue import Queue, QueueArgs
from components.upload import prepare
from components.worker import Worker
from components.worker_args import WorkerArgs

BindingType = Literal["analytics_engine", "d1", "kv_namespace", "queue", "r2_bucket", "secret_text"]

FIELDS: Mapping[str, str] = {
    "analytics_engine": "dataset",
    "d1": "id",
    "kv_namespace": "namespace_id",
    "queue": "queue_name",
    "r2_bucket": "bucket_name",
    "secret_text": "text",
}
"""Where a binding of each type has its value."""


@dataclass(frozen=True)
class Given:
    """A binding by its type and value, as a program in another language writes it."""

    type: str
    value: pulumi.Input[str]

    @property
    def ready(self) -> tuple[pulumi.Resource, ...]:
        """Return nothing: what its value comes from is waited for."""
        return ()

    def binding(self, name: str) -> Binding:
        """Return what a worker is given as `env.<name>`."""
        value = pulumi.Output.secret(self.value) if self.type == "secret_text" else self.value
        made: dict[str, Any] = {"name": name, "type": self.type, FIELDS[self.type]: value}
        binding: Binding = made  # type: ignore[assignment]  # the type decides which field it has
        return binding


Live = dict[str, Any]
"""Inputs that may be known during the update only: `accountId`, and `bindings` of a worker."""

Make = Callable[[str, Any, Live, pulumi.ResourceOptions], pulumi.ComponentResource]


@dataclass(frozen=True)
class Kind:
    """One component of the package."""

    args: type[Args]
    make: Make
    outputs: Mapping[str, str]
    """Output to the sentence that says what it is."""

    refusals: str = ""
    """Input that a refusal of its maker is about. Default: none refuses."""

    left_out: frozenset[str] = frozenset()
    """Fields of *args* that only a program in Python can give. Default: none."""

    bound: bool = False
    """Whether it takes bindings. Default: it does not."""


def _made(component: Callable[..., pulumi.ComponentResource]) -> Make:
    """Return the maker of a component that takes its arguments and an account."""

    def make(
        name: str, args: Any, live: Live, opts: pulumi.ResourceOptions
    ) -> pulumi.ComponentResource:
        return component(name, args, account_id=live["accountId"], opts=opts)

    return make


def _worker(
    name: str, args: WorkerArgs, live: Live, opts: pulumi.ResourceOptions
) -> pulumi.ComponentResource:
    account = str(live["accountId"])
    bindings = {key: Given(**given) for key, given in live.get("bindings", {}).items()}
    upload = prepare(account, args, root=Path.cwd())
    return Worker(name, upload, account_id=account, bindings=bindings, opts=opts)


KINDS: Mapping[str, Kind] = {
    "Bucket": Kind(
        BucketArgs, _made(Bucket), {"bucket_name": "Name of the bucket in the account."}
    ),
    "Database": Kind(
        DatabaseArgs, _made(Database), {"database_id": "Id of the database."}, refusals="files"
    ),
    "Namespace": Kind(NamespaceArgs, _made(Namespace), {"namespace_id": "Id of the namespace."}),
    "Queue": Kind(
        QueueArgs,
        _made(Queue),
        {"queue_name": "Name of the queue in the account.", "queue_id": "Id of the queue."},
    ),
    "Worker": Kind(
        WorkerArgs,
        _worker,
        {"script_name": "Name of the script, known once it is uploaded."},
        refusals="entry",
        left_out=frozenset({"history"}),
        bound=True,
    ),
}
"""By the name of the class; the resource is `chittyos:cloudflare:<name>`."""
