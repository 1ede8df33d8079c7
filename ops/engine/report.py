"""What one run of the engine did, gathered from its events."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from pulumi.automation.events import DiagnosticEvent, EngineEvent, StepEventMetadata

from ops.engine.diagnostics import condense, condense_all
from ops.engine.resources import describe, name_of, urn_type

PAST = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the replaced",
    "delete": "deleted",
    "import": "imported",
    "refresh": "refreshed",
    "unprotect": "no longer protected",
}
QUIET = frozenset({"same", "read", "read-discard", "refresh", "discard", "remove-pending-replace"})
NOISE = "from $PATH at"
"""The engine says so of each plugin of ours; `make up` says once which ones run."""

ADJUSTABLE = ("urn", "parent", "provider", "protect", "retain_on_delete")
"""What the state has of a resource beside its inputs and outputs."""

STACK = "pulumi:pulumi:Stack"
MANDATORY = "mandatory"
REMEDY = "Fix: "
"""Begins the line of a finding that says what to do."""


@dataclass(frozen=True)
class Change:
    """A step that a run took, or would take."""

    op: str
    urn: str
    type: str
    protected: bool
    real: bool
    """Whether it is a resource of the account, not a component or a provider."""

    metadata: StepEventMetadata


@dataclass
class Report:
    """Gathers events. *on_step* hears of each step as it begins and as it is done."""

    on_step: Callable[[str], None] = lambda _: None
    on_done: Callable[[str], None] = lambda _: None
    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    failure: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    packs: list[str] = field(default_factory=list)
    """Policy packs that have judged the whole stack, as the engine names them."""

    ends: dict[str, StepEventMetadata] = field(default_factory=dict)
    """How each resource ended, by its URN: what was kept, and what a refresh found, as well."""

    over: Event = field(default_factory=Event)
    """Set when the engine has said its last word."""

    def __call__(self, event: EngineEvent) -> None:
        """Take one event of the engine."""
        if event.cancel_event:
            self.over.set()
        if event.resource_pre_event:
            self._begins(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.diagnostic_event:
            self._said(event.diagnostic_event)
        elif event.policy_event:
            self._judged(event.policy_event)
        elif event.summary_event:
            self.packs += list(event.summary_event.policy_packs or {})
            changed = event.summary_event.resource_changes
            self.counts.update({str(getattr(op, "value", op)): n for op, n in changed.items()})

    @property
    def changed(self) -> bool:
        """Whether anything but the stack itself changed or would."""
        return any(change.type != STACK for change in self.changes) or bool(self.differing())

    def differing(self) -> list[StepEventMetadata]:
        """Return how each resource ended that is not as it was: what a refresh has found."""
        ended = (step for step in self.ends.values() if _is_real(step))
        return [step for step in ended if _op(step) not in QUIET]

    def problems(self) -> list[str]:
        """Every error, each said once."""
        return condense_all(self.errors)

    def adjusted(self) -> dict[str, list[str]]:
        """Return what an `up` writes of resources that stay as they are: field names by URN.

        Such are a protection that is lifted and an output that is exported under another name:
        nothing of the account changes, but the state does.
        """
        found = {urn: _adjusted(step) for urn, step in self.ends.items() if _op(step) == "same"}
        return {urn: fields for urn, fields in found.items() if fields}

    def _begins(self, step: StepEventMetadata) -> None:
        op = _op(step)
        if op in QUIET:
            return
        state = step.new or step.old
        protected = bool(state and state.protect)
        kind = urn_type(step.urn)
        self.changes.append(Change(op, step.urn, kind, protected, _is_real(step), step))
        self.on_step(f"{op} {describe(step.urn)}")

    def _done(self, step: StepEventMetadata) -> None:
        op = _op(step)
        self.ends[step.urn] = step
        if op not in QUIET and _is_real(step):
            self.on_done(f"{PAST.get(op, op)} {describe(step.urn)}")

    def _said(self, event: DiagnosticEvent) -> None:
        text = condense(event.message)
        if event.urn and urn_type(event.urn) != STACK and name_of(event.urn) not in text:
            text = f"{describe(event.urn)}: {text}"
        if event.severity == "error":
            self.errors.append(text)
        elif event.severity == "warning" and NOISE not in text and text not in self.warnings:
            self.warnings.append(text)

    def _judged(self, event: Any) -> None:
        where = describe(event.resource_urn) if event.resource_urn else "the stack"
        message = condense(event.message)
        judged = self.violations if event.enforcement_level == MANDATORY else self.advice
        if judged is self.advice:
            message = _with_remedy(message)
        text = f"{event.policy_name}: {where}: {message.removeprefix(f'{where} ')}"
        if text not in judged:
            judged.append(text)


def _with_remedy(message: str) -> str:
    """Keep of a finding its first line, and what to do."""
    first, *others = message.splitlines() or [""]
    return " ".join([first, *(line for line in others if line.startswith(REMEDY))])


def _op(step: StepEventMetadata) -> str:
    return str(getattr(step.op, "value", step.op))


def _adjusted(step: StepEventMetadata) -> list[str]:
    if step.old is None or step.new is None:
        return []
    watched = ADJUSTABLE if step.new.custom else (*ADJUSTABLE, "outputs")
    return [name for name in watched if _differs(step, name)]


def _differs(step: StepEventMetadata, name: str) -> bool:
    before, after = getattr(step.old, name), getattr(step.new, name)
    return (before or None) != (after or None)


def _is_real(step: StepEventMetadata) -> bool:
    state = step.new or step.old
    return bool(state and state.custom) and not urn_type(step.urn).startswith("pulumi:")
