"""Rulesets of zones: one a phase."""

from provider.cloudflare.table import Resource, call

_RULESETS = "/zones/{zoneId}/rulesets"

RULESET = Resource(
    name="Ruleset",
    create=call(f"POST {_RULESETS}"),
    read=call(f"GET {_RULESETS}/{{id}}"),
    update=call(f"PUT {_RULESETS}/{{id}}"),
    delete=call(f"DELETE {_RULESETS}/{{id}}"),
    id="{id}",
    gone=frozenset({10003}),
    deletes_without_answer=True,
    identity={"id": "id"},
    imports="zones/{zoneId}/{id}",
    replace=frozenset({"zoneId", "kind", "name", "phase"}),
    delete_before_replace=True,
    defaults={"description": ""},
    nested_defaults=(
        ("rules.actionParameters", {}),
        ("rules.description", ""),
        ("rules.enabled", True),
        ("rules.ratelimit.requestsToOrigin", False),
    ),
)

RESOURCES = (RULESET,)
