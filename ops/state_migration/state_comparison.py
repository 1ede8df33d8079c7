"""Whether a copied state says what the first one says, secrets decrypted, and keeps them so."""

from collections.abc import Iterator
from typing import Any

from common.json_types import Json
from common.wire_marks import SECRET, SIGNATURE
from ops.errors import OpsError
from ops.state_migration.stack_location import Place

CIPHERTEXT = "ciphertext"


def compare(source: Place, target: Place) -> int:
    """Return how many resources both have, when they are the same; raise `OpsError` when not.

    Secrets are compared in memory. A difference is said by its URN, never by its value.
    """
    count, differ = differing(source, target)
    if differ:
        raise OpsError(
            f"the copy of {source.stack} in {target.address.url} differs in {len(differ)} "
            f"resources, of which the first is {differ[0]}; the state in {source.address.url} "
            f"stays the valid one; run this again"
        )
    if any(not _is_encrypted(each) for each in _secrets(target.deployment())):
        raise OpsError(
            f"{target.address.url} has a secret of {source.stack} in the clear; see what encrypts "
            f"it, and remove that copy: pulumi stack rm {source.stack}"
        )
    return count


def differing(source: Place, target: Place) -> tuple[int, list[str]]:
    """Return how many resources *source* has, and the URNs of those that differ, sorted."""
    here, there = (_resources(place.deployment(readable=True)) for place in (source, target))
    differ = sorted(urn for urn in here.keys() | there.keys() if here.get(urn) != there.get(urn))
    return len(here), differ


def _resources(deployment: Json | None) -> dict[str, list[Json]]:
    """Return the resources by their URN: of one that is being replaced there are two."""
    found: dict[str, list[Json]] = {}
    for each in (deployment or {}).get("resources") or []:
        found.setdefault(str(each["urn"]), []).append(each)
    return found


def _secrets(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            yield value
        for each in value.values():
            yield from _secrets(each)
    elif isinstance(value, list):
        for each in value:
            yield from _secrets(each)


def _is_encrypted(secret: Json) -> bool:
    return bool(secret.get(CIPHERTEXT)) and "plaintext" not in secret
