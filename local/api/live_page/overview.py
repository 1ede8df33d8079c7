"""All that is deployed, on one screen: systems, hosts and who may reach them, workers, stores."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from common.json_types import Json
from local.api.http.call import Call
from local.api.live_page.account_resources import resources
from local.api.live_page.page_queries import look
from local.api.live_page.program import Program, programs
from local.api.state.snapshot import workers_dev
from local.api.state.state import State
from local.records.model import EXECUTED_PHASES
from local.records.records import Kind, Records
from planning.exposure.exposure import map_of
from planning.exposure.graph import UNPLACED
from planning.exposure.hosts import WORKERS_DEV
from planning.exposure.model import Exposure, Place, SystemFacts, Target, Way
from planning.exposure.zones import Zone

NO_SYSTEM = "in no system"
"""What belongs to none: somebody has deployed it beside the program."""


@look("GET", "overview")
async def get_overview(call: Call) -> Json:
    state, told = call.state, programs(call.state.records)
    drawn = exposure(state, told)
    there = _there(told, drawn)
    status = state.runtime.status()
    return {
        "stack": ", ".join(each.stack for each in there),
        "ready": status.get("ready", True),
        "last_error": status.get("last_error"),
        "warning": state.warning or state.losses().sentence(),
        "ports": call.request.app.ports,
        "systems": [_system(each, drawn) for each in drawn.systems],
        "hosts": [_host(state.records, each, call.request.app.ports) for each in drawn.ways],
        "workers": [_worker(each) for each in drawn.targets],
        "stores": stores(state),
        "findings": [each.text for each in drawn.found],
        "cost": [{"stack": each.stack} | line.model_dump() for each in there for line in each.cost],
        "prices_of": max((each.prices_of for each in there), default=""),
    }


def exposure(state: State, told: Sequence[Program]) -> Exposure:
    """Return the map of what is deployed now; *told* says which system has what."""
    zones = [Zone(each.name, each.id, "", "") for each in state.account.zones]
    facts = [fact for each in told for fact in _facts(each)]
    owners = {key: _own(each, name) for each in told for key, name in each.owners.items()}
    return map_of(resources(state.records, state.cloud(), owners), zones, facts)


def _facts(told: Program) -> Iterator[SystemFacts]:
    for each in told.systems:
        yield SystemFacts(_own(told, each.name), each.title, each.asks_for)


def _own(told: Program, system: str) -> str:
    """Name a system so that those of other stacks are not it."""
    return f"{told.stack}/{system}"


def _there(told: Iterable[Program], drawn: Exposure) -> list[Program]:
    """Return the programs of which something is still there."""
    seen = {each.name for each in drawn.systems}
    return [each for each in told if any(_own(each, known.name) in seen for known in each.systems)]


def stores(state: State) -> list[Json]:
    """List what holds data: its kind as the page names it, its id, the name that people know."""
    records = state.records
    named: Iterable[tuple[str, Kind, str, Any]] = (
        ("kv", Kind.KV_NAMESPACE, "id", lambda each: each["title"]),
        ("r2", Kind.BUCKET, "name", lambda each: each["name"]),
        ("d1", Kind.DATABASE, "uuid", lambda each: each["name"]),
        ("queues", Kind.QUEUE, "queue_id", lambda each: each["queue_name"]),
        ("objects", Kind.DURABLE_OBJECT, "id", lambda each: f"{each['class']} of {each['script']}"),
    )
    return [
        {"kind": kind, "id": each[key], "name": name(each)}
        for kind, records_of, key, name in named
        for each in records.all(records_of)
    ]


def rules(records: Records) -> list[Json]:
    """List the rules that act at the edge, without what they answer."""
    return [
        {"zone_id": ruleset["zone_id"], "phase": ruleset["phase"], **_rule(rule)}
        for ruleset in records.all(Kind.RULESET)
        if ruleset["phase"] in EXECUTED_PHASES
        for rule in ruleset["rules"]
    ]


def _rule(rule: Json) -> Json:
    known = ("id", "description", "action", "expression", "enabled")
    return {name: rule.get(name) for name in known}


def _system(system: SystemFacts, drawn: Exposure) -> Json:
    mine = [each.place for each in drawn.targets if each.place.system == system.name]
    title = NO_SYSTEM if system.name in (UNPLACED, "") else system.title
    held = [each for each in drawn.stores if each.system == system.name]
    return {
        "title": title,
        "asks_for": system.asks_for,
        "answers": [_named(each) for each in mine],
        "stores": [_named(each) for each in held],
        "hosts": len({way.host for way in drawn.ways if way.target.system == system.name}),
    }


def _host(records: Records, way: Way, ports: Json) -> Json:
    host = _known(records, way.host)
    is_exact = "*" not in host and " " not in host and not host.startswith("VERSION")
    return {
        "host": host,
        "path": way.path,
        "kind": way.kind.value,
        "leads_to": _named(way.target),
        "who": list(way.who),
        "open": way.open,
        "application": way.guard,
        "rules": list(way.rules),
        "notes": list(way.notes),
        "url": f"http://{host}.localhost:{ports['edge']}/" if is_exact else "",
    }


def _known(records: Records, host: str) -> str:
    """Write a host of workers.dev as it is here: no resource says the name of the account."""
    if not host.endswith(f".{WORKERS_DEV}"):
        return host
    return workers_dev(records, host.removesuffix(f".{WORKERS_DEV}"))


def _worker(target: Target) -> Json:
    return {
        "name": _named(target.place),
        "system": target.place.system,
        "bindings": [
            {"name": each.name, "type": each.kind, "to": [_named(place) for place in each.to]}
            for each in target.bindings
        ],
        "notes": list(target.notes),
    }


def _named(place: Place) -> str:
    return f"{place.kind} {place.name}"
