"""Workers across the stack: whose objects they use, whose stores, and by which routes they run."""

from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, graph_rule
from policies.pack.type_tokens import (
    COMPONENT_WORKER,
    D1_DATABASE,
    DNS_RECORD,
    KV_NAMESPACE,
    QUEUE,
    QUEUE_CONSUMER,
    R2_BUCKET,
    SCRIPTS,
    TUNNEL,
    TUNNEL_CONFIG,
    WORKER,
    WORKER_DOMAIN,
    WORKER_ROUTE,
    WORKER_SUBDOMAIN,
    WORKERS_SCRIPT,
)
from policies.pack.value import Value

WORKERS_URL = "https://developers.cloudflare.com/workers/"
OWNED = {
    "kv_namespace": ("namespaceId", KV_NAMESPACE, "id"),
    "r2_bucket": ("bucketName", R2_BUCKET, "name"),
    "d1": ("id", D1_DATABASE, "id"),
    "queue": ("queueName", QUEUE, "queueName"),
    "service": ("service", WORKERS_SCRIPT, "scriptName"),
}
"""Kind of binding to the property that names its target, the target's type, its own name."""


@graph_rule(
    "graph-no-crossed-environments",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Bind the resource of this stack, or declare the id under external with its owner.",
    frameworks=("OWASP ASVS 14.1",),
    url=f"{WORKERS_URL}runtime-apis/bindings/",
    settings={"external": schema.texts("Names and ids of other stacks' resources.")},
)
def graph_no_crossed_environments(stack: Stack, settings: Settings) -> Findings:
    """An id written by hand binds the stores of another environment to this one."""
    for place, prop, kind, key in _targets(stack):
        if not place.present or place.text() in settings["external"]:
            continue
        if not links.is_ours(stack, place, prop, stack.of(kind), key):
            yield place.problem(f"is {place}, which no resource of this stack is called")


def _targets(stack: Stack) -> Iterator[tuple[Value, str, str, str]]:
    """Each reference with its top-level property, the type it means, that type's own name."""
    for script in stack.of(*SCRIPTS):
        for binding in script["bindings"].items():
            if kind := OWNED.get(binding["type"].text() or ""):
                prop, target, key = kind
                yield binding[prop], "bindings", target, key
    for config in stack.of(TUNNEL_CONFIG):
        yield config["tunnelId"], "tunnelId", TUNNEL, "id"


@graph_rule(
    "graph-do-ownership",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Bind a class that its owner creates; finish a transfer before the source lets go.",
    frameworks=("Cloudflare Durable Objects: migrations",),
    url="https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/",
    settings={"externalScripts": schema.texts("Scripts of other stacks whose classes are bound.")},
)
def graph_do_ownership(stack: Stack, settings: Settings) -> Findings:
    """A Durable Object bound from another script lives and dies with the script that owns it."""
    owners = {name: script for script in stack.of(WORKERS_SCRIPT) if (name := _name(script))}
    for script in stack.of(*SCRIPTS):
        for binding in script["bindings"].items():
            owner = binding["scriptName"].text()
            if not owner or owner in settings["externalScripts"]:
                continue
            if binding["type"].equals("durable_object_namespace"):
                yield from _owned(stack, binding, owners.get(owner))
        yield from _moved(script, owners)


def _owned(stack: Stack, binding: Value, owner: Resource | None) -> Findings:
    if owner is None:
        yield binding["scriptName"].problem(f"is {binding['scriptName']}, no script of this stack")
        return
    name = binding["className"]
    if not name.known or not _migrations(stack, owner).all_known:
        return
    created, deleted = _history(stack, owner)
    if name.text() in deleted:
        yield name.problem(f"is {name}, which {owner} deletes")
    elif created and name.text() not in created:
        yield name.problem(f"is {name}, which {owner} does not create")


def _moved(script: Resource, owners: dict[str, Resource]) -> Findings:
    migrations = script["migrations"]
    for step in (migrations, *migrations["steps"].items()):
        for moved in step["transferredClasses"].items():
            source = owners.get(moved["fromScript"].text() or "")
            if source is None:
                continue
            bound = [each["className"].text() for each in _own_objects(source)]
            if moved["from"].text() in bound:
                yield moved["from"].problem(f"is still bound by {source}, which gives it away")


def _migrations(stack: Stack, owner: Resource) -> Value:
    """The owner's whole history, which its component states, else what its upload carries."""
    parent = stack.find(owner.parent)
    declares = parent if parent and parent.type == COMPONENT_WORKER else owner
    return declares["migrations"]


def _history(stack: Stack, owner: Resource) -> tuple[set[str], set[str]]:
    """Classes that the owner's history creates and deletes."""
    created: set[str] = set()
    deleted: set[str] = set()
    migrations = _migrations(stack, owner)
    for step in (migrations, *migrations["steps"].items()):
        created |= {*step["newSqliteClasses"].texts(), *step["newClasses"].texts()}
        created |= {moved["to"].text() or "" for moved in step["renamedClasses"].items()}
        deleted |= {*step["deletedClasses"].texts()}
    return created, deleted


def _own_objects(script: Resource) -> Iterator[Value]:
    for binding in script["bindings"].items():
        if binding["type"].equals("durable_object_namespace") and binding["scriptName"].empty:
            yield binding


def _name(script: Resource) -> str | None:
    return script["scriptName"].text()


@graph_rule(
    "graph-route-integrity",
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Point the route at a script of this stack, give its host a proxied record, once.",
    frameworks=("Cloudflare Workers: routes",),
    url=f"{WORKERS_URL}configuration/routing/routes/",
    settings={"externalHosts": schema.texts("Hosts whose DNS record another stack holds.")},
)
def graph_route_integrity(stack: Stack, settings: Settings) -> Findings:
    """A route without a script, without a record, or for two scripts, answers nobody or anybody."""
    scripts = links.names(stack.of(WORKERS_SCRIPT), "scriptName")
    scripts |= links.names(stack.of(WORKER), "name")
    routes = stack.of(WORKER_ROUTE)
    for route in routes:
        script = route["script"]
        if script.present and script.text() not in scripts:
            yield script.problem(f"is {script}, no script of this stack")
        yield from _recorded(stack, route, settings["externalHosts"])
    yield from _doubled(routes)
    yield from _reachable(stack)


def _recorded(stack: Stack, route: Resource, external: list[str]) -> Findings:
    host = links.host_of(route["pattern"].text() or "")
    if route["pattern"].known and host not in external and stack.lacks(_answers(stack, host)):
        yield route["pattern"].problem(f"is {route['pattern']}, whose host has no proxied record")


def _answers(stack: Stack, host: str) -> Iterator[bool]:
    for record in stack.of(DNS_RECORD):
        yield record["proxied"].is_true and links.covers(record["name"].text() or "", host)
    for domain in stack.of(WORKER_DOMAIN):
        yield links.covers(domain["hostname"].text() or "", host)


def _doubled(routes: list[Resource]) -> Findings:
    first: dict[str, Resource] = {}
    for route in routes:
        pattern, script = route["pattern"].text(), route["script"].text()
        before = first.setdefault(pattern or route.urn, route)
        if script and before["script"].text() not in (script, None):
            yield route["pattern"].problem(f"is that of {before} too, for another script")


def _reachable(stack: Stack) -> Findings:
    for script in stack.of(WORKERS_SCRIPT):
        switches = (
            each["enabled"].is_false
            for each in stack.of(WORKER_SUBDOMAIN)
            if links.refers(stack, each, "scriptName", script, "scriptName")
        )
        if stack.lacks(switches):
            yield script.problem("has no WorkersScriptSubdomain that switches workers.dev off")


@graph_rule(
    "graph-queue-dead-letters",
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Name a queue of this stack that is not the queue itself, and let something read it.",
    frameworks=("Cloudflare Queues: dead letter queues",),
    url="https://developers.cloudflare.com/queues/configuration/dead-letter-queues/",
)
def graph_queue_dead_letters(stack: Stack) -> Findings:
    """A dead-letter queue that does not exist, or is the queue itself, keeps nothing."""
    queues, consumers = stack.of(QUEUE), stack.of(QUEUE_CONSUMER)
    for consumer in consumers:
        letters = consumer["deadLetterQueue"]
        named = [queue for queue in queues if _receives(stack, consumer, queue)]
        if letters.present and stack.lacks(_receives(stack, consumer, each) for each in queues):
            yield letters.problem(f"is {letters}, no queue of this stack")
        for queue in named:
            if letters.known and _reads(stack, consumer, queue):
                yield letters.problem(f"is {letters}, the queue itself")
            elif stack.lacks(_reads(stack, each, queue) for each in consumers):
                yield queue.advice("takes dead letters that nothing reads")


def _receives(stack: Stack, consumer: Resource, queue: Resource) -> bool:
    return links.refers(stack, consumer, "deadLetterQueue", queue, "queueName")


def _reads(stack: Stack, consumer: Resource, queue: Resource) -> bool:
    return links.refers(stack, consumer, "queueId", queue, "queueId")
