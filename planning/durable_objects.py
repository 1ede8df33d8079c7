"""Which Durable Object migrations a worker still needs.

A history is append-only. Every step carries the digest of itself and of all steps before it, so
that an edited, reordered or dropped step is seen without asking anyone; the tag that is live in
the account says how far a worker has come.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planning.refusals import RefusedError, refuse_all

_DIGITS = 16


@dataclass(frozen=True)
class Step:
    """One change of the classes of a worker, applied once, in the order of the history."""

    tag: str
    digest: str
    """Seals this step and all before it: see `seal`."""
    new_sqlite_classes: tuple[str, ...] = ()
    renamed_classes: tuple[tuple[str, str], ...] = ()
    """Pairs (old name, new name); the objects keep their data."""
    deleted_classes: tuple[str, ...] = ()
    """Classes whose objects are destroyed with all they hold."""
    approved_by: str = ""
    """Who approved the deletions of this step. Needed where there are any."""


@dataclass(frozen=True)
class Migration:
    """What an upload has to carry: the steps that lead from *old_tag* to *new_tag*."""

    old_tag: str | None
    new_tag: str
    steps: tuple[Step, ...]


def seal(step: Step, previous: str) -> str:
    """Digest *step* together with the digest of the step before it (empty for the first)."""
    content = [previous, step.tag, step.new_sqlite_classes, step.renamed_classes]
    text = json.dumps([*content, step.deleted_classes], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def check_history(history: Sequence[Step]) -> frozenset[str]:
    """Name the classes that exist after *history*, or refuse it with all that is wrong with it."""
    faults: list[str] = []
    classes: set[str] = set()
    tags: set[str] = set()
    previous = ""
    for step in history:
        faults += _of_seal(step, previous)
        if step.tag in tags:
            faults.append(f"two steps have the tag {step.tag}; give the later one a new tag")
        faults += _applied(step, classes)
        tags.add(step.tag)
        previous = step.digest
    refuse_all(faults)
    return frozenset(classes)


def plan(
    history: Sequence[Step],
    live_tag: str | None,
    *,
    exported: Collection[str],
    bound: Collection[str],
) -> Migration | None:
    """Say what is pending for a worker at *live_tag* (`None`: it has no migration yet).

    *exported* are the classes its bundle exports, *bound* those its bindings name. The answer is
    `None` where nothing is pending. Refused: a history that was edited, reordered or cut, a live
    tag it does not know, a class the bundle lacks, a binding to a class no step makes.
    """
    classes = check_history(history)
    pending = _after(history, live_tag)
    refuse_all(_of_code(classes, exported, bound))
    return Migration(live_tag, pending[-1].tag, pending) if pending else None


@dataclass(frozen=True)
class ExportState:
    """What is declared of a class. *renamed_to* is "" but for a renamed one."""

    state: Literal["created", "renamed", "deleted"]
    renamed_to: str = ""


def export_states(history: Sequence[Step]) -> dict[str, ExportState]:
    """Declare every class that *history* ever had, as it stands after all of it.

    Whatever the account has of it is brought there: a class that was renamed twice goes to its
    last name at once. Refused: a name that was given up and taken again, for which of the two
    classes the account has then cannot be told.
    """
    states: dict[str, ExportState] = {}
    faults: list[str] = []
    for step in history:
        for name in step.deleted_classes:
            _leave(states, name, ExportState("deleted"))
        for old, new in step.renamed_classes:
            faults += _taken_again(states, new, step)
            _leave(states, old, ExportState("renamed", new))
            states[new] = ExportState("created")
        for name in step.new_sqlite_classes:
            faults += _taken_again(states, name, step)
            states[name] = ExportState("created")
    refuse_all(faults)
    return dict(sorted(states.items()))


def check_exports(
    history: Sequence[Step], *, exported: Collection[str], bound: Collection[str]
) -> None:
    """Refuse what `plan` refuses without asking the account, and what cannot be declared."""
    classes = check_history(history)
    export_states(history)
    refuse_all(_of_code(classes, exported, bound))
    gone = {name for name, each in export_states(history).items() if each.state == "deleted"}
    refuse_all(
        f"the bundle still exports {name}, which the history deletes; remove the class"
        for name in sorted(gone & set(exported))
    )


def _leave(states: dict[str, ExportState], name: str, state: ExportState) -> None:
    """Let *name* go, and all names with it that led to it."""
    for other, known in states.items():
        if known.renamed_to == name:
            states[other] = state
    states[name] = state


def _taken_again(states: Mapping[str, ExportState], name: str, step: Step) -> Iterator[str]:
    if name in states:
        yield (
            f"step {step.tag} makes {name} again, which an earlier class was called; declared "
            f"exports cannot tell the two apart: give it another name, or keep to migrations"
        )


def _of_seal(step: Step, previous: str) -> Iterator[str]:
    expected = seal(step, previous)
    if not step.digest:
        yield (
            f"step {step.tag} has no digest; run `python -m ops history seal`, or add to it: "
            f"digest: '{expected}'"
        )
    elif step.digest != expected:
        yield (
            f"step {step.tag} or one before it was edited, reordered or dropped (its digest is "
            f"{step.digest}, its content makes {expected}); restore the history and append a "
            f"new step instead, or set the digest if this step was never deployed anywhere "
            f"(`python -m ops history seal --redo`)"
        )


def _applied(step: Step, classes: set[str]) -> Iterator[str]:
    """Change *classes* as *step* does, and say what of it cannot be."""
    if not (step.new_sqlite_classes or step.renamed_classes or step.deleted_classes):
        yield f"step {step.tag} changes nothing; give it a class or remove it"
    for name in step.deleted_classes:
        yield from _left(classes, name, step, "deletes")
    if step.deleted_classes and not step.approved_by.strip():
        yield (
            f"step {step.tag} deletes {', '.join(step.deleted_classes)} and everything these "
            f"objects hold; name who approved it: approved_by: <name>"
        )
    for old, new in step.renamed_classes:
        yield from _left(classes, old, step, "renames")
        yield from _entered(classes, new, step)
    for name in step.new_sqlite_classes:
        yield from _entered(classes, name, step)


def _left(classes: set[str], name: str, step: Step, verb: str) -> Iterator[str]:
    if name not in classes:
        yield (
            f"step {step.tag} {verb} {name}, which no step before it makes; "
            f"name one of {_list(classes)}"
        )
    classes.discard(name)


def _entered(classes: set[str], name: str, step: Step) -> Iterator[str]:
    if name in classes:
        yield f"step {step.tag} makes {name}, which exists already; remove it there"
    classes.add(name)


def _after(history: Sequence[Step], live_tag: str | None) -> tuple[Step, ...]:
    if live_tag is None:
        return tuple(history)
    tags = [step.tag for step in history]
    if live_tag not in tags:
        raise RefusedError(
            f"the live worker is at migration tag {live_tag!r}, which the history does not know "
            f"(it has {_list(tags, ordered=True)}); restore the steps that were dropped, or "
            f"deploy the version of the project that made the tag"
        )
    return tuple(history[tags.index(live_tag) + 1 :])


def _of_code(
    classes: frozenset[str], exported: Collection[str], bound: Collection[str]
) -> Iterator[str]:
    for name in sorted(classes - set(exported)):
        yield (
            f"the bundle does not export the class {name} (it exports {_list(exported)}); "
            f"export it from the entry module, or append a step that renames or deletes it"
        )
    for name in sorted(set(bound) - classes):
        yield (
            f"a binding names the class {name}, which no step of the history makes "
            f"(it has {_list(classes)}); append a step with new_sqlite_classes: [{name}]"
        )


def _list(names: Collection[str], *, ordered: bool = False) -> str:
    return ", ".join(names if ordered else sorted(names)) or "none"
