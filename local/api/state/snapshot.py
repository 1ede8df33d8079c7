"""From the records of the API to what the runtime runs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from common.json_types import Json
from local.api.state import edge_balancing
from local.api.state.edge_access import guarded
from local.api.state.live_bindings import Bindings
from local.records.model import (
    EXECUTED_PHASES,
    OF_VERSION,
    SECURITY_HEADER,
    AddressList,
    Bucket,
    Cloud,
    Consumer,
    DurableObject,
    Module,
    Preview,
    Queue,
    Route,
    Ruleset,
    Share,
    Split,
    TunnelHost,
    Worker,
)
from local.records.records import Kind, Records
from planning.zone_settings import hsts_header

SUBDOMAIN = "local"
"""What the account is called on workers.dev, until it says otherwise."""

TUNNELS = "cfargotunnel.com"
"""Domain below which each tunnel has a name."""


def snapshot(records: Records, scripts: Path, zones: Mapping[str, str], account: str) -> Cloud:
    """Everything that can run. A binding whose target is gone is left out of its worker.

    *zones* are the names of the account's zones by their ids; a route of another is left out.
    *account* is the account's name.
    """
    return Cloud(
        workers=tuple(
            each for s in records.all(Kind.SCRIPT) for each in _workers(records, s, scripts)
        ),
        splits=tuple(split for s in records.all(Kind.SCRIPT) if (split := _split(records, s))),
        previews=tuple(each for s in records.all(Kind.SCRIPT) for each in previews(records, s)),
        routes=_routes(records, zones),
        rulesets=(*_security_headers(records, zones), *_rulesets(records, zones)),
        lists=tuple(_list(each) for each in records.all(Kind.LIST)),
        zone_names=tuple(zones.values()),
        kv_namespaces=tuple(n["id"] for n in records.all(Kind.KV_NAMESPACE)),
        databases=tuple(d["uuid"] for d in records.all(Kind.DATABASE)),
        buckets=tuple(_bucket(b) for b in records.all(Kind.BUCKET)),
        queues=tuple(Queue(q["queue_name"], q["settings"]) for q in records.all(Kind.QUEUE)),
        consumers=tuple(_consumers(records)),
        tunnels=tuple(_tunnels(records, zones)),
        access=guarded(records, account),
        balancers=tuple(edge_balancing.balancers(records, zones)),
        pools=tuple(edge_balancing.pools(records)),
        pool_tunnels=tuple(_pool_tunnels(records)),
        endpoints=edge_balancing.endpoints(records),
    )


def _workers(records: Records, script: Json, scripts: Path) -> Iterator[Worker]:
    """Turn the versions of *script* that run into the form of the runtime, the main one first."""
    serving = _version(records, script, script["version"])
    others = _beside(records, script)
    yield _worker(records, script, serving, scripts, is_main=True)
    for version in others:
        yield _worker(records, script, version, scripts, is_main=False)


def _worker(
    records: Records, script: Json, version: Json, scripts: Path, *, is_main: bool
) -> Worker:
    """Turn *version* into the form of the runtime. Objects and schedules are the main one's."""
    name = script["name"]
    schedules = records.get(Kind.SCHEDULES, name) or {"schedules": []}
    owned = [d for d in records.all(Kind.DURABLE_OBJECT) if d["script"] == name]
    return Worker(
        name=_name(script, version["id"]),
        main_module=version["main_module"],
        modules=_modules(version, scripts),
        compatibility_date=version["compatibility_date"],
        compatibility_flags=tuple(version["compatibility_flags"]),
        bindings=Bindings(records, name, version).live(version["bindings"]),
        durable_objects=tuple(
            DurableObject(d["class"], d["id"], d["use_sqlite"]) for d in owned if is_main
        ),
        crons=tuple(s["cron"] for s in schedules["schedules"] if is_main),
        version="" if is_main else version["id"],
    )


def _name(script: Json, version_id: str) -> str:
    is_main = version_id == script["version"]
    return str(script["name"]) if is_main else f"{script['name']}{OF_VERSION}{version_id}"


def _version(records: Records, script: Json, version_id: str) -> Json:
    version = records.get(Kind.VERSION, version_id)
    if version is None:
        raise records.damaged(f"script {script['name']} has lost its version")
    return version


def _beside(records: Records, script: Json) -> list[Json]:
    """List the versions that run beside the main one: those with a share, those with a preview."""
    shared = {share["version_id"] for share in script.get("shares", ())}
    return [
        version
        for version in records.all(Kind.VERSION)
        if version["script"] == script["name"]
        and version["id"] != script["version"]
        and (version["id"] in shared or has_preview(version, script))
    ]


def _split(records: Records, script: Json) -> Split | None:
    """Return the shares of *script*, the newest version first; `None` where one has them all."""
    shares = script.get("shares", ())
    if not shares:
        return None
    numbers = {s["version_id"]: _version(records, script, s["version_id"]) for s in shares}
    found = sorted(shares, key=lambda share: -numbers[share["version_id"]]["number"])
    return Split(
        script["name"],
        tuple(
            Share(s["version_id"], _name(script, s["version_id"]), s["percentage"]) for s in found
        ),
    )


def previews(records: Records, script: Json) -> Iterator[Preview]:
    """Give the hosts that one version of *script* answers alone, by its id and by its alias."""
    for version in records.all(Kind.VERSION):
        if version["script"] == script["name"] and has_preview(version, script):
            alias = version["annotations"].get("workers/alias")
            for prefix in (version["id"].partition("-")[0], *([alias] if alias else [])):
                yield Preview(
                    workers_dev(records, f"{prefix}-{script['name']}"),
                    f"{script['name']}{OF_VERSION}{version['id']}",
                    _name(script, version["id"]),
                )


def has_preview(version: Json, script: Json) -> bool:
    """Whether a host of its own answers for *version*: one of a script with objects has none."""
    bound = {binding["type"] for binding in version["bindings"]}
    return script["subdomain"]["previews_enabled"] and "durable_object_namespace" not in bound


def workers_dev(records: Records, name: str) -> str:
    """Name the workers.dev host of *name* in this account."""
    account = records.get(Kind.ACCOUNT, "subdomain") or {"subdomain": SUBDOMAIN}
    return f"{name}.{account['subdomain']}.workers.dev"


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
    public = [
        Route(workers_dev(records, s["name"]), s["name"], "domain")
        for s in records.all(Kind.SCRIPT)
        if s["subdomain"]["enabled"]
    ]
    return (*domains, *routes, *public)


def _rulesets(records: Records, zones: Mapping[str, str]) -> tuple[Ruleset, ...]:
    """List what acts at the edge: rules that are on, of phases that are executed."""
    return tuple(
        Ruleset(zones[r["zone_id"]], r["phase"], _running(r["rules"]))
        for r in records.all(Kind.RULESET)
        if r["zone_id"] in zones and r["phase"] in EXECUTED_PHASES
    )


def _list(record: Json) -> AddressList:
    return AddressList(record["name"], tuple(item["ip"] for item in record["items"]))


def _security_headers(records: Records, zones: Mapping[str, str]) -> Iterator[Ruleset]:
    """Turn `security_header` of a zone into what it does: headers on every answer of its hosts."""
    for kept in records.all(Kind.ZONE_SETTING):
        if kept["setting"] == "security_header" and kept["zone_id"] in zones:
            changes = _set_headers(kept["value"])
            rule = {
                "id": "security_header",
                "expression": "true",
                "action": "rewrite",
                "action_parameters": {"headers": changes},
            }
            if changes:
                yield Ruleset(zones[kept["zone_id"]], SECURITY_HEADER, (rule,))


def _set_headers(value: Json) -> Json:
    strict = hsts_header(value)
    nosniff = "nosniff" if value["strict_transport_security"]["nosniff"] else None
    wanted = {"strict-transport-security": strict, "x-content-type-options": nosniff}
    return {name: {"operation": "set", "value": text} for name, text in wanted.items() if text}


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
