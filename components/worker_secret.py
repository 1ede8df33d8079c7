"""One secret of a worker that somebody else deploys.

The SDK has no resource for it: secrets of our own workers are bindings of their upload. The
engine keeps the provider below in its state, by reference: its module and name are a contract.
What it does stands in `worker_secret_api`, which only the provider's own process imports.
"""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.args import Args
from components.provider_api import api_of

Props = dict[str, Any]


class WorkerSecretArgs(Args):
    """Where the secret stands."""

    script: str
    """Name of the worker in the account; it has to be there."""

    secret: str
    """Name under which the worker reads it."""

    rehearsal: bool = False
    """Whether it is only previewed, where the worker need not be there. Default: it is real."""


class WorkerSecretProvider(ResourceProvider):
    """Sets the secret, and takes it away when it leaves the stack. Its value is in no output."""

    def check(self, _olds: Props, news: Props) -> CheckResult:
        from components import worker_secret_api  # noqa: PLC0415 - see the module

        return worker_secret_api.check(news)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        from components import worker_secret_api  # noqa: PLC0415

        return worker_secret_api.diff(_olds, _news)

    def create(self, props: Props) -> CreateResult:
        from components import worker_secret_api  # noqa: PLC0415

        return worker_secret_api.create(props)

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        from components import worker_secret_api  # noqa: PLC0415

        return worker_secret_api.update(_news)

    def read(self, id_: str, props: Props) -> ReadResult:
        from components import worker_secret_api  # noqa: PLC0415

        return worker_secret_api.read(id_, props)

    def delete(self, _id: str, _props: Props) -> None:
        from components import worker_secret_api  # noqa: PLC0415

        worker_secret_api.delete(_props)


class _ManagedSecret(Resource, module="chittyos", name="WorkerSecret"):
    """The secret as the engine has it. The token comes from CLOUDFLARE_API_TOKEN."""

    def __init__(self, name: str, props: Props, opts: pulumi.ResourceOptions) -> None:
        super().__init__(WorkerSecretProvider(), name, {**props, "sha256": None}, opts)


class WorkerSecret(pulumi.ComponentResource):
    """A secret of a worker whose code is somebody else's. Child: it, under the component's name.

    It is set over the API that the provider of the component talks to.
    """

    def __init__(
        self,
        name: str,
        args: WorkerSecretArgs,
        *,
        value: pulumi.Input[str],
        account_id: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:WorkerSecret", name, args.model_dump(), opts)
        props = {
            **args.model_dump(),
            "account_id": account_id,
            "base_url": api_of(self),
            "value": pulumi.Output.secret(value),
        }
        _ManagedSecret(name, props, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
