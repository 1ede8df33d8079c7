"""Changes to a part of an item: `add`, `replace` and `remove`, with ids where a list has some."""

from copy import deepcopy
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from lookalikes.onepassword_connect.errors import invalid

Json = dict[str, Any]
LISTS_OF_IDS = frozenset({"fields", "sections", "files"})
FIXED = frozenset({"id", "vault", "category", "version", "createdAt", "updatedAt", "lastEditedBy"})


class Operation(BaseModel):
    """One change."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: Any = None


_OPERATIONS = TypeAdapter(list[Operation])


def patched(item: Json, body: Any) -> Json:
    """Return a copy of *item* with the changes in *body*; refused where one cannot be made."""
    try:
        operations = _OPERATIONS.validate_python(body)
    except ValidationError:
        raise invalid(
            "Invalid patch: a list of {op: add, replace or remove, path, value}"
        ) from None
    changed = deepcopy(item)
    for each in operations:
        _apply(changed, each)
    return changed


def _apply(item: Json, operation: Operation) -> None:
    steps = [each for each in operation.path.split("/") if each]
    if steps and steps[0] in FIXED:
        raise invalid(f"Invalid patch: {operation.path} is not changed")
    if not steps:
        _replace_whole(item, operation)
        return
    place: Any = item
    for step in steps[:-1]:
        place = _inside(place, step, operation.path)
    _change(place, steps[-1], operation)


def _replace_whole(item: Json, operation: Operation) -> None:
    if operation.op == "remove" or not isinstance(operation.value, dict):
        raise invalid("Invalid patch: / is replaced by an object")
    item.update({name: value for name, value in operation.value.items() if name not in FIXED})


def _inside(place: Any, step: str, path: str) -> Any:
    found = place.get(step) if isinstance(place, dict) else _at(place, step)
    if not isinstance(found, dict | list):
        raise invalid(f"Invalid patch: there is nothing at {path}")
    return found


def _at(place: Any, step: str) -> Any:
    """Return an entry of a list, by its id or its number."""
    index = _index(place, step) if isinstance(place, list) else None
    return None if index is None else place[index]


def _index(entries: list[Any], step: str) -> int | None:
    ids = [each["id"] if _has_id(each) else None for each in entries]
    if step in ids:
        return ids.index(step)
    return int(step) if step.isdecimal() and int(step) < len(entries) else None


def _change(place: Any, step: str, operation: Operation) -> None:
    if isinstance(place, list):
        _change_list(place, step, operation)
    elif operation.op == "remove":
        if place.pop(step, None) is None:
            raise invalid(f"Invalid patch: there is nothing at {operation.path}")
    elif operation.op == "add" and isinstance(place.get(step), list) and step in LISTS_OF_IDS:
        place[step].append(operation.value)
    else:
        place[step] = operation.value


def _change_list(place: list[Any], step: str, operation: Operation) -> None:
    index = _index(place, step)
    if operation.op == "add" and (index is None or step == "-"):
        place.append(operation.value)
    elif index is None:
        raise invalid(f"Invalid patch: there is nothing at {operation.path}")
    elif operation.op == "remove":
        del place[index]
    elif _has_id(place[index]) and isinstance(operation.value, dict):
        place[index] = {**operation.value, "id": place[index]["id"]}
    else:
        place[index] = operation.value


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and "id" in entry
