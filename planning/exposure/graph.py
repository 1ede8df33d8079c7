"""Resources of a stack, whoever lists them, and how one refers to another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

OWN_NAMES = {
    "D1Database": "name",
    "HyperdriveConfig": "name",
    "LoadBalancerPool": "name",
    "Queue": "queueName",
    "R2Bucket": "name",
    "Worker": "name",
    "WorkersKvNamespace": "title",
    "WorkersScript": "scriptName",
    "ZeroTrustAccessApplication": "name",
    "ZeroTrustAccessGroup": "name",
    "ZeroTrustAccessPolicy": "name",
    "ZeroTrustAccessServiceToken": "name",
    "ZeroTrustTunnelCloudflared": "name",
}
"""What holds the name that the account knows a resource by, as the engine spells it."""

WHOLE = "Platform"
"""Component that stands above the systems and is none."""

UNPLACED = "the stack"
"""System of a resource that no component stands above."""


@dataclass(frozen=True)
class Resource:
    """One resource, or component, as the program gives it or as the state has it."""

    urn: str
    type: str
    """Token: `cloudflare:index/r2Bucket:R2Bucket`."""

    name: str
    """Name that the program gave it."""

    inputs: Mapping[str, Any]
    """Its inputs in the spelling of the engine; `None` stands for what cannot be read."""

    parent: str = ""
    """URN of what it belongs to. Default: nothing."""

    id: str = ""
    """Id in the account. Default: not known."""

    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """URNs that an input was made of, by the name of the input. Default: of none."""

    @property
    def short(self) -> str:
        """Last part of the type: `R2Bucket`."""
        return self.type.rpartition(":")[2]

    @property
    def custom(self) -> bool:
        """Whether it is a resource of Cloudflare, not a component."""
        return self.type.startswith("cloudflare:")

    @property
    def own_name(self) -> str:
        """Name by which the account knows it; the program's where that is not known."""
        return text(self.inputs.get(OWN_NAMES.get(self.short, "name"))) or self.name


class Graph:
    """All resources of a stack, in an order that does not depend on how they were registered."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._all = sorted(resources, key=lambda each: (each.short, each.name, each.urn))
        self._by_urn = {each.urn: each for each in self._all}
        self._of = cache(self._listed)
        self._known = cache(self._named)

    def of(self, *types: str) -> list[Resource]:
        """List the resources of *types* (`R2Bucket`), components left out."""
        return list(self._of(types))

    def _listed(self, types: tuple[str, ...]) -> list[Resource]:
        return [each for each in self._all if each.custom and each.short in types]

    def _named(self, types: tuple[str, ...]) -> dict[str, Resource]:
        """Map ids and own names to the first resource of *types* that has them."""
        known: dict[str, Resource] = {}
        for each in self._of(types):
            known.setdefault(each.id, each)
            known.setdefault(each.own_name, each)
        return known

    def counted(self) -> Mapping[str, int]:
        """Count the resources by type."""
        counts: dict[str, int] = {}
        for each in self._all:
            if each.custom:
                counts[each.short] = counts.get(each.short, 0) + 1
        return counts

    def sources(self, resource: Resource, key: str, *types: str) -> list[Resource]:
        """List the resources of *types* that the input *key* was made of."""
        urns = resource.sources.get(key, ())
        found = [self._by_urn[urn] for urn in urns if urn in self._by_urn]
        return [each for each in found if each.custom and each.short in types]

    def find(self, value: object, *types: str) -> Resource | None:
        """Find the one of *types* whose id or own name is *value*."""
        return self._known(types).get(value) if value and isinstance(value, str) else None

    def resolve(self, resource: Resource, key: str, *types: str) -> Resource | None:
        """Find what the input *key* refers to: by its value, else by what it was made of."""
        found = self.find(resource.inputs.get(key), *types)
        made_of = self.sources(resource, key, *types)
        return found or (made_of[0] if len(made_of) == 1 else None)

    def parent(self, resource: Resource) -> Resource | None:
        """Return what *resource* belongs to; `None` where that is the stack."""
        return self._by_urn.get(resource.parent)

    def system(self, resource: Resource) -> str:
        """Name the outermost component below the platform that *resource* belongs to."""
        line: list[Resource] = []
        above = self.parent(resource)
        while above is not None and above not in line:
            line.append(above)
            above = self.parent(above)
        below = [each for each in line if each.short not in (WHOLE, "Stack")]
        return below[-1].name if below else UNPLACED


def text(value: object) -> str:
    """Return *value* where it is text, "" otherwise."""
    return value if isinstance(value, str) else ""


def items(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of *value* where it is a list."""
    listed = value if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, dict)]


def part(value: object) -> Mapping[str, Any]:
    """Return *value* where it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}
