"""The table: every resource type the stand-in plugin supports."""

from provider.cloudflare.resources import (
    access,
    d1,
    kv,
    lists,
    load_balancing,
    notifications,
    queues,
    r2,
    rulesets,
    script,
    tokens,
    tunnels,
    versions,
    workers,
    zones,
)
from provider.cloudflare.table import Resource
from provider.errors import PluginError

TABLE: dict[str, Resource] = {
    resource.token: resource
    for family in (
        *(kv, r2, d1, queues, script, versions, workers, notifications, tunnels, rulesets, access),
        *(zones, tokens, load_balancing, lists),
    )
    for resource in family.RESOURCES
}


def of_token(token: str) -> Resource:
    """Return the entry of a type; `PluginError` names what is supported."""
    if token not in TABLE:
        supported = ", ".join(sorted(resource.name for resource in TABLE.values()))
        raise PluginError(f"not supported by the stand-in plugin: {token}; it has {supported}")
    return TABLE[token]
