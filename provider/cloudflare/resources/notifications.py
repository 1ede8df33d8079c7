"""Notification policies, and the webhooks that they are sent to."""

from types import MappingProxyType
from typing import Any

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names

_POLICIES = "/accounts/{accountId}/alerting/v3/policies"
_WEBHOOKS = "/accounts/{accountId}/alerting/v3/destinations/webhooks"
_NOTHING_THERE = 17404
"""Of the local API alone: public sources name no code of this family."""

_ONE_BY_NAME = {
    f"{name}s": name
    for name in (
        "airportCode",
        "alertTriggerPreferencesValue",
        "enabled",
        "environment",
        "event",
        "eventSource",
        "eventType",
        "healthCheckId",
        "incidentImpact",
        "inputId",
        "limit",
        "logoTag",
        "megabitsPerSecond",
        "newHealth",
        "packetsPerSecond",
        "poolId",
        "product",
        "projectId",
        "protocol",
        "queryTag",
        "requestsPerSecond",
        "slo",
        "targetHostname",
        "targetIp",
        "targetZoneName",
        "tokenId",
        "tunnelId",
        "tunnelName",
        "type",
        "where",
        "email",
    )
} | {
    "groupBies": "groupBy",
    "insightClasses": "insightClass",
    "newStatuses": "newStatus",
    "statuses": "status",
    "pagerduties": "pagerduty",
}
"""The SDK names a list by its plural; the API names most filters by what one entry is."""

_NAMES = Names(
    odd=MappingProxyType(
        {plural: Names().of(singular) for plural, singular in _ONE_BY_NAME.items()}
    )
)


def _who_is_told(want: Any, have: Any) -> Any:
    """Compare ways by their ids, in no order; a way that was added by hand shows, too."""

    def ids(told: Any) -> dict[str, set[str]]:
        return {way: {each["id"] for each in listed} for way, listed in told.items() if listed}

    both = isinstance(want, dict) and isinstance(have, dict)
    return want if both and ids(want) == ids(have) else have


POLICY = Resource(
    name="NotificationPolicy",
    create=call(f"POST {_POLICIES}"),
    read=call(f"GET {_POLICIES}/{{id}}"),
    update=call(f"PUT {_POLICIES}/{{id}}"),
    delete=call(f"DELETE {_POLICIES}/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    defaults=MappingProxyType({"enabled": True}),
    request=_NAMES,
    answer=_NAMES,
    reconcile=MappingProxyType({"mechanisms": _who_is_told}),
    fixed=frozenset({"created"}),
)

WEBHOOK = Resource(
    name="NotificationPolicyWebhooks",
    create=call(f"POST {_WEBHOOKS}"),
    read=call(f"GET {_WEBHOOKS}/{{id}}"),
    update=call(f"PUT {_WEBHOOKS}/{{id}}"),
    delete=call(f"DELETE {_WEBHOOKS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    unread=frozenset({"secret"}),
    fixed=frozenset({"createdAt", "type"}),
)

RESOURCES = (POLICY, WEBHOOK)
