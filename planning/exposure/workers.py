"""Workers, what they are bound to, and what else a stack has that answers or holds data."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planning.exposure.access import SCRIPTS
from planning.exposure.graph import Graph, Resource, items, text
from planning.exposure.model import Bound, Place

WORKER = "worker"
STORES = {
    "D1Database": "D1 database",
    "HyperdriveConfig": "Hyperdrive",
    "Queue": "queue",
    "R2Bucket": "R2 bucket",
    "WorkersKvNamespace": "KV namespace",
}
"""What holds data, and is a resource of its own."""

PLAIN = ("json", "plain_text", "version_metadata")
"""Types of binding that lead nowhere and hide nothing: the map leaves them out."""

OBJECTS, DATASET = "Durable Objects", "Analytics Engine dataset"

_BOUND_TO = {
    "d1": ("D1Database", ("databaseId", "id")),
    "hyperdrive": ("HyperdriveConfig", ("id",)),
    "kv_namespace": ("WorkersKvNamespace", ("namespaceId",)),
    "queue": ("Queue", ("queueName",)),
    "r2_bucket": ("R2Bucket", ("bucketName",)),
}
"""A type of binding: the resource it leads to, and the keys that may name it."""


@dataclass(frozen=True)
class Script:
    """A worker of the stack, by whichever resources it is made."""

    name: str
    system: str
    holders: tuple[Resource, ...]
    """The resources that say what it is bound to: the script, or its versions."""


def scripts(graph: Graph) -> list[Script]:
    """Return every worker that the stack makes, each once, by name."""
    found = {each.inputs.get("scriptName"): each for each in graph.of("WorkersScript")}
    made = {
        each.own_name: Script(each.own_name, graph.system(each), (each,)) for each in found.values()
    }
    for each in graph.of("Worker"):
        versions = tuple(
            version
            for version in graph.of("WorkerVersion")
            if graph.resolve(version, "workerId", "Worker") is each
        )
        made.setdefault(each.own_name, Script(each.own_name, graph.system(each), versions))
    return [made[name] for name in sorted(made)]


def stores(graph: Graph) -> Iterator[Place]:
    """Yield everything of the stack that holds data and is a resource of its own."""
    for each in graph.of(*STORES):
        yield store(graph, each)


def store(graph: Graph, resource: Resource) -> Place:
    """Return *resource*, which holds data, as a place."""
    return Place(STORES[resource.short], resource.own_name, graph.system(resource))


def worker_of(graph: Graph, resource: Resource, key: str) -> Place:
    """Return the worker that the input *key* names; one of another stack has no system."""
    found = graph.resolve(resource, key, *SCRIPTS)
    if found is None:
        return Place(WORKER, text(resource.inputs.get(key)) or "one not known yet", "")
    return Place(WORKER, found.own_name, graph.system(found))


def bindings(graph: Graph, script: Script) -> tuple[Bound, ...]:
    """Return what *script* is bound to, by name.

    A list that holds a secret cannot be read in a state: what the component shows of it stands in,
    and what the list was made of says to where it leads.
    """
    found: dict[str, Bound] = {}
    for holder in script.holders:
        for each in _bound(graph, script, holder):
            found.setdefault(each.name, each)
    return tuple(found[name] for name in sorted(found) if found[name].kind not in PLAIN)


def _bound(graph: Graph, script: Script, holder: Resource) -> Iterator[Bound]:
    listed = holder.inputs.get("bindings")
    if isinstance(listed, list):
        yield from (_exact(graph, script, holder, each) for each in items(listed))
        return
    above = graph.parent(holder)
    shown = items(above.inputs.get("bindings")) if above else []
    if shown:
        yield from (_exact(graph, script, holder, each) for each in shown)
        return
    for kind, (resource, _) in _BOUND_TO.items():
        if made_of := graph.sources(holder, "bindings", resource):
            yield Bound(f"(a {kind})", kind, tuple(store(graph, each) for each in made_of))


def _exact(graph: Graph, script: Script, holder: Resource, binding: Mapping[str, Any]) -> Bound:
    kind = text(binding.get("type"))
    name = text(binding.get("name")) or "(unnamed)"
    return Bound(name, kind, tuple(_leads_to(graph, script, holder, binding)))


def _leads_to(
    graph: Graph, script: Script, holder: Resource, binding: Mapping[str, Any]
) -> Iterable[Place]:
    kind = text(binding.get("type"))
    if kind == "durable_object_namespace":
        return [_objects(graph, script, binding)]
    if kind == "service":
        return [_service(graph, text(binding.get("service")))]
    if kind == "analytics_engine":
        return [Place(DATASET, text(binding.get("dataset")) or "one not known yet", script.system)]
    if kind in _BOUND_TO:
        return _stored(graph, holder, binding, *_BOUND_TO[kind])
    return []


def _stored(
    graph: Graph, holder: Resource, binding: Mapping[str, Any], resource: str, keys: tuple[str, ...]
) -> list[Place]:
    named = next((binding[key] for key in keys if binding.get(key)), None)
    if found := graph.find(named, resource):
        return [store(graph, found)]
    if named:
        return [Place(STORES[resource], str(named), "")]
    return [store(graph, each) for each in graph.sources(holder, "bindings", resource)]


def _objects(graph: Graph, script: Script, binding: Mapping[str, Any]) -> Place:
    owner = text(binding.get("scriptName")) or script.name
    system = next((each.system for each in scripts(graph) if each.name == owner), "")
    return Place(OBJECTS, f"{text(binding.get('className'))} of {owner}", system)


def _service(graph: Graph, name: str) -> Place:
    found = graph.find(name, *SCRIPTS)
    return Place(WORKER, name or "one not known yet", graph.system(found) if found else "")


def notes(graph: Graph) -> Mapping[str, list[str]]:
    """Return by script how its versions share requests, its schedules, and queues it reads."""
    said: dict[str, list[str]] = defaultdict(list)
    for deployment in graph.of("WorkersDeployment"):
        shares = [each.get("percentage") for each in items(deployment.inputs.get("versions"))]
        if len(shares) > 1:
            told = ", ".join(f"{share:g} %" for share in shares if share is not None)
            name = worker_of(graph, deployment, "scriptName").name
            said[name].append(f"{len(shares)} versions share its requests: {told}")
    for trigger in graph.of("WorkersCronTrigger"):
        for schedule in items(trigger.inputs.get("schedules")):
            said[worker_of(graph, trigger, "scriptName").name].append(
                f"runs at {schedule.get('cron')}"
            )
    for consumer in graph.of("QueueConsumer"):
        queue = graph.resolve(consumer, "queueId", "Queue")
        name = queue.own_name if queue else "a queue of another stack"
        last = text(consumer.inputs.get("deadLetterQueue"))
        then = f", gives up to {last}" if last else ""
        said[worker_of(graph, consumer, "scriptName").name].append(f"reads {name}{then}")
    return said
