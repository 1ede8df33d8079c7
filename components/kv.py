"""KV namespaces."""

from collections.abc import Sequence

import pulumi

from components.args import Args
from components.binding import Binding
from components.retention import keep
from components.sdk import cloudflare


class NamespaceArgs(Args):
    """What one namespace is."""

    title: str
    """Its title in the account."""

    retain: bool = True
    """Whether it is protected and stays when the stack goes. Default: it does."""


class Namespace(pulumi.ComponentResource):
    """A KV namespace. Child: the namespace under the name of the component."""

    namespace_id: pulumi.Output[str]
    """Id of the namespace."""

    def __init__(
        self,
        name: str,
        args: NamespaceArgs,
        *,
        account_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Namespace", name, args.model_dump(), opts)
        namespace = cloudflare.WorkersKvNamespace(
            name,
            account_id=account_id,
            title=args.title,
            opts=keep(self, retain=args.retain),
        )
        self.namespace_id = namespace.id
        self.register_outputs({"namespaceId": self.namespace_id})

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing beyond the namespace itself."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show the namespace to a worker as `env.<name>`."""
        return {"name": name, "type": "kv_namespace", "namespace_id": self.namespace_id}
