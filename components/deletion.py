"""What may not be deleted with another resource: a store, and a component, which may have one."""

import pulumi

from planning.refusals import RefusedError

STORES = frozenset(
    f"cloudflare:index/{name[0].lower()}{name[1:]}:{name}"
    for name in ("D1Database", "Queue", "R2Bucket", "WorkersKvNamespace", "WorkersScript")
)
"""Types of what holds data; a script holds that of its Durable Objects."""


def refuse_deleted_with(args: pulumi.ResourceTransformationArgs) -> None:
    """Refuse `deleted_with` on a store or a component: a transformation of a stack or a resource.

    Engines from 3.260 on replace such a resource with the one that it names, and what is in it
    goes. A component passes the option to its children. Raises `RefusedError`.
    """
    if isinstance(args.resource, pulumi.CustomResource) and args.type_ not in STORES:
        return
    check_options(args.name, args.opts)


def check_options(name: str, options: pulumi.ResourceOptions) -> None:
    """Refuse *options* of the store or component *name* with `deleted_with`.

    Raises `RefusedError`.
    """
    if options.deleted_with is not None:
        raise RefusedError(
            f"{name}: deleted_with is set, and it may hold data: whenever the resource that it "
            "names is replaced, it would be replaced too and lose what is in it; "
            "use depends_on for the order"
        )
