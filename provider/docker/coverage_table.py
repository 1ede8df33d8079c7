"""The table of what the stand-in supports, for `docs/stand-in-docker-plugin.md`."""

from collections.abc import Iterable

from provider.docker.resource import Resource
from provider.docker.resources import TABLE

_HEAD = (
    "| resource | changed in place | a new one when these change | refused by name |\n"
    "|---|---|---|---|\n"
)


def table() -> str:
    """Give the table of resource types as Markdown."""
    return _HEAD + "".join(_row(resource) for resource in TABLE.values())


def _row(resource: Resource) -> str:
    replaces = resource.supported - resource.in_place
    refused = set(resource.types.inputs) - resource.supported
    cells = (_names(each) for each in (resource.in_place, replaces, refused))
    return f"| `{resource.name}` | {' | '.join(cells)} |\n"


def _names(inputs: Iterable[str]) -> str:
    return ", ".join(sorted(inputs)) or "none"
