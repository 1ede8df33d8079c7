"""Every rule's fixtures."""

from tests.policies.cases import (
    access,
    account,
    bindings,
    buckets,
    containers,
    durable_objects,
    edge,
    meta,
    neighbours,
    secrets,
    stateful,
    tunnels,
    workers,
    zones,
)

CASES = [
    case
    for module in (
        access,
        account,
        bindings,
        buckets,
        containers,
        durable_objects,
        edge,
        meta,
        neighbours,
        secrets,
        stateful,
        tunnels,
        workers,
        zones,
    )
    for case in module.CASES
]
