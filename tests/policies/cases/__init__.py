"""Every rule's fixtures."""

from tests.policies.cases import (
    access,
    account,
    bindings,
    buckets,
    caching,
    containers,
    durable_objects,
    edge,
    edge_rules,
    meta,
    neighbours,
    outlets,
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
        caching,
        containers,
        durable_objects,
        edge,
        edge_rules,
        meta,
        neighbours,
        outlets,
        secrets,
        stateful,
        tunnels,
        workers,
        zones,
    )
    for case in module.CASES
]
