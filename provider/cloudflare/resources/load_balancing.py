"""Load balancers with their pools and monitors, and health checks of zones."""

from types import MappingProxyType

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names

_MONITORS = "/accounts/{accountId}/load_balancers/monitors"
_POOLS = "/accounts/{accountId}/load_balancers/pools"
_BALANCERS = "/zones/{zoneId}/load_balancers"
_CHECKS = "/zones/{zoneId}/healthchecks"
_NOTHING_THERE, _NO_CHECK = 1001, 1041
"""Of the local API alone: public sources name no code of these families."""

_NAMES = Names(odd=MappingProxyType({"hosts": "Host"}))
"""The one header of an origin."""

MONITOR = Resource(
    name="LoadBalancerMonitor",
    create=call(f"POST {_MONITORS}"),
    read=call(f"GET {_MONITORS}/{{id}}"),
    update=call(f"PUT {_MONITORS}/{{id}}"),
    delete=call(f"DELETE {_MONITORS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    defaults=MappingProxyType(
        {
            "allowInsecure": False,
            "description": "",
            "followRedirects": False,
            "interval": 60,
            "probeZone": "",
            "retries": 2,
            "timeout": 5,
            "type": "http",
        }
    ),
    fixed=frozenset({"createdOn"}),
)

POOL = Resource(
    name="LoadBalancerPool",
    create=call(f"POST {_POOLS}"),
    read=call(f"GET {_POOLS}/{{id}}"),
    update=call(f"PUT {_POOLS}/{{id}}"),
    delete=call(f"DELETE {_POOLS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    delete_before_replace=True,  # a name is given once
    defaults=MappingProxyType(
        {"description": "", "enabled": True, "minimumOrigins": 1, "notificationEmail": ""}
    ),
    nested_defaults=(
        ("origins.enabled", True),
        ("origins.flattenCname", True),
        ("origins.weight", 1),
    ),
    sets=frozenset({"checkRegions"}),
    request=_NAMES,
    answer=_NAMES,
    fixed=frozenset({"createdOn"}),
)

BALANCER = Resource(
    name="LoadBalancer",
    create=call(f"POST {_BALANCERS}"),
    read=call(f"GET {_BALANCERS}/{{id}}"),
    update=call(f"PUT {_BALANCERS}/{{id}}"),
    delete=call(f"DELETE {_BALANCERS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{zoneId}/{id}",
    replace=frozenset({"zoneId"}),
    delete_before_replace=True,  # a host has one
    defaults=MappingProxyType({"enabled": True, "proxied": False, "sessionAffinity": "none"}),
    fixed=frozenset({"createdOn"}),
)

HEALTH_CHECK = Resource(
    name="Healthcheck",
    create=call(f"POST {_CHECKS}"),
    read=call(f"GET {_CHECKS}/{{id}}"),
    update=call(f"PUT {_CHECKS}/{{id}}"),
    delete=call(f"DELETE {_CHECKS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_CHECK}),
    identity={"id": "id"},
    imports="{zoneId}/{id}",
    replace=frozenset({"zoneId"}),
    delete_before_replace=True,  # a name is given once
    defaults=MappingProxyType(
        {
            "consecutiveFails": 1,
            "consecutiveSuccesses": 1,
            "description": "",
            "interval": 60,
            "retries": 2,
            "suspended": False,
            "timeout": 5,
            "type": "HTTP",
        }
    ),
    nested_defaults=(
        ("httpConfig.allowInsecure", False),
        ("httpConfig.followRedirects", False),
        ("httpConfig.method", "GET"),
        ("httpConfig.port", 80),
    ),
    sets=frozenset({"checkRegions"}),
    passing=frozenset({"failureReason", "status"}),
    fixed=frozenset({"createdOn"}),
)

RESOURCES = (MONITOR, POOL, BALANCER, HEALTH_CHECK)
