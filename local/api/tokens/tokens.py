"""Tokens that the account owns: made, listed, changed, rolled. Only their hashes are kept."""

import re
from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.made_tokens import ACTIVE, OWN_TOKEN_ID, digest
from local.api.tokens import errors
from local.api.tokens.forms import new_token
from local.api.tokens.permission_groups import GROUPS, of_id
from local.records.records import Kind, Records
from planning.permission_groups import SCOPES

TOKENS = "/accounts/{account_id}/tokens"
TOKEN = f"{TOKENS}/{{token_id}}"
GROUP_ID = re.compile(r"[0-9a-f]{32}")
LIMITED = "policies are kept and hold; of `condition` nothing does"

family = Family("Tokens of the account", errors.BODY)


class GroupRef(Body):
    """A permission group, by its id."""

    id: str = Field(min_length=1)


class Policy(Body):
    """What the token may do, where."""

    effect: Literal["allow", "deny"]
    permission_groups: list[GroupRef] = Field(min_length=1)
    resources: dict[str, Any] = Field(min_length=1)


class NewToken(Body):
    """A token as it is made, or put anew."""

    name: str = Field(min_length=1, max_length=120)
    policies: list[Policy] = Field(min_length=1)
    condition: Json | None = None
    expires_on: str | None = None
    not_before: str | None = None
    status: Literal["active", "disabled"] = "active"


@family("GET", TOKENS)
async def list_tokens(call: Call) -> Any:
    return page([_shown(each) for each in call.state.records.all(Kind.TOKEN)], call.query)


@family("POST", TOKENS, extent="partial", note=LIMITED)
async def create_token(call: Call) -> Json:
    body, token_id, value = await call.read(NewToken), uuid4().hex, new_token("account")
    _check(body)

    def edit(records: Records) -> Json:
        now = call.state.now()
        made = {**_kept(body), "id": token_id, "issued_on": now, "modified_on": now}
        return _shown(records.put(Kind.TOKEN, token_id, {**made, "sha256": digest(value)}))

    return {**call.state.note(edit), "value": value}


@family("GET", f"{TOKENS}/permission_groups", extent="partial", note="those this project asks for")
async def list_groups(call: Call) -> list[Json]:
    """Answer the groups, by `name` and `scope` where they are asked for."""
    name, scope = call.query.get("name"), call.query.get("scope")
    found = [each for each in GROUPS if name in (None, each["name"])]
    return [each for each in found if scope is None or scope in each["scopes"]]


@family("GET", TOKEN)
async def get_token(call: Call) -> Json:
    token_id = call.params["token_id"]
    if token_id == OWN_TOKEN_ID:
        return _own(call)
    return _shown(_find(call.state.records, token_id))


@family("PUT", TOKEN, extent="partial", note=LIMITED)
async def replace_token(call: Call) -> Json:
    body, token_id = await call.read(NewToken), call.params["token_id"]
    _check(body)

    def edit(records: Records) -> Json:
        former = _find(records, token_id)
        own = {name: former[name] for name in ("id", "issued_on", "sha256")}
        changed = {**_kept(body), **own, "modified_on": call.state.now()}
        return _shown(records.put(Kind.TOKEN, token_id, changed))

    return call.state.note(edit)


@family("PUT", f"{TOKEN}/value")
async def roll_token(call: Call) -> str:
    """Give the token another value; the former one is of no use from then on."""
    token_id, value = call.params["token_id"], new_token("account")

    def edit(records: Records) -> None:
        former = _find(records, token_id)
        rolled = {**former, "sha256": digest(value), "modified_on": call.state.now()}
        records.put(Kind.TOKEN, token_id, rolled)

    call.state.note(edit)
    return value


@family("DELETE", TOKEN)
async def delete_token(call: Call) -> Json:
    token_id = call.params["token_id"]

    def edit(records: Records) -> Json:
        _find(records, token_id)
        records.remove(Kind.TOKEN, token_id)
        return {"id": token_id}

    return call.state.note(edit)


def _own(call: Call) -> Json:
    """Show the local Cloudflare's own token, which was not made here and may do everything."""
    account = f"{SCOPES['account']}.{call.state.account.id}"
    resources = {account: "*"}, {account: {f"{SCOPES['zone']}.*": "*"}}
    groups = [{"id": group["id"], "name": group["name"]} for group in GROUPS]
    return {
        "id": OWN_TOKEN_ID,
        "name": "local",
        "status": ACTIVE,
        "policies": [
            {"effect": "allow", "permission_groups": groups, "resources": each}
            for each in resources
        ],
    }


def _find(records: Records, token_id: str) -> Json:
    found = records.get(Kind.TOKEN, token_id)
    if found is None:
        raise errors.not_found(token_id)
    return found


def _check(body: NewToken) -> None:
    for policy in body.policies:
        for group in policy.permission_groups:
            if not GROUP_ID.fullmatch(group.id):
                raise errors.malformed_permission(group.id)
        for resource in policy.resources:
            if not resource.startswith("com.cloudflare."):
                raise invalid_request(f"resource {resource} is none: com.cloudflare.api.account.…")


def _kept(body: NewToken) -> Json:
    """Return what is kept of a token; a group that the list has gets its name."""
    kept = body.model_dump(exclude_none=True)
    for policy in kept["policies"]:
        policy["id"] = uuid4().hex
        policy["permission_groups"] = [_named(each["id"]) for each in policy["permission_groups"]]
    return kept


def _named(group_id: str) -> Json:
    known = of_id(group_id)
    return {"id": group_id, "name": known["name"]} if known else {"id": group_id}


def _shown(token: Json) -> Json:
    return {key: value for key, value in token.items() if key != "sha256"}
