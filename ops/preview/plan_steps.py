"""The steps of a plan, out of its JSON: one for each resource, whatever the engine calls its parts.

The JSON is that of `preview --out`. It may come from a pull request: its form is checked here, and
nothing of what it says is believed. Needs nothing but Python.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.engine.resources import short_type, urn_type

Json = Mapping[str, Any]
Inputs = Mapping[str, Any]

PARTS = {
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "discard-replaced": "replace",
}
"""What the engine says of one replacement."""

QUIET = frozenset(
    {
        *("same", "read", "read-replacement", "refresh", "discard", "read-discard"),
        "remove-pending-replace",
    }
)
"""Steps by which nothing of the account changes."""

UNPROTECT = "unprotect"
"""What is done to a resource that stays and may be deleted by the next run."""

ORDER = (UNPROTECT, "replace", "delete", "update", "create", "import")
"""What may be done to a resource: what is lost first, what is new last."""

OTHER = "change"
"""Stands for an operation that is none of these."""

OWN_TYPES = "pulumi:"
"""Begins the types of the engine itself: the stack, providers."""

DEEPEST = 100
"""Levels of a plan; a program has a dozen."""


@dataclass(frozen=True)
class Step:
    """One resource in a plan."""

    op: str
    """One of `ORDER`, or `change`."""

    urn: str
    before: Inputs = field(default_factory=dict)
    """Inputs as the state has them; nothing for a new resource."""

    after: Inputs = field(default_factory=dict)
    """Inputs as the program gives them; nothing for one that goes."""

    keys: tuple[str, ...] = ()
    """Inputs that force the replacement."""

    differs: tuple[str, ...] = ()
    """Paths that the plugin says differ."""

    protected: bool = False
    """Whether the state protects it."""

    unprotected: bool = False
    """Whether the program protects it no longer."""

    retained: bool = False
    """Whether it is only forgotten when it leaves the stack."""

    kept: bool = False
    """Whether it is protected before or after."""

    @property
    def short(self) -> str:
        """Last part of the type: `R2Bucket`."""
        return short_type(self.urn)

    @property
    def ends(self) -> bool:
        """Whether what is there goes."""
        return self.op in {"delete", "replace"}


def steps_of(plan: Json) -> list[Step]:
    """Return one step for each resource of the account that changes, by URN.

    Components and providers are left out: they are nothing in the account.
    """
    chosen: dict[str, Json] = {}
    for step in plan.get("steps") or []:
        known = chosen.get(step["urn"])
        if _is_real(step) and _counts(step) and (known is None or _weight(step) < _weight(known)):
            chosen[step["urn"]] = step
    return [_step(chosen[urn]) for urn in sorted(chosen)]


def components_of(plan: Json) -> dict[str, Step]:
    """Return the steps of components by their URN, unchanged ones as well."""
    found = (step for step in plan.get("steps") or [] if not _is_real(step))
    return {step["urn"]: _step(step) for step in found}


def _weight(step: Json) -> tuple[bool, int]:
    """Return what stands for a resource of several steps: the replacement, then what is lost."""
    return step["op"] != "replace", ORDER.index(_op(step)) if _op(step) in ORDER else len(ORDER)


def _counts(step: Json) -> bool:
    if step["op"] not in QUIET:
        return True
    old, new = _state(step, "oldState"), _state(step, "newState")
    return bool(old.get("protect") and new and not new.get("protect"))


def _is_real(step: Json) -> bool:
    """Whether the step is about a resource of the account, not a component or a provider."""
    state = _state(step, "newState") or _state(step, "oldState")
    return bool(state.get("custom", True)) and not urn_type(step["urn"]).startswith(OWN_TYPES)


def _state(step: Json, name: str) -> Json:
    return step.get(name) or {}


def _op(step: Json) -> str:
    said: str = step["op"]
    return UNPROTECT if said in QUIET else PARTS.get(said, said)


def _step(step: Json) -> Step:
    op = _op(step)
    old, new = _state(step, "oldState"), _state(step, "newState")
    return Step(
        op if op in ORDER else OTHER,
        step["urn"],
        old.get("inputs") or {},
        (new.get("inputs") or {}) if op != "delete" else {},
        tuple(step.get("replaceReasons") or ()),
        tuple(sorted(step.get("detailedDiff") or {}) or sorted(step.get("diffReasons") or ())),
        protected=bool(old.get("protect")),
        unprotected=bool(new and not new.get("protect")),
        retained=bool(old.get("retainOnDelete")),
        kept=bool(old.get("protect") or new.get("protect")),
    )


def misshapen(plan: object) -> str | None:
    """Return where *plan* has not the form of a preview's JSON; `None`: nowhere."""
    if _is_too_deep(plan):
        return f"more than {DEEPEST} levels"
    return next(_wrong(plan), None)


def _wrong(plan: object) -> Iterator[str]:
    if not isinstance(plan, dict):
        yield "the whole of it"
        return
    for number, step in enumerate(_list(plan, "steps")):
        yield from (f"steps[{number}]{path}" for path in _wrong_in_step(step))
    for number, said in enumerate(_list(plan, "diagnostics")):
        if not _has_texts(said, "severity", "message"):
            yield f"diagnostics[{number}]"
    for name, holds in MORE.items():
        given = plan.get(name) or {}
        if not isinstance(given, dict) or not all(map(holds, given.values())):
            yield name
    if not _are_texts(plan.get("permissions")):
        yield "permissions"
    for name in ("steps", "diagnostics"):
        if not isinstance(plan.get(name) or [], list):
            yield name


def _wrong_in_step(step: object) -> Iterator[str]:
    if not isinstance(step, dict) or not _has_texts(step, "op", "urn"):
        yield ""
        return
    for name in ("oldState", "newState"):
        state = step.get(name)
        if state is not None and not isinstance(state, dict):
            yield f".{name}"
        elif state and not isinstance(state.get("inputs") or {}, dict):
            yield f".{name}.inputs"
    if not isinstance(step.get("detailedDiff") or {}, dict):
        yield ".detailedDiff"
    for name in ("replaceReasons", "diffReasons"):
        if not _are_texts(step.get(name)):
            yield f".{name}"


def _list(plan: Json, name: str) -> list[Any]:
    listed = plan.get(name) or []
    return listed if isinstance(listed, list) else []


def _has_texts(value: object, *names: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _are_texts(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _is_told(value: object) -> bool:
    return isinstance(value, str) or _are_texts(value)


MORE: Mapping[str, Callable[[object], bool]] = {
    "policies": _are_texts,
    "adjusted": _are_texts,
    "about": _is_told,
    "cost": _is_told,
}
"""What a plan has beside its steps, objects all, and what holds of each value in one."""


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
