"""Resources as people speak of them."""

from collections.abc import Iterable, Mapping
from typing import Any

STATEFUL = {
    "R2Bucket": "every object in it",
    "D1Database": "every table of it",
    "WorkersKvNamespace": "every key in it",
    "Queue": "the messages that are not delivered yet",
    "WorkersScript": "the storage of its Durable Objects",
    "Worker": "the storage of its Durable Objects",
}
"""What goes when a resource goes."""


PLATFORM = "chittyos:system:Platform"
SYSTEM = "chittyos:system:"
"""Begins the types of the components that systems are, below that of the platform."""

URN_PARTS = 4
"""Stack, project, type and name, between double colons."""


def urn_type(urn: str) -> str:
    """Type token of a URN: `cloudflare:index/r2Bucket:R2Bucket`."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == URN_PARTS else ""


def short_type(urn: str) -> str:
    """Last part of the type: `R2Bucket`."""
    return urn_type(urn).rpartition(":")[2]


def name_of(urn: str) -> str:
    """Name that the program gave the resource."""
    return urn.split("::", 3)[-1]


def is_system(resource: Mapping[str, Any]) -> bool:
    """Return whether a resource of a state is the component of a system."""
    parent = resource.get("parent") or ""
    return resource["type"].startswith(SYSTEM) and urn_type(parent) == PLATFORM


def database_names(resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of databases of D1 among *resources* of a state, by their ids."""
    return {
        str((each.get("outputs") or {}).get("uuid") or each.get("id")): each["inputs"]["name"]
        for each in resources
        if short_type(each["urn"]) == "D1Database"
    }


def describe(urn: str) -> str:
    """Write a resource for a sentence: `R2Bucket documents`."""
    return f"{short_type(urn)} {name_of(urn)}"


def what_is_lost(short: str) -> str:
    """Say what a resource of this type holds."""
    return STATEFUL.get(short, "what it holds")
