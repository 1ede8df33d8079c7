"""Durable Objects are created, moved and deleted on purpose, and once."""

from collections.abc import Iterator

from pack.finding import Findings
from pack.resource import Resource
from pack.rule import PRODUCTION, Setting, Settings, Severity, rule
from pack.tokens import COMPONENT_WORKER, WORKER_VERSION, WORKERS_SCRIPT
from pack.value import Value

MIGRATIONS_URL = (
    "https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/"
)
NAMES = {"type": "array", "items": {"type": "string"}}


@rule(
    "do-binding-has-migration",
    on=(COMPONENT_WORKER, WORKERS_SCRIPT, WORKER_VERSION),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Add a step that creates the class (new_sqlite_classes) to the history of the worker.",
    frameworks=("Cloudflare Durable Objects: migrations",),
    url=MIGRATIONS_URL,
    settings={
        "knownClasses": Setting(
            NAMES, [], "Classes that live already and were created outside this program."
        ),
    },
)
def do_binding_has_migration(worker: Resource, settings: Settings) -> Findings:
    """A class that no migration creates is refused at the upload, or binds to nothing."""
    if f"{COMPONENT_WORKER}$" in worker.urn:
        return  # the component above states the whole history; its script carries what is pending
    if not worker["migrations"].all_known:
        return
    declared = {*settings["knownClasses"], *_declared(worker)}
    for place, name in _bound(worker):
        if name not in declared:
            yield place.problem(f"is {place}, a class that no step of the history creates")


def _bound(worker: Resource) -> Iterator[tuple[Value, str]]:
    for binding in worker["bindings"].items():
        own = binding["type"].equals("durable_object_namespace") and binding["scriptName"].empty
        if own and (name := binding["className"].text()):
            yield binding["className"], name


def _declared(worker: Resource) -> Iterator[str]:
    migrations = worker["migrations"]
    for step in [migrations, *migrations["steps"].items()]:
        yield from step["newClasses"].texts()
        yield from step["newSqliteClasses"].texts()
        for moved in [*step["renamedClasses"].items(), *step["transferredClasses"].items()]:
            yield moved["to"].text() or ""
