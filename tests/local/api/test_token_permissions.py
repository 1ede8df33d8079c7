"""A token that was made with policies opens what they allow, and nothing else (FW-11)."""

import pytest

from planning.permission_groups import SCOPES, family
from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, World

pytestmark = pytest.mark.anyio

ACCOUNT, ZONE = SCOPES["account"], SCOPES["zone"]
OTHER_ZONE = "4" * 32
NAMESPACES = f"/accounts/{ACCOUNT_ID}/storage/kv/namespaces"
RULESETS = f"/zones/{ZONE_ID}/rulesets"
HEADERS = "http_response_headers_transform"
CUSTOM = "http_request_firewall_custom"


def policy(scope, *groups, resources=None, effect="allow"):
    place = ACCOUNT_ID if scope == "account" else ZONE_ID
    names = [group.rpartition(" ") for group in groups]
    return {
        "effect": effect,
        "permission_groups": [{"id": family(name, scope).id(right)} for name, _, right in names],
        "resources": resources or {f"{SCOPES[scope]}.{place}": "*"},
    }


@pytest.fixture
def token(world: World):
    """Return a function that makes a token with some policies, and returns its header."""

    async def make(*policies, **more):
        new = {"name": "limited", "policies": list(policies), **more}
        made = await world.ask("POST", world.account("/tokens"), json=new)
        return {"authorization": f"Bearer {made['value']}"}

    return make


async def test_it_reads_and_writes_what_its_policies_say(world: World, token):
    reads = await token(policy("account", "Workers KV Storage Read"))
    writes = await token(policy("account", "Workers KV Storage Write"))

    assert await world.ask("GET", NAMESPACES, headers=reads) == []
    refused = await world.refused("POST", NAMESPACES, headers=reads, json={"title": "a"})
    made = await world.ask("POST", NAMESPACES, headers=writes, json={"title": "a"})

    assert refused == (403, 10000, "Authentication error")
    assert [each["id"] for each in await world.ask("GET", NAMESPACES, headers=writes)] == [
        made["id"]
    ]


ELSEWHERE = {
    "another family": ("GET", f"/accounts/{ACCOUNT_ID}/queues"),
    "a zone": ("GET", f"/zones/{ZONE_ID}/dns_records"),
    "rules of a zone": ("GET", f"{RULESETS}/phases/{CUSTOM}/entrypoint"),
    "the user": ("GET", "/user"),
    "other tokens": ("GET", f"/accounts/{ACCOUNT_ID}/tokens"),
    "what a zone costs": ("GET", f"/zones/{ZONE_ID}/subscription"),
    "control of this machine": ("POST", "http://127.0.0.1:4400/local/lifecycle"),
}


@pytest.mark.parametrize("request_", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_it_opens_nothing_else(world: World, token, request_):
    limited = await token(policy("account", "Workers KV Storage Write"))

    assert (await world.refused(*request_, headers=limited))[:2] == (403, 10000)


async def test_a_token_of_one_zone_is_none_in_another(world: World, token):
    limited = await token(policy("zone", "DNS Read", "Zone Read"))

    assert await world.ask("GET", f"/zones/{ZONE_ID}/dns_records", headers=limited) == []
    refused = await world.refused("GET", f"/zones/{OTHER_ZONE}/dns_records", headers=limited)
    assert refused[:2] == (403, 10000)
    assert [each["id"] for each in await world.ask("GET", "/zones", headers=limited)] == [ZONE_ID]


@pytest.mark.parametrize(
    "resources",
    [
        {f"{ZONE}.*": "*"},
        {f"{ACCOUNT}.{ACCOUNT_ID}": {f"{ZONE}.*": "*"}},
        {f"{ACCOUNT}.*": {f"{ZONE}.{OTHER_ZONE}": "*"}},
    ],
)
async def test_zones_are_given_by_a_star_or_inside_their_account(world: World, token, resources):
    limited = await token(policy("zone", "DNS Read", resources=resources))

    assert await world.ask("GET", f"/zones/{OTHER_ZONE}/dns_records", headers=limited) == []


@pytest.mark.parametrize(
    "resources", [{f"{ACCOUNT}.{ACCOUNT_ID}": "*"}, {f"{ACCOUNT}.{'f' * 32}": {f"{ZONE}.*": "*"}}]
)
async def test_an_account_alone_gives_no_zone(world: World, token, resources):
    limited = await token(policy("zone", "DNS Read", resources=resources))

    refused = await world.refused("GET", f"/zones/{ZONE_ID}/dns_records", headers=limited)
    assert refused[:2] == (403, 10000)


async def test_what_one_policy_denies_no_other_allows(world: World, token):
    name = "Workers KV Storage Write"
    limited = await token(policy("account", name), policy("account", name, effect="deny"))

    refused = await world.refused("POST", NAMESPACES, headers=limited, json={"title": "a"})
    assert refused[:2] == (403, 10000)
    assert await world.ask("GET", NAMESPACES, headers=limited) == []


async def test_rules_are_opened_by_the_permission_of_their_phase(world: World, token):
    headers = await token(policy("zone", "Zone Transform Rules Write"))
    new = {"name": "r", "kind": "zone", "rules": []}

    made = await world.ask("POST", RULESETS, headers=headers, json={**new, "phase": HEADERS})
    refused = [
        await world.refused("POST", RULESETS, headers=headers, json={**new, "phase": CUSTOM}),
        await world.refused(
            "PUT", f"{RULESETS}/phases/{CUSTOM}/entrypoint", headers=headers, json={"rules": []}
        ),
    ]
    firewall = await world.ask("POST", RULESETS, json={**new, "phase": CUSTOM})
    refused += [
        await world.refused("GET", f"{RULESETS}/{firewall['id']}", headers=headers),
        await world.refused("DELETE", f"{RULESETS}/{firewall['id']}", headers=headers),
    ]

    assert {each[:2] for each in refused} == {(403, 10000)}
    shown = await world.ask("GET", RULESETS, headers=headers)
    assert [each["id"] for each in shown] == [made["id"]]


async def test_who_may_only_read_a_database_may_ask_and_change_nothing(world: World, token):
    limited = await token(policy("account", "D1 Read"))
    made = await world.ask("POST", world.account("/d1/database"), json={"name": "d"})
    query = world.account(f"/d1/database/{made['uuid']}/query")

    for sql in (
        "DELETE FROM t",
        "SELECT 1; DELETE FROM t",
        "PRAGMA user_version = 2",
        "WITH a AS (SELECT 1) DELETE FROM t",
    ):
        refused = await world.refused("POST", query, headers=limited, json={"sql": sql})
        assert refused[:2] == (403, 10000), sql
    for sql in ("SELECT 1", " select 1;\n", "PRAGMA table_info(t)"):
        assert (
            await world.client.post(query, headers=limited, json={"sql": sql})
        ).status_code != 403, sql


async def test_the_token_of_a_tunnel_is_for_who_may_write(world: World, token):
    tunnels = world.account("/cfd_tunnel")
    made = await world.ask("POST", tunnels, json={"name": "t", "config_src": "cloudflare"})
    reads = await token(policy("account", "Cloudflare Tunnel Read"))

    assert len(await world.ask("GET", tunnels, headers=reads)) == 1
    refused = await world.refused("GET", f"{tunnels}/{made['id']}/token", headers=reads)
    assert refused[:2] == (403, 10000)


@pytest.mark.parametrize(
    "ended",
    [
        {"status": "disabled"},
        {"expires_on": "2026-01-01T00:00:00Z"},
        {"not_before": "2999-01-01T00:00:00Z"},
    ],
)
async def test_one_that_has_ended_opens_nothing(world: World, token, ended):
    limited = await token(policy("account", "Workers KV Storage Read"), **ended)

    assert await world.refused("GET", NAMESPACES, headers=limited) == (
        403,
        9109,
        "Invalid access token",
    )


async def test_one_of_an_account_is_none_of_a_user(world: World, token):
    limited = await token(policy("account", "Workers KV Storage Read"))

    refused = await world.refused("GET", "/user/tokens/verify", headers=limited)
    assert refused[:2] == (401, 1000)


async def test_it_may_ask_how_the_local_cloudflare_is(world: World, token):
    limited = await token(policy("account", "Workers KV Storage Read"))

    answer = await world.client.get("http://127.0.0.1:4400/local/status", headers=limited)
    assert answer.status_code == 200
