"""An entry of a journal that puts other resources in the place of some: version 2 of journals."""

from typing import Any

from lookalikes.pulumi_cloud.refusals import invalid

Json = dict[str, Any]


def migrated(base: list[Json], entry: Json) -> tuple[dict[int, int], list[Json]]:
    """Return where each resource of *base* that is kept stands now, and all resources.

    *entry* has a layout, each item of which is an index of *base* or of its own states. Raises
    `RefusedError` unless every state is placed once, and no resource of before twice.
    """
    states, layout = entry.get("states") or [], entry.get("layout") or []
    old = [each["baseIndex"] for each in layout if each.get("baseIndex") is not None]
    new = [each["stateIndex"] for each in layout if each.get("stateIndex") is not None]
    _check(old, new, len(base), len(states), len(layout))
    kept = _patched(base, entry.get("baseStatePatches") or [], set(old))
    placed: dict[int, int] = {}
    resources = []
    for position, each in enumerate(layout):
        if each.get("baseIndex") is not None:
            placed[each["baseIndex"]] = position
            resources.append(kept[each["baseIndex"]])
        else:
            resources.append(states[each["stateIndex"]])
    return placed, resources


def _check(old: list[int], new: list[int], before: int, states: int, items: int) -> None:
    if len(old) + len(new) != items:
        raise invalid("an item of the layout of a migration is no index, or two of them")
    if len(set(old)) != len(old) or not set(old) <= set(range(before)):
        raise invalid("the layout of a migration has a resource twice, or one that is not there")
    if not states or sorted(new) != list(range(states)):
        raise invalid("the layout of a migration does not place each of its states once")


def _patched(base: list[Json], patches: list[Json], kept: set[int]) -> list[Json]:
    indices = [each["index"] for each in patches]
    if len(set(indices)) != len(indices) or not set(indices) <= kept:
        raise invalid("a migration patches a resource twice, or one that it does not keep")
    resources = list(base)
    for each in patches:
        resources[each["index"]] = each["state"]
    return resources
