"""Durable Objects of a stack: which there are, and of which no copy can be made."""

from collections.abc import Iterable, Iterator

from common.json_types import Json
from ops.backup.account import Account
from ops.engine.resources import short_type

NAMESPACES = "/workers/durable_objects/namespaces"
SCRIPTS = ("WorkersScript", "Worker")
PER_PAGE = 100


def uncopied(account: Account, resources: Iterable[Json]) -> list[str]:
    """Say of which classes of the workers among *resources* objects are stored.

    Cloudflare shows nobody what an object keeps: only its own worker can read it.
    """
    scripts = set(_scripts(resources))
    return [
        f"Durable Objects {each['class']} of {each['script']}: only their worker can read them"
        for each in _namespaces(account)
        if each.get("script") in scripts and _has_objects(account, each["id"])
    ]


def _scripts(resources: Iterable[Json]) -> Iterator[str]:
    for each in resources:
        if short_type(each["urn"]) in SCRIPTS:
            inputs = each.get("inputs") or {}
            yield str(inputs.get("scriptName") or inputs.get("name"))


def _namespaces(account: Account) -> Iterator[Json]:
    page = 1
    while listed := account.result("GET", NAMESPACES, params={"page": page, "per_page": PER_PAGE}):
        yield from listed
        if len(listed) < PER_PAGE:
            return
        page += 1


def _has_objects(account: Account, namespace: str) -> bool:
    listed = account.result("GET", f"{NAMESPACES}/{namespace}/objects", params={"limit": 1})
    return any(each.get("hasStoredData", True) for each in listed)
