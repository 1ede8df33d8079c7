"""From the records of the API to what the runtime runs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.json_types import Json
from local.api.state import balanced
from local.records.model import (
    EXECUTED_PHASES,
    Bucket,
    Cloud,
    Consumer,
    DurableObject,
    Module,
    Queue,
    Route,
    Ruleset,
    TunnelHost,
    Worker,
)
from local.records.records import Kind, Records

TUNNELS = "cfargotunnel.com"
"""Domain below which each tunnel has a name."""


def snapshot(records: Records, scripts: Path, zones: Mapping[str, str]) -> Cloud:
    """Everything that can run. A binding whose target is gone is left out of its worker.

    *zones* are the names of the account's zones by their ids; a route of another is left out.
    """
    return Cloud(
        workers=tuple(worker(records, s, scripts) for s in records.all(Kind.SCRIPT)),
        routes=_routes(records, zones),
        rulesets=_rulesets(records, zones),
        zone_names=tuple(zones.values()),
        kv_namespaces=tuple(n["id"] for n in records.all(Kind.KV_NAMESPACE)),
        databases=tuple(d["uuid"] for d in records.all(Kind.DATABASE)),
        buckets=tuple(_bucket(b) for b in records.all(Kind.BUCKET)),
        queues=tuple(Queue(q["queue_name"], q["settings"]) for q in records.all(Kind.QUEUE)),
        consumers=tuple(_consumers(records)),
        tunnels=tuple(_tunnels(records, zones)),
        balancers=tuple(balanced.balancers(records, zones)),
        pools=tuple(balanced.pools(records)),
        pool_tunnels=tuple(_pool_tunnels(records)),
        endpoints=balanced.endpoints(records),
    )


def worker(records: Records, script: Json, scripts: Path) -> Worker:
    """Turn the version of *script* that is deployed into the form of the runtime."""
    version = records.get(Kind.VERSION, script["version"])
    if version is None:
        raise records.damaged(f"script {script['name']} has lost its version")
    schedules = records.get(Kind.SCHEDULES, script["name"]) or {"schedules": []}
    return Worker(
        name=script["name"],
        main_module=version["main_module"],
        modules=_modules(version, scripts),
        compatibility_date=version["compatibility_date"],
        compatibility_flags=tuple(version["compatibility_flags"]),
        bindings=_Bindings(records, script["name"]).live(version["bindings"]),
        durable_objects=tuple(
            DurableObject(d["class"], d["id"], d["use_sqlite"])
            for d in records.all(Kind.DURABLE_OBJECT)
            if d["script"] == script["name"]
        ),
        crons=tuple(schedule["cron"] for schedule in schedules["schedules"]),
    )


def _modules(version: Json, scripts: Path) -> tuple[Module, ...]:
    folder = scripts / version["code"]
    return tuple(
        Module(m["name"], m["content_type"], folder / m["file"]) for m in version["modules"]
    )


def _routes(records: Records, zones: Mapping[str, str]) -> tuple[Route, ...]:
    domains = [
        Route(d["hostname"], d["service"], "domain", d["zone_name"])
        for d in records.all(Kind.DOMAIN)
    ]
    routes = [
        Route(r["pattern"], r.get("script"), "route", zones[r["zone_id"]])
        for r in records.all(Kind.ROUTE)
        if r["zone_id"] in zones
    ]
    return (*domains, *routes)


def _rulesets(records: Records, zones: Mapping[str, str]) -> tuple[Ruleset, ...]:
    """List what acts at the edge: rules that are on, of phases that are executed."""
    return tuple(
        Ruleset(zones[r["zone_id"]], r["phase"], _running(r["rules"]))
        for r in records.all(Kind.RULESET)
        if r["zone_id"] in zones and r["phase"] in EXECUTED_PHASES
    )


def _running(rules: list[Json]) -> tuple[Json, ...]:
    """Return of rules what the edge needs of them; a new description changes nothing there."""
    needed = ("id", "expression", "action", "action_parameters", "ratelimit")
    return tuple(
        {name: rule[name] for name in needed if rule.get(name) is not None}
        for rule in rules
        if rule["enabled"]
    )


def _tunnels(records: Records, zones: Mapping[str, str]) -> Iterator[TunnelHost]:
    """Find the hosts whose proxied CNAME record leads to a tunnel, and the rules of that one."""
    for record in records.all(Kind.DNS_RECORD):
        tunnel_id, _, domain = (record.get("content") or "").rstrip(".").partition(".")
        led = record["type"] == "CNAME" and record["proxied"] and domain == TUNNELS
        if led and record["zone_id"] in zones:
            yield TunnelHost(record["name"], zones[record["zone_id"]], _rules(records, tunnel_id))


def _pool_tunnels(records: Records) -> Iterator[TunnelHost]:
    """Find the tunnels that pools lead to, each once."""
    pools = records.all(Kind.POOL)
    for name in sorted({each["address"] for pool in pools for each in pool["origins"]}):
        tunnel_id, _, domain = name.rstrip(".").partition(".")
        if domain == TUNNELS:
            yield TunnelHost(name, "", _rules(records, tunnel_id))


def _rules(records: Records, tunnel_id: str) -> tuple[Json, ...] | None:
    if records.get(Kind.TUNNEL, tunnel_id) is None:
        return None
    kept = records.get(Kind.TUNNEL_CONFIGURATION, tunnel_id) or {"config": None}
    return tuple((kept["config"] or {}).get("ingress", ()))


def _bucket(record: Json) -> Bucket:
    return Bucket(
        name=record["name"],
        cors=tuple(record["cors"] or ()),
        lifecycle=tuple(record["lifecycle"]),
        managed_domain=record["managed_domain"],
        storage_class=record["storage_class"],
    )


def _consumers(records: Records) -> list[Consumer]:
    names = {q["queue_id"]: q["queue_name"] for q in records.all(Kind.QUEUE)}
    return [
        Consumer(
            names[c["queue_id"]], c["script_name"], c["settings"], c["dead_letter_queue"] or None
        )
        for c in records.all(Kind.CONSUMER)
        if c["type"] == "worker"
    ]


@dataclass(frozen=True)
class _Bindings:
    """Bindings of one script, resolved against the records of now."""

    records: Records
    script: str
    targets: dict[str, tuple[Kind, str]] = field(
        default_factory=lambda: {
            "kv_namespace": (Kind.KV_NAMESPACE, "namespace_id"),
            "r2_bucket": (Kind.BUCKET, "bucket_name"),
            "d1": (Kind.DATABASE, "id"),
            "service": (Kind.SCRIPT, "service"),
        }
    )

    def live(self, bindings: list[Json]) -> tuple[Json, ...]:
        resolved = (self._resolve(binding) for binding in bindings)
        return tuple(binding for binding in resolved if binding is not None)

    def _resolve(self, binding: Json) -> Json | None:
        special: dict[str, Callable[[Json], Json | None]] = {
            "durable_object_namespace": self._durable_object,
            "queue": self._queue,
        }
        if resolve := special.get(binding["type"]):
            return resolve(binding)
        if target := self.targets.get(binding["type"]):
            kind, key = target
            return binding if self.records.get(kind, binding[key]) else None
        return binding

    def _durable_object(self, binding: Json) -> Json | None:
        """Follow the namespace, for its class may have been renamed or moved since."""
        namespace = self.records.get(Kind.DURABLE_OBJECT, binding["namespace_id"])
        if namespace is None:
            return None
        here = {"name": binding["name"], "type": binding["type"], "class_name": namespace["class"]}
        elsewhere = {"script_name": namespace["script"]}
        return here if namespace["script"] == self.script else here | elsewhere

    def _queue(self, binding: Json) -> Json | None:
        names = {queue["queue_name"] for queue in self.records.all(Kind.QUEUE)}
        return binding if binding["queue_name"] in names else None
