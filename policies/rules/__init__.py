"""The rules, one subject a file; importing a module registers its rules."""

from pack.rule import REGISTRY

from rules import (
    access_applications,
    access_policies,
    account,
    bindings,
    buckets,
    container_data,
    container_images,
    container_isolation,
    container_runtime,
    dns,
    durable_objects,
    firewall,
    legacy,
    load_balancers,
    meta,
    providers,
    queues,
    secrets,
    stateful,
    tunnels,
    workers,
    zones,
)

SUBJECTS = (
    secrets,
    bindings,
    stateful,
    workers,
    durable_objects,
    queues,
    buckets,
    access_applications,
    access_policies,
    tunnels,
    zones,
    dns,
    firewall,
    load_balancers,
    account,
    providers,
    container_isolation,
    container_images,
    container_runtime,
    container_data,
    legacy,
    meta,
)
"""In the order of the reference page."""

__all__ = ["REGISTRY", "SUBJECTS"]
