"""A resource and a stack as the rules see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policies.pack.finding import Finding, Subject
from policies.pack.type_tokens import canonical
from policies.pack.value import Value


class Unknowns:
    """The values that rules wanted to read and that are not known yet, by resource."""

    def __init__(self) -> None:
        self._met: dict[tuple[Resource, str], None] = {}
        self._count = 0

    def note(self, resource: Resource, path: str) -> None:
        self._met[resource, path] = None
        self._count += 1

    def is_certain(self, question: Callable[..., bool], *given: object) -> bool:
        """Return whether the answer is yes, and was found without meeting anything unknown."""
        before = self._count
        return question(*given) and self._count == before

    def drain(self) -> list[tuple[Resource, str]]:
        """Return what was met (resource, path) in its order, and start anew."""
        met, self._met = list(self._met), {}
        return met


@dataclass(frozen=True)
class Options:
    """The options of a resource that rules look at."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(eq=False)
class Resource:
    """One resource: its inputs in resource rules, its outputs in graph rules.

    *load* gives the properties as the engine wrote them; called once, when a rule first looks.
    *type* is the current token even where the program used a deprecated twin (*written_type*).
    """

    written_type: str
    name: str
    urn: str
    load: Callable[[], dict[str, Any]]
    unknowns: Unknowns = field(default_factory=Unknowns)
    options: Options = Options()
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def type(self) -> str:
        return canonical(self.written_type)

    @cached_property
    def props(self) -> Value:
        return Value(self.load(), resource=self)

    def __getitem__(self, key: str) -> Value:
        return self.props[key]

    def note_unknown(self, path: str) -> None:
        self.unknowns.note(self, path)

    def secrets(self) -> Iterator[str]:
        for leaf in self.props.everything():
            if leaf.secret_text is not None:
                yield leaf.secret_text

    @property
    def stack(self) -> str:
        """The stack's name, always the URN's: the process may not have been told."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    def problem(self, text: str) -> Finding:
        """State what is wrong with the resource as a whole, as the rest of a sentence."""
        return Finding(self, f"{self} {text}")

    def advice(self, text: str) -> Finding:
        """State what should be better with the resource as a whole: never more than a warning."""
        return Finding(self, f"{self} {text}", advice=True)

    def __str__(self) -> str:
        return f"{self.type.rsplit(':', 1)[-1]} {self.name}"


class Stack:
    """All resources of a stack in the order of their URNs, and what leads where."""

    def __init__(self, resources: Iterable[Resource], unknowns: Unknowns) -> None:
        self._unknowns = unknowns
        self.resources = sorted(resources, key=lambda resource: resource.urn)
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._by_type: dict[str, list[Resource]] = {}
        for resource in self.resources:
            self._by_type.setdefault(resource.type, []).append(resource)

    def of(self, *types: str) -> list[Resource]:
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    def is_certain(self, question: Callable[..., bool], *given: object) -> bool:
        """Return whether it is true whatever unknown values become: for "there is none"."""
        return self._unknowns.is_certain(question, *given)

    def lacks(self, found: Iterable[bool]) -> bool:
        """Return whether none of *found* is true, whatever unknown values become."""
        return self.is_certain(lambda: not any(found))

    def find(self, urn: str) -> Resource | None:
        return self._by_urn.get(urn)

    def sources(self, resource: Subject, prop: str) -> list[Resource]:
        """Return the resources that *prop* was computed from; known even where the value is not."""
        urns = resource.property_dependencies.get(prop, ())
        return [self._by_urn[urn] for urn in urns if urn in self._by_urn]

    def problem(self, text: str) -> Finding:
        return Finding(None, text)
