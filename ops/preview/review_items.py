"""A plan as what a reviewer looks at: one line for each resource, the most serious first.

Needs nothing but Python.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ops.engine.resources import name_of, short_type
from ops.preview import untrusted_text
from ops.preview.input_differences import Difference, compare
from ops.preview.plan_steps import ORDER, Json, Step, components_of, steps_of
from ops.preview.severity import Finding, Rank, findings
from ops.preview.shown_values import is_unreadable, spoken

NAMES = ("title", "queueName", "scriptName", "bucketName", "hostname", "pattern", "name")
"""Inputs that say what a resource is called in the account, the first that it has."""

SHOWN_BY_COMPONENT = ("bindings", "variables")
"""What a component says of the bindings of its script: one secret among them hides all of them in
the script itself."""


@dataclass(frozen=True)
class Item:
    """A resource in a plan: how serious its change is, what is done to it and why, what differs.

    What takes time is found when it is asked for: a plan may have thousands, and few are shown.
    """

    step: Step

    findings: tuple[Finding, ...]
    """All that it does, the most serious first: rank and reason."""

    component: Step | None = None
    """The component that it is made of. Default: none of its name."""

    @property
    def rank(self) -> Rank:
        """How serious it is."""
        return self.findings[0][0]

    @property
    def op(self) -> str:
        """What is done to it."""
        return self.step.op

    @property
    def urn(self) -> str:
        """What the engine calls it."""
        return self.step.urn

    @property
    def protected(self) -> bool:
        """Whether it is protected, before or after."""
        return self.step.kept

    @cached_property
    def why(self) -> str:
        """Why it is so serious; "" where *op* says it."""
        return spoken(self.findings[0][1])

    @cached_property
    def called(self) -> str:
        """Name in the account of what is made anew, where it is another than in the program."""
        return _called(self.step)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What differs, by path."""
        return tuple(_differences(self.step, self.component))

    @property
    def kind(self) -> str:
        """Type of the resource, inert: `R2Bucket`."""
        return untrusted_text.value(short_type(self.urn))

    @property
    def name(self) -> str:
        """Name that the program gave it, inert."""
        return untrusted_text.value(name_of(self.urn))

    def __str__(self) -> str:
        return self.line(self.rank)

    def line(self, rank: Rank) -> str:
        """Return what is done to it and why that is of *rank*, which one of its findings has."""
        called = f" ({self.called})" if self.called else ""
        why = spoken(dict(self.findings)[rank])
        told = f": {untrusted_text.message(why)}" if why else ""
        return f"{self.op} {self.kind} {self.name}{called}{told}"


def items_of(plan: Json) -> tuple[Item, ...]:
    """Return what the JSON of a preview would do, the most serious first."""
    steps, components = steps_of(plan), components_of(plan)
    fresh = _fresh(steps)
    items = [_item(step, fresh, components) for step in steps]
    return tuple(sorted(items, key=lambda item: (item.rank, _order(item.op), item.urn)))


def told(items: Iterable[Item]) -> str:
    """Say how many resources each operation is for: `1 to replace, 2 to create`."""
    ops = sorted((item.op for item in items), key=_order)
    return ", ".join(f"{ops.count(op)} to {op}" for op in dict.fromkeys(ops))


def _order(op: str) -> int:
    return ORDER.index(op) if op in ORDER else len(ORDER)


def _fresh(steps: list[Step]) -> frozenset[str]:
    made = (step for step in steps if step.short == "R2Bucket" and step.op == "create")
    return frozenset(str(step.after.get("name")) for step in made)


def _item(step: Step, fresh: frozenset[str], components: Mapping[str, Step]) -> Item:
    return Item(step, findings(step, fresh), components.get(_component(step.urn)))


def _called(step: Step) -> str:
    """Return the name in the account of what is new; "" where the program calls it so too."""
    if step.op not in {"create", "replace", "import"}:
        return ""
    given = next((step.after[name] for name in NAMES if name in step.after), None)
    if not isinstance(given, str) or is_unreadable(given) or given in name_of(step.urn):
        return ""
    return untrusted_text.value(given)


def _differences(step: Step, component: Step | None) -> list[Difference]:
    if step.op not in {"update", "replace"}:
        return []
    found = [_forced(each, step.keys) for each in compare(step.before, step.after)]
    seen = {each.path[0] for each in found}
    found += _of_component(step, component, seen)
    heads = {each.path[0] for each in found}
    unseen = dict.fromkeys(_head(path) for path in step.differs)
    return found + [
        Difference((head,), None, None, unseen=True) for head in unseen if head not in heads
    ]


def _of_component(step: Step, component: Step | None, seen: set[str]) -> list[Difference]:
    """Take from the component what a secret makes unreadable in the resource it is made of."""
    if component is None or not is_unreadable(step.after.get("bindings")):
        return []
    before, after = (
        {key: inputs[key] for key in SHOWN_BY_COMPONENT if key in inputs}
        for inputs in (component.before, component.after)
    )
    return [each for each in compare(before, after) if each.path[0] not in seen]


def _component(urn: str) -> str:
    """Return the URN of the component of the same name that the resource is a child of."""
    head, _, name = urn.rpartition("::")
    return f"{head.rpartition('$')[0]}::{name}"


def _forced(difference: Difference, keys: tuple[str, ...]) -> Difference:
    forces = any(_head(key) == difference.path[0] for key in keys)
    return Difference(difference.path, difference.before, difference.after, forces)


def _head(path: str) -> str:
    """Return the input that a path of the engine begins with: `bindings[0].text`."""
    return path.lstrip('["').split(".")[0].split("[")[0].rstrip('"]') or path
