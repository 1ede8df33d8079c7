"""Find a resource of the account by its name: what a create would have made, if it was made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from common.json_types import Json
from ops.cloudflare_api.answer import NoAnswerError, RefusedError
from ops.cloudflare_api.client import PER_PAGE, Client
from ops.engine.resources import urn_type
from ops.errors import OpsError


@dataclass(frozen=True)
class Found:
    """A resource that exists: its id in a state, and the outputs by which it is known there."""

    id: str
    outputs: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """A kind of resource that is found in a list by one of its fields."""

    path: str
    """Path of the list, with inputs of the resource in braces."""

    field: str
    """Field of a record that has the name."""

    value: str
    """Input of the resource that gives the name."""

    id: str = "id"
    """Field of a record that has the id."""

    also: str | None = None
    """Field that has to be equal to the input of the same name as well. Default: none."""

    output: str | None = None
    """Output that has the id of the record. Default: none, it is the id of the resource."""

    owner: str | None = None
    """Input that is the id of the resource instead."""

    imports: str | None = None
    """What the engine imports it by, with inputs and the `id` in braces. Default: it cannot be."""

    replaced: bool = False
    """Whether a create overwrites what is there. Default: the create is refused."""

    def found(self, record: Json, inputs: Json) -> "Found":
        """Say what a state has of *record*."""
        given = str(record[self.id])
        return Found(
            str(inputs[self.owner]) if self.owner else given,
            {self.output: given} if self.output else {},
        )


LISTED = {
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": Listed(
        "/accounts/{accountId}/storage/kv/namespaces",
        "title",
        "title",
        imports="{accountId}/{id}",
    ),
    "cloudflare:index/d1Database:D1Database": Listed(
        "/accounts/{accountId}/d1/database",
        "name",
        "name",
        "uuid",
        imports="{accountId}/{id}",
    ),
    "cloudflare:index/queue:Queue": Listed(
        "/accounts/{accountId}/queues",
        "queue_name",
        "queueName",
        "queue_id",
        imports="{accountId}/{id}",
    ),
    "cloudflare:index/queueConsumer:QueueConsumer": Listed(
        "/accounts/{accountId}/queues/{queueId}/consumers",
        "script",
        "scriptName",
        "consumer_id",
        output="consumerId",
        owner="accountId",
    ),
    "cloudflare:index/r2Bucket:R2Bucket": Listed(
        "/accounts/{accountId}/r2/buckets",
        "name",
        "name",
        "name",
        imports="{accountId}/{id}/default",
    ),
    "cloudflare:index/workersScript:WorkersScript": Listed(
        "/accounts/{accountId}/workers/scripts", "id", "scriptName", replaced=True
    ),
    "cloudflare:index/worker:Worker": Listed(
        "/accounts/{accountId}/workers/workers", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/workersRoute:WorkersRoute": Listed(
        "/zones/{zoneId}/workers/routes", "pattern", "pattern", imports="{zoneId}/{id}"
    ),
    "cloudflare:index/ruleset:Ruleset": Listed(
        "/zones/{zoneId}/rulesets",
        "phase",
        "phase",
        also="kind",  # Cloudflare's own rulesets are listed beside the entry points of the zone
        imports="zones/{zoneId}/{id}",
    ),
    "cloudflare:index/list:List": Listed(
        "/accounts/{accountId}/rules/lists", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": Listed(
        "/accounts/{accountId}/workers/domains", "hostname", "hostname", replaced=True
    ),
    "cloudflare:index/dnsRecord:DnsRecord": Listed(
        "/zones/{zoneId}/dns_records", "name", "name", also="type", imports="{zoneId}/{id}"
    ),
    "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": Listed(
        "/accounts/{accountId}/access/apps", "name", "name", imports="accounts/{accountId}/{id}"
    ),
    "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy": Listed(
        "/accounts/{accountId}/access/policies", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/zeroTrustAccessGroup:ZeroTrustAccessGroup": Listed(
        "/accounts/{accountId}/access/groups", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": Listed(
        "/accounts/{accountId}/cfd_tunnel", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/notificationPolicy:NotificationPolicy": Listed(
        "/accounts/{accountId}/alerting/v3/policies", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks": Listed(
        "/accounts/{accountId}/alerting/v3/destinations/webhooks",
        "name",
        "name",
        imports="{accountId}/{id}",
    ),
    "cloudflare:index/loadBalancer:LoadBalancer": Listed(
        "/zones/{zoneId}/load_balancers", "name", "name", imports="{zoneId}/{id}"
    ),
    "cloudflare:index/loadBalancerPool:LoadBalancerPool": Listed(
        "/accounts/{accountId}/load_balancers/pools", "name", "name", imports="{accountId}/{id}"
    ),
    "cloudflare:index/healthcheck:Healthcheck": Listed(
        "/zones/{zoneId}/healthchecks", "name", "name", imports="{zoneId}/{id}"
    ),
}
"""What would be made twice, or refused, if it were created again. What is not listed is set as a
whole by its create (CORS, lifecycle, schedules …), so that creating it again is the repair."""


def kind_of(resource: Json) -> Listed | None:
    """Return how a *resource* of its type is found; `None`: not by a name."""
    return LISTED.get(resource.get("type") or urn_type(resource["urn"]))


def finder(
    api: str, token: str, transport: httpx.BaseTransport | None = None
) -> Callable[[Json], Found | None]:
    """Return a function that finds a resource by its inputs, over API v4 at *api*.

    Each list is asked for once, when it is first needed. The function raises `OpsError` when the
    API does not say what exists.
    """
    lists: dict[str, list[Json]] = {}

    def listed(path: str) -> list[Json]:
        if path not in lists:
            with Client(api, token, transport=transport) as client:
                lists[path] = list(_records(client, path))
        return lists[path]

    def find(resource: Json) -> Found | None:
        kind = kind_of(resource)
        return _find(listed, kind, resource.get("inputs", {})) if kind else None

    return find


def _find(listed: Callable[[str], list[Json]], kind: Listed, inputs: Json) -> Found | None:
    try:
        path = kind.path.format(**{key: _segment(value) for key, value in inputs.items()})
        wanted = inputs[kind.value]
    except KeyError:
        return None  # the resource was not complete enough to have been created
    records = (record for record in listed(path) if _is(kind, record, wanted, inputs))
    return next((kind.found(record, inputs) for record in records), None)


def _is(kind: Listed, record: Json, wanted: object, inputs: Json) -> bool:
    """Whether *record* has the name, and was not deleted: of tunnels the API goes on telling."""
    if record.get(kind.field) != wanted or record.get("deleted_at"):
        return False
    return kind.also is None or record.get(kind.also) == inputs.get(kind.also)


def _segment(value: object) -> str:
    return quote(value, safe="") if isinstance(value, str) else ""


def _records(client: Client, path: str) -> Iterator[Json]:
    try:
        for result in client.pages(path, {"per_page": PER_PAGE}):
            yield from _rows(result)
    except RefusedError as error:
        if error.status != httpx.codes.NOT_FOUND:  # what it would be in is not there
            raise _not_known(client.base + path, f"{error.status}: {error.said}") from None
    except NoAnswerError as error:
        raise _not_known(client.base + path, error.said) from None


def _rows(result: object) -> list[Json]:
    """Take the list out of a result; some lists are wrapped in an object."""
    if isinstance(result, dict):
        result = next((value for value in result.values() if isinstance(value, list)), [])
    return [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []


def _not_known(url: str, said: str) -> OpsError:
    return OpsError(
        f"what exists cannot be looked up: {url} failed ({said}); see that the API is reachable "
        f"and that the token holds and may list that (python -m ops doctor STACK says it), and "
        f"run this again"
    )
