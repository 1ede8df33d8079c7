"""Items of lists: what is written to them is an operation, which is looked at until it is done."""

from collections.abc import Callable, Iterable
from uuid import uuid4

from pydantic import Field, field_validator

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, whole_number
from local.api.http.routing import Family
from local.api.lists import errors
from local.api.lists.lists import LIST, LISTS, find
from local.api.state.state import State
from local.records.records import Kind, Records
from planning.address_lists import MOST_ADDRESSES, check_address

ITEMS = f"{LIST}/items"
LARGEST_PAGE = 500
LATER = "done by an operation, as the answer says"
UNDER_WAY = ("pending", "running")

family = Family("Items of lists", errors.BODY)


class Item(Body):
    """An address or a network."""

    ip: str
    comment: str = Field(default="", max_length=500)

    @field_validator("ip")
    @classmethod
    def _is_address(cls, ip: str) -> str:
        return check_address(ip)


class ItemId(Body):
    """One item that goes."""

    id: str


class Removed(Body):
    """Items that go."""

    items: list[ItemId]


@family("GET", ITEMS, note="by pages, of 500 at most, with the `cursor` of the one before")
async def list_items(call: Call) -> Result:
    _go_on(call.state, call.params["list_id"])
    kept = find(call.state.records, call.params["list_id"])["items"]
    items = [each for each in kept if each["ip"].startswith(call.query.get("search", "").lower())]
    size = whole_number(call.query, "per_page", LARGEST_PAGE, most=LARGEST_PAGE)
    start = whole_number(call.query, "cursor", 0, least=0)
    rest = start + size
    cursors = {"after": str(rest)} if rest < len(items) else {}
    return Result(items[start:rest], {"cursors": cursors})


@family("GET", f"{ITEMS}/{{item_id}}")
async def get_item(call: Call) -> Json:
    items = find(call.state.records, call.params["list_id"])["items"]
    return _item(items, call.params["item_id"])


@family("PUT", ITEMS, note=LATER)
async def replace_items(call: Call) -> Json:
    return await _begin(call, _kept(call, await call.read_list(Item), ()))


@family("POST", ITEMS, note=LATER)
async def add_items(call: Call) -> Json:
    former = find(call.state.records, call.params["list_id"])["items"]
    return await _begin(call, _kept(call, await call.read_list(Item), former))


@family("DELETE", ITEMS, note=LATER)
async def remove_items(call: Call) -> Json:
    former = find(call.state.records, call.params["list_id"])["items"]
    gone = {_item(former, each.id)["id"] for each in (await call.read(Removed)).items}
    return await _begin(call, [each for each in former if each["id"] not in gone])


@family("GET", f"{LISTS}/bulk_operations/{{operation_id}}")
async def get_operation(call: Call) -> Json:
    found = call.state.records.get(Kind.LIST_OPERATION, call.params["operation_id"])
    if found is None:
        raise errors.not_found("operation", call.params["operation_id"])
    _go_on(call.state, found["list_id"])
    return _shown(found)


def _kept(call: Call, given: Iterable[Item], former: Iterable[Json]) -> list[Json]:
    """Add *given* to *former*; an address that is there already is the one that was given last."""
    now = call.state.now()
    by_address = {each["ip"]: each for each in former}
    for item in given:
        known = by_address.get(item.ip, {"id": uuid4().hex, "created_on": now})
        by_address[item.ip] = {**known, **item.model_dump(), "modified_on": now}
    return list(by_address.values())


async def _begin(call: Call, items: list[Json]) -> Json:
    """Note what the list is to have, and begin to make it so."""
    list_id, operation_id = call.params["list_id"], uuid4().hex

    def edit(records: Records) -> None:
        find(records, list_id)
        if waiting := _waiting(records, list_id):
            raise errors.busy(waiting["id"])
        _check_room(records, list_id, len(items))
        made = {"id": operation_id, "list_id": list_id, "status": "pending", "items": items}
        records.put(Kind.LIST_OPERATION, operation_id, made)

    call.state.note(edit)
    _work(call.state, operation_id)
    return {"operation_id": operation_id}


def _check_room(records: Records, list_id: str, wanted: int) -> None:
    others = (each for each in records.all(Kind.LIST) if each["id"] != list_id)
    held = wanted + sum(len(each["items"]) for each in others)
    if held > MOST_ADDRESSES:
        raise errors.invalid(f"{held:,} items, and an account has {MOST_ADDRESSES:,}")


def _waiting(records: Records, list_id: str) -> Json | None:
    """Return the operation of a list that is not done yet; there is one at most."""
    mine = (each for each in records.all(Kind.LIST_OPERATION) if each["list_id"] == list_id)
    return next((each for each in mine if each["status"] in UNDER_WAY), None)


def _go_on(state: State, list_id: str) -> None:
    """Begin again what a process that was killed left undone."""
    waiting = _waiting(state.records, list_id)
    if waiting is not None and waiting["id"] not in state.list_operations:
        _work(state, waiting["id"])


def _work(state: State, operation_id: str) -> None:
    state.list_operations.add(operation_id)
    state.background.begin(_finish(state, operation_id))


async def _finish(state: State, operation_id: str) -> None:
    """Give the list its items and serve them, then say so; what fails is said by the operation."""
    try:
        await state.change(_filled(state, operation_id))
        state.note(_ended(operation_id, status="completed", completed=state.now()))
    except Exception as error:
        state.note(_ended(operation_id, status="failed", error=str(error)))
        raise
    finally:
        state.list_operations.discard(operation_id)


def _filled(state: State, operation_id: str) -> Callable[[Records], None]:
    def edit(records: Records) -> None:
        operation = records.get(Kind.LIST_OPERATION, operation_id)
        if operation is not None:  # with its list it goes
            found = find(records, operation["list_id"])
            changed = {"items": operation["items"], "modified_on": state.now()}
            records.put(Kind.LIST, found["id"], {**found, **changed})

    return edit


def _ended(operation_id: str, **outcome: str) -> Callable[[Records], None]:
    def edit(records: Records) -> None:
        operation = records.get(Kind.LIST_OPERATION, operation_id)
        if operation is not None:
            records.put(Kind.LIST_OPERATION, operation_id, {**operation, "items": [], **outcome})

    return edit


def _item(items: Iterable[Json], item_id: str) -> Json:
    found = next((each for each in items if each["id"] == item_id), None)
    if found is None:
        raise errors.not_found("item", item_id)
    return found


def _shown(operation: Json) -> Json:
    return {key: value for key, value in operation.items() if key not in ("items", "list_id")}
