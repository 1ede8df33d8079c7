"""Groups: selectors with a name, for more than one policy."""

from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.access import errors, selectors
from local.api.access.policies import said
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records

GROUPS = "/accounts/{account_id}/access/groups"
GROUP = f"{GROUPS}/{{group_id}}"

family = Family("Access groups", errors.BODY)


class Group(Body):
    """A group as it is created or replaced."""

    name: str = Field(min_length=1)
    include: list[Json]
    exclude: list[Json] = Field(default_factory=list)
    require: list[Json] = Field(default_factory=list)
    is_default: bool | None = None


@family("GET", GROUPS)
async def list_groups(call: Call) -> Any:
    return page(call.state.records.all(Kind.ACCESS_GROUP), call.query)


@family("POST", GROUPS)
async def create_group(call: Call) -> Json:
    body = call.parse(Group, await said(call))
    group_id = str(uuid4())
    return await call.state.change(lambda records: _put(call, records, group_id, body, {}))


@family("GET", GROUP)
async def get_group(call: Call) -> Json:
    return _find(call.state.records, call.params["group_id"])


@family("PUT", GROUP)
async def replace_group(call: Call) -> Json:
    body = call.parse(Group, await said(call))
    group_id = call.params["group_id"]

    def edit(records: Records) -> Json:
        return _put(call, records, group_id, body, _find(records, group_id))

    return await call.state.change(edit)


@family("DELETE", GROUP)
async def delete_group(call: Call) -> Json:
    group_id = call.params["group_id"]

    def edit(records: Records) -> Json:
        found = _find(records, group_id)
        users = [
            each["name"]
            for kind in (Kind.ACCESS_POLICY, Kind.ACCESS_GROUP)
            for each in records.all(kind)
            if group_id in selectors.members(each, "group")
        ]
        if users:
            raise errors.in_use(f"group {found['name']}", users)
        records.remove(Kind.ACCESS_GROUP, group_id)
        return {"id": group_id}

    return await call.state.change(edit)


def _find(records: Records, group_id: str) -> Json:
    found = records.get(Kind.ACCESS_GROUP, group_id)
    if found is None:
        raise errors.not_found("group", group_id)
    return found


def _put(call: Call, records: Records, group_id: str, body: Group, former: Json) -> Json:
    now = call.state.now()
    sides = selectors.checked(records, body.model_dump(include=set(selectors.SIDES)), own=group_id)
    named = {"id": group_id, "uid": group_id, "name": body.name}
    times = {"created_at": former.get("created_at", now), "updated_at": now}
    default = {} if body.is_default is None else {"is_default": body.is_default}
    return records.put(Kind.ACCESS_GROUP, group_id, {**named, **sides, **default, **times})
