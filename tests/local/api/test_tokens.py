"""Tokens of an account: made in the new form, shown once, verified and rolled (FW-11)."""

import json
from pathlib import Path

import pytest

from local.api.tokens.forms import is_whole, new_token
from local.api.tokens.permission_groups import GROUPS
from local.records.records import Kind
from planning.permission_groups import FAMILIES
from planning.token_policies import allows
from tests.local.api.conftest import ACCOUNT_ID, World
from tests.local.api.recorded_ids import with_ids

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "tokens.jsonl"
POLICY = {
    "effect": "allow",
    "permission_groups": [{"id": GROUPS[0]["id"]}],
    "resources": {f"com.cloudflare.api.account.{ACCOUNT_ID}": "*"},
}
NEW = {"name": "preview", "policies": [POLICY], "expires_on": "2027-11-21T00:00:00Z"}
TOKENS = "/tokens"


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        exchange = json.loads(with_ids(ids, line))
        path = exchange["path"].removeprefix("/client/v4")
        body = {"json": exchange["request"]} if exchange["request"] else {}
        result = await world.ask(exchange["method"], path, **body)
        if exchange["method"] == "POST":
            ids[exchange["response"]["id"]] = result["id"]
        if exchange["method"] == "GET":
            asked = exchange["response"]["policies"][0]
            shown = result["policies"][0]
            assert {name: shown[name] for name in asked} == asked

    assert await world.ask("GET", world.account(TOKENS)) == []


async def test_a_token_has_the_form_of_an_account_and_is_shown_once(world: World):
    made = await world.ask("POST", world.account(TOKENS), json=NEW)
    value = made["value"]

    assert value.startswith("cfat_")
    assert 40 <= len(value) <= 80
    assert is_whole(value)
    shown = await world.ask("GET", world.account(f"{TOKENS}/{made['id']}"))
    assert "value" not in shown
    assert shown["policies"][0]["permission_groups"][0]["name"] == GROUPS[0]["name"]
    assert value not in str(world.state.records.all(Kind.TOKEN))


async def test_it_verifies_itself_and_lists_no_others(world: World):
    made = await world.ask("POST", world.account(TOKENS), json=NEW)
    as_made = {"authorization": f"Bearer {made['value']}"}

    verified = await world.ask("GET", world.account("/tokens/verify"), headers=as_made)
    refused = await world.refused("GET", world.account(TOKENS), headers=as_made)

    assert (verified["id"], verified["status"]) == (made["id"], "active")
    assert refused[:2] == (403, 10000)
    disabled = {**NEW, "status": "disabled"}
    await world.ask("PUT", world.account(f"{TOKENS}/{made['id']}"), json=disabled)
    verified = await world.ask("GET", world.account("/tokens/verify"), headers=as_made)
    assert verified["status"] == "disabled"
    past = {**NEW, "expires_on": "2026-01-01T00:00:00Z"}
    await world.ask("PUT", world.account(f"{TOKENS}/{made['id']}"), json=past)
    verified = await world.ask("GET", world.account("/tokens/verify"), headers=as_made)
    assert verified["status"] == "expired"


async def test_the_local_cloudflares_own_token_says_that_it_may_do_everything(world: World):
    own = (await world.ask("GET", world.account("/tokens/verify")))["id"]

    policies = (await world.ask("GET", world.account(f"{TOKENS}/{own}")))["policies"]

    for family in FAMILIES:
        place = ACCOUNT_ID if family.scope == "account" else "4" * 32
        allowed = allows(
            policies, family, "Write" if family.write_id else "Read", ACCOUNT_ID, place
        )
        assert allowed == (family.scope != "bucket"), family.name


async def test_a_rolled_token_has_another_value_and_the_former_one_is_none(world: World):
    made = await world.ask("POST", world.account(TOKENS), json=NEW)
    rolled = await world.ask("PUT", world.account(f"{TOKENS}/{made['id']}/value"), json={})

    assert rolled != made["value"]
    for value, status in ((made["value"], 401), (rolled, 200)):
        headers = {"authorization": f"Bearer {value}"}
        answer = await world.client.get(world.account("/tokens/verify"), headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"policies": []},
        {"name": ""},
        {"policies": [{**POLICY, "permission_groups": [{"id": "Workers Scripts Write"}]}]},
        {"policies": [{**POLICY, "resources": {"account": "*"}}]},
        {"policies": [{**POLICY, "effect": "maybe"}]},
    ],
)
async def test_a_token_that_could_not_be_is_refused(world: World, changes):
    assert (await world.refused("POST", world.account(TOKENS), json={**NEW, **changes}))[0] == 400
    assert world.state.records.all(Kind.TOKEN) == []


async def test_groups_are_found_by_name_and_scope(world: World):
    path = world.account("/tokens/permission_groups")
    name = "Workers Scripts Write"

    (found,) = await world.ask("GET", path, params={"name": name})
    zones = await world.ask("GET", path, params={"scope": "com.cloudflare.api.account.zone"})

    assert found["scopes"] == ["com.cloudflare.api.account"]
    assert "Zone Settings Write" in {each["name"] for each in zones}
    assert name not in {each["name"] for each in zones}


async def test_service_keys_are_a_thing_of_the_past(world: World):
    headers = {"x-auth-user-service-key": "v1.0-canary"}

    refused = await world.refused("GET", world.account(TOKENS), headers=headers)

    assert refused[0] == 403
    assert "service keys ended on 2026-09-30" in refused[2]


def test_a_token_with_a_changed_character_is_not_whole():
    token = new_token("user")

    assert token.startswith("cfut_")
    assert is_whole(token)
    assert not is_whole(token[:20] + ("x" if token[20] != "x" else "y") + token[21:])
    assert not is_whole(token[:-1])
    assert not is_whole("t" * 53)
