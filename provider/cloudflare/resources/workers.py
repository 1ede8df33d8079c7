"""What hangs on a Workers script: routes, custom domains, cron, workers.dev."""

from provider.cloudflare.table import Resource, call

_SCRIPT = "/accounts/{accountId}/workers/scripts/{scriptName}"
_DOMAINS = "/accounts/{accountId}/workers/domains"
_ROUTES = "/zones/{zoneId}/workers/routes"
_NO_SCRIPT = frozenset({10007})
_OF_SCRIPT = frozenset({"accountId", "scriptName"})

ROUTE = Resource(
    name="WorkersRoute",
    create=call(f"POST {_ROUTES}"),
    read=call(f"GET {_ROUTES}/{{id}}"),
    update=call(f"PUT {_ROUTES}/{{id}}"),
    delete=call(f"DELETE {_ROUTES}/{{id}}"),
    id="{id}",
    gone=frozenset({10009}),
    identity={"id": "id"},
    imports="{zoneId}/{id}",
    replace=frozenset({"zoneId"}),
    absent_is_none=frozenset({"script"}),
)

CUSTOM_DOMAIN = Resource(
    name="WorkersCustomDomain",
    create=call(f"PUT {_DOMAINS}"),
    read=call(f"GET {_DOMAINS}/{{id}}"),
    delete=call(f"DELETE {_DOMAINS}/{{id}}"),
    id="{id}",
    gone=frozenset({100114}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "hostname", "service"}),
    replace_if_set=frozenset({"environment", "zoneId", "zoneName"}),
    delete_before_replace=True,
    fixed=frozenset({"certId"}),
)

CRON_TRIGGER = Resource(
    name="WorkersCronTrigger",
    create=call(f"PUT {_SCRIPT}/schedules"),
    read=call(f"GET {_SCRIPT}/schedules"),
    update=call(f"PUT {_SCRIPT}/schedules"),
    id="{scriptName}",
    gone=_NO_SCRIPT,
    imports="{accountId}/{scriptName}",
    replace=_OF_SCRIPT,
    body_is="schedules",
)

SUBDOMAIN = Resource(
    name="WorkersScriptSubdomain",
    create=call(f"POST {_SCRIPT}/subdomain"),
    read=call(f"GET {_SCRIPT}/subdomain"),
    update=call(f"POST {_SCRIPT}/subdomain"),
    delete=call(f"DELETE {_SCRIPT}/subdomain"),
    id="{accountId}",
    gone=_NO_SCRIPT,
    imports="{accountId}/{scriptName}",
    replace=_OF_SCRIPT,
)

RESOURCES = (ROUTE, CUSTOM_DOMAIN, CRON_TRIGGER, SUBDOMAIN)
