"""How serious a change is, and why, as far as the engine's preview tells it.

A plan may come from a pull request: whatever form its inputs have, a rule finds something or
nothing. Needs nothing but Python.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum

from ops.engine.resources import STATEFUL
from ops.preview.exposure.guards import is_rotation
from ops.preview.exposure.table import opens_or_closes
from ops.preview.inputs import listed, mapping, records
from ops.preview.plan_steps import UNPROTECT, Inputs, Step
from ops.preview.shown_values import UNKNOWN, Told, tell
from ops.preview.sql_losses import Effect, effects
from ops.preview.untrusted_text import MESSAGE_LIMIT


class Rank(IntEnum):
    """What a change does, the most serious first."""

    LOSS = 0
    EXPOSURE = 1
    ONCE = 2
    INTERRUPTION = 3
    REST = 4


LIFTED = "its protection is lifted, so that the next run may delete it"

Finding = tuple[Rank, Told]
Rule = Callable[[Step], Finding | None]

INTERRUPTED = {
    "WorkersScript": "the script is replaced; its WebSockets end",
    "WorkersDeployment": "another version of the script takes over; WebSockets end",
    "QueueConsumer": "deliveries pause",
    "Container": "the container restarts",
    "Service": "the service restarts",
}

REPLACED = {
    "DnsRecord": "is no rename: the record is deleted, and another is made",
    "Record": "is no rename: the record is deleted, and another is made",
    "WorkersCustomDomain": "the host is detached, and another is attached",
    "WorkersRoute": "the route is deleted, and another is made",
    "R2CustomDomain": "the host is detached, and another is attached",
    "ZeroTrustTunnelCloudflared": "the tunnel is deleted; connectors need the token of another",
    "CertificatePack": "the certificate is deleted, and another is ordered",
}
"""What nobody is to take for a change in place."""

SAID = 3
"""Statements of migrations that are told; of more it is their number."""

ROOM = MESSAGE_LIMIT - len("; and 99999 more")
"""Characters of a message for them."""


def findings(step: Step, fresh: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Return all that *step* does, the most serious first: one finding of a rank, one at least.

    A reason is "" where the op says it. *fresh* are the names of buckets that are made in the same
    run, and so are empty.
    """
    sql = _Sql(step)
    rules: Iterable[Rule] = (
        *(_loses, sql.loses, _expires(fresh), _exposes),
        *(sql.happens_once, _happens_once, _interrupts),
    )
    found: dict[Rank, Told] = {}
    for rule in rules if step.op != UNPROTECT else (_loses,):
        if finding := rule(step):
            found.setdefault(*finding)
    return tuple(sorted(found.items())) or ((Rank.REST, ""),)


def _loses(step: Step) -> Finding | None:
    if step.ends and not step.retained and step.short in STATEFUL and _holds_data(step):
        return Rank.LOSS, f"loses {STATEFUL[step.short]}{_forced(step)}"
    if step.protected and step.unprotected and not step.ends:
        return Rank.LOSS, LIFTED
    if classes := _deleted_classes(step):
        return Rank.LOSS, f"loses every object of {', '.join(classes)}"
    if step.ends and step.retained:
        return Rank.REST, "stays in the account, and is managed no longer"
    return None


def _holds_data(step: Step) -> bool:
    """Whether it holds anything: a script does where it has Durable Objects of its own."""
    if step.short == "Worker":
        return step.kept  # one with objects is protected; only its version says which it has
    if step.short != "WorkersScript":
        return True
    bindings = step.before.get("bindings")
    if not isinstance(bindings, list):
        return True
    own = [binding for binding in records(bindings) if not binding.get("scriptName")]
    return any(binding.get("type") == "durable_object_namespace" for binding in own)


def _forced(step: Step) -> str:
    return f": {', '.join(step.keys)} cannot be changed in place" if step.keys else ""


def _deleted_classes(step: Step) -> list[str]:
    steps = [_migrations(step), *records(_migrations(step).get("steps"))]
    migrated = [str(name) for one in steps for name in listed(one.get("deletedClasses"))]
    return migrated + [name for name, state in _declared(step).items() if state == "deleted"]


def _declared(step: Step) -> dict[str, str]:
    """Name the classes whose declared state is another than before, with what it is now."""
    before, after = (
        {name: each.get("state") for name, each in exports.items() if isinstance(each, Mapping)}
        for exports in (mapping(step.before.get("exports")), mapping(step.after.get("exports")))
    )
    return {name: str(state) for name, state in after.items() if before.get(name) != state}


def _migrations(step: Step) -> Inputs:
    return mapping(step.after.get("migrations"))


class _Sql:
    """The new SQL files of a step, which are read once."""

    def __init__(self, step: Step) -> None:
        self._files = [(str(it.get("name")), str(it.get("sql"))) for it in _new_files(step)]
        self._effects = effects(self._files, fresh=_is_made_too(step))

    def loses(self, _step: Step) -> Finding | None:
        lost = [effect for effect in self._effects if effect.loses]
        return (Rank.LOSS, lambda: _each(lost)) if lost else None

    def happens_once(self, _step: Step) -> Finding | None:
        if not self._files:
            return None
        changed = [effect for effect in self._effects if not effect.loses]
        names = ", ".join(name for name, _ in self._files)
        return Rank.ONCE, lambda: f"applies {names}" + (f": {_each(changed)}" if changed else "")


def _each(found: Sequence[Effect]) -> str:
    """Tell the first of *found* that fit into a message, so that the number of the others does."""
    told = list(map(str, found[:SAID]))
    while len(told) > 1 and len("; ".join(told)) > ROOM:
        told.pop()
    more = len(found) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _new_files(step: Step) -> list[Inputs]:
    if step.short != "D1Migrations":
        return []
    is_moved = step.before.get("database_id") != step.after.get("database_id")
    before = [] if is_moved else records(step.before.get("files"))
    known = {str(file.get("name")) for file in before}
    return [file for file in records(step.after.get("files")) if str(file.get("name")) not in known]


def _is_made_too(step: Step) -> bool:
    """Return whether the database of migrations is made in the same run: its id is known later."""
    return str(step.after.get("database_id")) in UNKNOWN


def _expires(fresh: frozenset[str]) -> Rule:
    def rule(step: Step) -> Finding | None:
        if step.short != "R2BucketLifecycle" or str(step.after.get("bucketName")) in fresh:
            return None
        rules = records(step.after.get("rules"))
        if not any(each.get("enabled") and each.get("deleteObjectsTransition") for each in rules):
            return None
        return Rank.LOSS, "objects older than a rule allows are deleted within a day"

    return rule


def _exposes(step: Step) -> Finding | None:
    said = opens_or_closes(step)
    return (Rank.EXPOSURE, said) if said else None


def _happens_once(step: Step) -> Finding | None:
    if step.op == "delete":
        return None
    if is_rotation(step):
        until = step.after.get("previousClientSecretExpiresAt")
        return (
            Rank.ONCE,
            lambda: f"makes another secret; the one before is taken until {tell(until)}",
        )
    if tag := _migrations(step).get("newTag"):
        return Rank.ONCE, f"migrates Durable Objects to {tag}, which cannot be taken back"
    if step.short == "WorkerVersion" and (states := _declared(step)):
        told = ", ".join(f"{name} {state}" for name, state in states.items())
        return Rank.ONCE, f"declares Durable Objects, which cannot be taken back: {told}"
    return None


def _interrupts(step: Step) -> Finding | None:
    if step.op == "replace" and step.short in REPLACED:
        return Rank.INTERRUPTION, REPLACED[step.short] + _forced(step)
    stays = step.op == "delete" and step.retained
    if stays or step.op == "create" or step.short not in INTERRUPTED:
        return None
    told = "stops" if step.op == "delete" else INTERRUPTED[step.short]
    return Rank.INTERRUPTION, told + (_forced(step) if step.op == "replace" else "")
