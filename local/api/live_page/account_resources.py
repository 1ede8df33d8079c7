"""The records of the account as resources of a stack, so that the map of a stack can read them.

Records have the fields of the API, and the engine has the same ones in its own spelling.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from common.json_types import Json
from local.records.model import Cloud
from local.records.records import Kind, Records
from planning.exposure.graph import Resource

TYPES: Mapping[Kind, tuple[str, str]] = {
    Kind.ACCESS_APPLICATION: ("ZeroTrustAccessApplication", "id"),
    Kind.ACCESS_GROUP: ("ZeroTrustAccessGroup", "id"),
    Kind.ACCESS_POLICY: ("ZeroTrustAccessPolicy", "id"),
    Kind.ACCESS_TOKEN: ("ZeroTrustAccessServiceToken", "id"),
    Kind.BALANCER: ("LoadBalancer", "id"),
    Kind.BUCKET: ("R2Bucket", "name"),
    Kind.CONSUMER: ("QueueConsumer", "consumer_id"),
    Kind.DATABASE: ("D1Database", "uuid"),
    Kind.DNS_RECORD: ("DnsRecord", "id"),
    Kind.DOMAIN: ("WorkersCustomDomain", "id"),
    Kind.KV_NAMESPACE: ("WorkersKvNamespace", "id"),
    Kind.POOL: ("LoadBalancerPool", "id"),
    Kind.QUEUE: ("Queue", "queue_id"),
    Kind.ROUTE: ("WorkersRoute", "id"),
    Kind.RULESET: ("Ruleset", "id"),
    Kind.TUNNEL: ("ZeroTrustTunnelCloudflared", "id"),
    Kind.TUNNEL_CONFIGURATION: ("ZeroTrustTunnelCloudflaredConfig", "tunnel_id"),
}
"""Kinds of records that the map reads: what the engine calls them, and which field is their id."""

HIDDEN = frozenset({"text", "json", "client_secret", "secret_sha256", "tunnel_secret"})
"""Fields that are a secret, or may be one; nothing of the map is made of them."""

PLURALS = {"include": "includes", "exclude": "excludes", "require": "requires"}
INGRESS = "ingress"
_WORD = re.compile(r"_([a-z0-9])")


def resources(records: Records, cloud: Cloud, owners: Mapping[str, str]) -> list[Resource]:
    """Return what the account has as resources, without any secret.

    *owners* names the system of a resource by its kind and own name or id, `R2Bucket files`; others
    belong to none.
    """
    plain = [_of_record(kind, each) for kind in TYPES for each in records.all(kind)]
    found = [*plain, *_public_buckets(records), *_scripts(records, cloud)]
    systems = {name: Resource(f"system:{name}", "System", name, {}) for name in owners.values()}
    return [*systems.values(), *(_placed(each, owners) for each in found)]


def _placed(resource: Resource, owners: Mapping[str, str]) -> Resource:
    known_by = (resource.own_name, resource.id)
    system = next(filter(None, (owners.get(f"{resource.short} {each}") for each in known_by)), None)
    if system is None:
        return resource
    known = vars(resource) | {"parent": f"system:{system}"}
    return Resource(**known)


def _of_record(kind: Kind, record: Json) -> Resource:
    short, key = TYPES[kind]
    return _resource(short, str(record[key]), _spelled(record))


def _resource(short: str, name: str, inputs: Mapping[str, Any]) -> Resource:
    token = f"cloudflare:index/{short[0].lower()}{short[1:]}:{short}"
    return Resource(f"{short}:{name}", token, name, inputs, id=name)


def _public_buckets(records: Records) -> Iterator[Resource]:
    for bucket in records.all(Kind.BUCKET):
        if bucket["managed_domain"]:
            yield _resource("R2ManagedDomain", bucket["name"], {"bucketName": bucket["name"]})


def _scripts(records: Records, cloud: Cloud) -> Iterator[Resource]:
    bound = {worker.name: worker for worker in cloud.workers}
    for script in records.all(Kind.SCRIPT):
        name = script["name"]
        bindings = [_spelled(each) for each in bound[name].bindings] if name in bound else []
        told = {"scriptName": name, "bindings": bindings}
        tag = str(script["tag"])
        yield Resource(
            f"WorkersScript:{name}", "cloudflare:index:WorkersScript", name, told, id=tag
        )
        switched = {"scriptName": name, **_spelled(script["subdomain"])}
        yield _resource("WorkersScriptSubdomain", name, switched)
        schedules = (records.get(Kind.SCHEDULES, name) or {}).get("schedules", [])
        about = {"scriptName": name, "schedules": _spelled(schedules)}
        yield _resource("WorkersCronTrigger", name, about)


def _spelled(value: Any) -> Any:
    """Write *value* of the API as the engine spells it; what may be a secret is left out."""
    if isinstance(value, list | tuple):
        return [_spelled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {_name(key, each): _spelled(each) for key, each in value.items() if key not in HIDDEN}


def _name(key: str, value: Any) -> str:
    if key == INGRESS and isinstance(value, list):
        return "ingresses"
    return PLURALS.get(key) or _WORD.sub(lambda found: found[1].upper(), key)
