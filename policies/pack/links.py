"""How resources of a stack refer to each other: by dependency, else by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from policies.pack.resource import Resource, Stack
from policies.pack.value import Value


def refers(stack: Stack, resource: Resource, prop: str, target: Resource, key: str) -> bool:
    """Whether *prop* of *resource* means *target*, whose own name for itself stands under *key*."""
    if target in stack.sources(resource, prop):
        return True
    name = resource[prop].text()
    return name is not None and name in (target[key].text(), target["id"].text())


def is_ours(stack: Stack, value: Value, prop: str, targets: Sequence[Resource], key: str) -> bool:
    """Whether *value*, somewhere in *prop* of its resource, means one of *targets*.

    The engine shows no ids; where a target's own name is its id, the dependency decides.
    """
    if value.text() in names(targets, key, "id"):
        return True
    nameless = [each for each in stack.sources(value.resource, prop) if each in targets]
    return any(each[key].absent and each["id"].absent for each in nameless)


def names(resources: Iterable[Resource], *keys: str) -> set[str]:
    """Return what *resources* are called under *keys*, as far as it is known."""
    return {text for resource in resources for key in keys if (text := resource[key].text())}


def known(places: Iterable[Value]) -> bool:
    """Whether each of *places* is known; every one that is not is noted."""
    unknown = [place for place in places if not place.known]
    return not unknown


def hosts(values: Iterable[Value]) -> Iterator[tuple[Value, str]]:
    """Return each known host or pattern with its place, lower case, without scheme and path."""
    for value in values:
        if text := value.text():
            yield value, host_of(text)


def host_of(pattern: str) -> str:
    """`https://a.chitty.cc/api/*` is about `a.chitty.cc`."""
    return pattern.rpartition("://")[2].partition("/")[0].lower()


def path_of(pattern: str) -> str:
    """`a.chitty.cc/api/*` is about `/api/`; a whole host about nothing."""
    path = pattern.rpartition("://")[2].partition("/")[2].rstrip("*")
    return f"/{path}" if path else ""


def covers(pattern: str, host: str) -> bool:
    """Whether a host pattern, `*.chitty.cc` perhaps, covers *host*."""
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern in ("*", host)
