"""Durable Objects are created, moved and deleted on purpose, and once."""

from collections.abc import Iterator

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import COMPONENT_WORKER, SCRIPTS, WORKERS_SCRIPT
from policies.pack.value import Value
from policies.pack.waivers import approved

MIGRATIONS_URL = (
    "https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/"
)
CLOUDFLARE = "Cloudflare Durable Objects: migrations"
CREATES = ("newClasses", "newSqliteClasses")
MOVES = ("renamedClasses", "transferredClasses")


@rule(
    "do-destructive-migration-approved",
    on=SCRIPTS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Have the step approved: script, class, tag, reason and expiry in policies/settings.",
    frameworks=(CLOUDFLARE,),
    url=MIGRATIONS_URL,
    settings={
        "approved": schema.approvals(
            "Steps that may delete or move a class.", "script", "class", "tag"
        )
    },
)
def do_destructive_migration_approved(worker: Resource, settings: Settings) -> Findings:
    """A step that deletes a class destroys its objects, and a move orphans what it forgets."""
    script, tag = _script(worker), worker["migrations"]["newTag"].text()
    for place, action in _destructive(worker):
        allowed = {"script": script, "class": place.text(), "tag": tag}
        if place.known and not approved(settings["approved"], **allowed):
            yield place.problem(f"{action} {place} without an approval that is in force")


def _script(worker: Resource) -> str | None:
    """The name of the script; a version has none, its resource's name stands for it."""
    return worker["scriptName"].text() if worker.type == WORKERS_SCRIPT else worker.name


def _destructive(worker: Resource) -> Iterator[tuple[Value, str]]:
    for step in _steps(worker):
        yield from ((name, "deletes") for name in step["deletedClasses"].items())
        yield from ((moved["from"], "renames") for moved in step["renamedClasses"].items())
        yield from ((moved["from"], "transfers") for moved in step["transferredClasses"].items())


def _steps(worker: Resource) -> list[Value]:
    migrations = worker["migrations"]
    return [migrations, *migrations["steps"].items()]


@rule(
    "do-binding-has-migration",
    on=(COMPONENT_WORKER, *SCRIPTS),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Add a step that creates the class (new_sqlite_classes) to the history of the worker.",
    frameworks=(CLOUDFLARE,),
    url=MIGRATIONS_URL,
    settings={
        "knownClasses": schema.texts("Classes that live already, created outside this program.")
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
    for step in _steps(worker):
        for key in CREATES:
            yield from step[key].texts()
        for key in MOVES:
            yield from (moved["to"].text() or "" for moved in step[key].items())


@rule(
    "do-new-class-is-sqlite",
    on=SCRIPTS,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Create it under new_sqlite_classes.",
    frameworks=(CLOUDFLARE,),
    url="https://developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/",
)
def do_new_class_is_sqlite(worker: Resource) -> Findings:
    """A class born with key-value storage cannot be moved to SQLite, and new accounts refuse it."""
    for step in _steps(worker):
        for name in step["newClasses"].items():
            if name.known:
                yield name.problem(f"creates {name} with key-value storage")


@rule(
    "do-migration-tags-move",
    on=SCRIPTS,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Give each step of the history its own tag, and name each class once in it.",
    frameworks=(CLOUDFLARE,),
    url=MIGRATIONS_URL,
)
def do_migration_tags_move(worker: Resource) -> Findings:
    """A tag that does not move lets a migration be replayed or left out."""
    migrations = worker["migrations"]
    old, new = migrations["oldTag"], migrations["newTag"]
    if any(_names(step) for step in _steps(worker)):
        if new.empty:
            yield new.problem("is missing while classes change")
        elif new.known and old.known and new.equals(old.text()):
            yield new.problem(f"is {new}, the same as the old tag")
    for step in _steps(worker):
        if len(set(_names(step))) < len(_names(step)):
            yield step.problem("names a class more than once")


def _names(step: Value) -> list[str]:
    created = [name for key in (*CREATES, "deletedClasses") for name in step[key].texts()]
    moved = [moved["from"].text() or "" for key in MOVES for moved in step[key].items()]
    return [*created, *moved]
