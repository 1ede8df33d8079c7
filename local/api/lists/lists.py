"""Lists of an account, which rules of its zones know by name."""

from typing import Any
from uuid import uuid4

from pydantic import Field, field_validator

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.lists import errors
from local.records.records import Kind, Records
from planning.address_lists import check_name
from planning.expressions import parse

LISTS = "/accounts/{account_id}/rules/lists"
LIST = f"{LISTS}/{{list_id}}"

family = Family("Lists of addresses", errors.BODY)


class NewList(Body):
    """A list as it is created: it has no items yet."""

    kind: str
    name: str
    description: str = Field(default="", max_length=500)

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        return check_name(name)


class Described(Body):
    """All that changes of a list beside its items."""

    description: str = Field(default="", max_length=500)


@family("GET", LISTS)
async def list_lists(call: Call) -> Any:
    records = call.state.records
    return [shown(records, each) for each in records.all(Kind.LIST)]


@family("POST", LISTS, extent="partial", note="kind ip")
async def create_list(call: Call) -> Json:
    body, now = await call.read(NewList), call.state.now()
    if body.kind != "ip":
        raise not_emulated(f"lists of kind {body.kind}")

    def edit(records: Records) -> Json:
        if any(each["name"] == body.name for each in records.all(Kind.LIST)):
            raise errors.not_unique(body.name)
        made = {"id": uuid4().hex, **body.model_dump(), "items": []}
        times = {"created_on": now, "modified_on": now}
        return shown(records, records.put(Kind.LIST, made["id"], {**made, **times}))

    return await call.state.change(edit)


@family("GET", LIST)
async def get_list(call: Call) -> Json:
    records = call.state.records
    return shown(records, find(records, call.params["list_id"]))


@family("PUT", LIST, note="the description; a list keeps its name")
async def describe_list(call: Call) -> Json:
    body, now = await call.read(Described), call.state.now()

    def edit(records: Records) -> Json:
        former = find(records, call.params["list_id"])
        changed = {**former, "description": body.description, "modified_on": now}
        return shown(records, records.put(Kind.LIST, former["id"], changed))

    return call.state.note(edit)


@family("DELETE", LIST, note="refused while a rule names it")
async def delete_list(call: Call) -> Json:
    def edit(records: Records) -> Json:
        found = find(records, call.params["list_id"])
        if refs := naming(records, found["name"]):
            raise errors.in_use(found["name"], ", ".join(refs))
        records.remove(Kind.LIST, found["id"])
        for operation in records.all(Kind.LIST_OPERATION):
            if operation["list_id"] == found["id"]:
                records.remove(Kind.LIST_OPERATION, operation["id"])
        return {"id": found["id"]}

    return await call.state.change(edit)


def find(records: Records, list_id: str) -> Json:
    """Return the record of a list, with its items; refused when there is none."""
    found = records.get(Kind.LIST, list_id)
    if found is None:
        raise errors.not_found("list", list_id)
    return found


def shown(records: Records, record: Json) -> Json:
    """Show a list as the API does: how many items it has, and how many rules name it."""
    without = {key: value for key, value in record.items() if key != "items"}
    named = len(naming(records, record["name"]))
    return {**without, "num_items": len(record["items"]), "num_referencing_filters": named}


def naming(records: Records, name: str) -> list[str]:
    """Return the refs of the rules that look into the list *name*."""
    return [
        str(rule.get("ref") or rule["id"])
        for ruleset in records.all(Kind.RULESET)
        for rule in ruleset["rules"]
        if f"${name}" in rule["expression"] and name in parse(rule["expression"]).lists
    ]
