"""The API of Access: as the official plugin and the SDK send it (OP-5)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudflare import AsyncCloudflare

from local.records.records import Kind
from tests.local.api.conftest import ACCOUNT_ID, TOKEN, World

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "access.jsonl"
APPS, POLICIES = "/access/apps", "/access/policies"
GROUPS, TOKENS = "/access/groups", "/access/service_tokens"
HOST = "1password-connect.chitty.cc"
EVERYONE: dict[str, Any] = {"everyone": {}}


class Maker:
    """Short ways to make what tests need."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        sent = {"json": body} if body or method in ("POST", "PUT") else {}
        return await self.world.ask(method, self.world.account(path), **sent)

    async def refused(self, method: str, path: str, **body: Any) -> tuple[int, int, str]:
        return await self.world.refused(method, self.world.account(path), json=body)

    async def policy(self, **changes: Any) -> Any:
        whole = {"name": "p", "decision": "allow", "include": [EVERYONE], **changes}
        return await self.ask("POST", POLICIES, **whole)

    async def app(self, *policies: str, **changes: Any) -> Any:
        listed = [{"id": each, "precedence": number} for number, each in enumerate(policies, 1)]
        whole = {
            "name": "App",
            "type": "self_hosted",
            "domain": HOST,
            "policies": listed,
            **changes,
        }
        return await self.ask("POST", APPS, **whole)


@pytest.fixture
def make(world: World) -> Maker:
    return Maker(world)


@pytest.fixture
async def sdk(world: World) -> AsyncIterator[AsyncCloudflare]:
    async with AsyncCloudflare(
        api_token=TOKEN, base_url=str(world.client.base_url), http_client=world.client
    ) as client:
        yield client


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        for theirs, ours in ids.items():
            line = line.replace(theirs, ours)  # noqa: PLW2901 - each is one more name
        exchange = json.loads(line)
        body = {"json": exchange["request"]} if exchange["request"] else {}
        path = exchange["path"].removeprefix("/client/v4")
        result = await world.ask(exchange["method"], path, **body)
        if exchange["method"] == "POST":
            ids[exchange["response"]["id"]] = result["id"]
            asked = {k: v for k, v in exchange["request"].items() if k != "policies"}
            assert {key: result[key] for key in asked} == asked
            assert "aud" not in exchange["response"] or len(result["aud"]) == 64

    assert len(ids) == 4
    for path in (APPS, POLICIES, GROUPS, TOKENS):
        assert await world.ask("GET", world.account(path)) == []


async def test_the_sdk_makes_reads_and_rotates(sdk: AsyncCloudflare):
    access = sdk.zero_trust.access
    made = await access.service_tokens.create(account_id=ACCOUNT_ID, name="workers")
    assert made
    assert made.id
    turned = await access.service_tokens.rotate(made.id, account_id=ACCOUNT_ID)
    assert turned
    assert turned.client_secret
    assert turned.client_secret != made.client_secret
    include: Any = [{"service_token": {"token_id": made.id}}]
    policy = await access.policies.create(
        account_id=ACCOUNT_ID, name="machines", decision="non_identity", include=include
    )
    assert policy
    app: Any = await access.applications.create(
        account_id=ACCOUNT_ID,
        domain=HOST,
        type="self_hosted",
        policies=[{"id": str(policy.id), "precedence": 1}],
    )
    found: Any = await access.applications.get(app.id, account_id=ACCOUNT_ID)
    assert (found.aud, found.policies[0].decision) == (app.aud, "non_identity")
    organization = await sdk.zero_trust.organizations.list(account_id=ACCOUNT_ID)
    assert organization
    assert organization.auth_domain == "local.cloudflareaccess.com"
    assert organization.strict_service_token_auth is True


async def test_a_secret_is_shown_once_and_kept_nowhere(make: Maker):
    made = await make.ask("POST", TOKENS, name="w", duration="8760h")
    one = f"{TOKENS}/{made['id']}"
    again = [await make.ask("GET", one), await make.ask("PUT", one, name="x")]
    kept = make.world.state.records.get(Kind.ACCESS_TOKEN, made["id"])

    assert len(made["client_secret"]) == 64
    assert made["client_id"].endswith(".access")
    assert not [each for each in again if "client_secret" in each or "sha256" in str(each)]
    assert made["client_secret"] not in json.dumps(kept)


async def test_a_rotation_gives_a_new_secret_and_ends_the_old_one(make: Maker):
    made = await make.ask("POST", TOKENS, name="w", client_secret_version=1)
    one = f"{TOKENS}/{made['id']}"
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await make.refused("PUT", one, client_secret_version=2))[1] == 12130
    assert (await make.refused("PUT", one, client_secret_version=0))[1] == 12130
    same = await make.ask("PUT", one, client_secret_version=1, name="w")
    assert "client_secret" not in same

    turned = await make.ask(
        "PUT", one, client_secret_version=2, previous_client_secret_expires_at=until
    )

    assert turned["client_secret"] != made["client_secret"]
    await make.app((await make.policy())["id"])
    (told,) = make.world.state.cloud().access.tokens
    assert [each["until"] is None for each in told["secrets"]] == [True, False]
    assert told["secrets"][1]["until"] == datetime.fromisoformat(until).timestamp()


@pytest.mark.parametrize("duration", ["1 year", "", "8760", "-1h"])
async def test_a_token_lasts_a_time_that_is_one(make: Maker, duration):
    assert (await make.refused("POST", TOKENS, name="w", duration=duration))[:2] == (400, 12130)


async def test_a_token_may_last_for_ever_and_be_refreshed(make: Maker):
    made = await make.ask("POST", TOKENS, name="w", duration="forever")
    assert made["expires_at"] is None
    short = await make.ask("POST", TOKENS, name="w", duration="1h")

    fresh = await make.ask("POST", f"{TOKENS}/{short['id']}/refresh")

    assert fresh["expires_at"] >= short["expires_at"]


@pytest.mark.parametrize(
    ("include", "status"),
    [
        ([], 400),
        ([{}], 400),
        ([{"email": {"email": "a@chitty.cc"}, "everyone": {}}], 400),
        ([{"email": {}}], 400),
        ([{"ip": {"ip": "203.0.113.7/8"}}], 400),
        ([{"ip": {"ip": "x"}}], 400),
        ([{"group": {"id": "nobody"}}], 400),
        ([{"service_token": {"token_id": "nobody"}}], 400),
        ([{"device_posture": {"integration_uid": "x"}}], 501),
        ([{"certificate": {}}], 501),
        ([{"github_organization": {"name": "x", "identity_provider_id": "y"}}], 501),
    ],
)
async def test_a_selector_that_nobody_can_tell_is_refused(make: Maker, include, status):
    for path, more in ((POLICIES, {"decision": "allow"}), (GROUPS, {})):
        assert (await make.refused("POST", path, name="n", include=include, **more))[0] == status


async def test_an_address_gets_its_prefix(make: Maker):
    """TF#6059: the API writes /32, and whoever does not sees a change for ever."""
    made = await make.policy(include=[{"ip": {"ip": "203.0.113.7"}}])

    assert made["include"] == [{"ip": {"ip": "203.0.113.7/32"}}]


async def test_a_group_is_not_its_own_member(make: Maker):
    inner = await make.ask("POST", GROUPS, name="inner", include=[EVERYONE])
    member = [{"group": {"id": inner["id"]}}]
    outer = await make.ask("POST", GROUPS, name="outer", include=member)
    circle = [{"group": {"id": outer["id"]}}]

    for include in (member, circle):
        refused = await make.refused("PUT", f"{GROUPS}/{inner['id']}", name="i", include=include)
        assert refused[:2] == (400, 12130)
    assert (await make.refused("DELETE", f"{GROUPS}/{inner['id']}"))[:2] == (409, 12132)


async def test_a_policy_is_not_deleted_under_an_application(make: Maker):
    """TF#7284."""
    policy = await make.policy()
    app = await make.app(policy["id"])
    one = f"{POLICIES}/{policy['id']}"
    assert (await make.ask("GET", one))["app_count"] == 1

    assert (await make.refused("DELETE", one))[:2] == (409, 12132)
    await make.ask("PUT", f"{APPS}/{app['id']}", name="App", domain=HOST, policies=[])
    await make.ask("DELETE", one)


async def test_an_application_keeps_its_audience(make: Maker):
    policy = await make.policy()
    app = await make.app(policy["id"])

    changed = await make.ask(
        "PUT", f"{APPS}/{app['id']}", name="Other", domain=HOST, policies=[policy["id"]]
    )

    assert (changed["aud"], changed["id"]) == (app["aud"], app["id"])
    assert changed["policies"][0]["precedence"] == 1
    assert [a["id"] for a in await make.ask("GET", f"{APPS}?name=Other")] == [app["id"]]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"domain": None}, 400),
        ({"domain": "*.cc"}, 400),
        ({"domain": f"{HOST}/a*b*c"}, 400),
        ({"domain": f"{HOST}/../x"}, 400),
        ({"destinations": [{"type": "worker", "worker_id": "nobody"}]}, 400),
        ({"destinations": [{"type": "private", "cidr": "10.0.0.0/8"}]}, 501),
        ({"type": "saas"}, 501),
        ({"session_duration": "a while"}, 400),
        ({"cors_headers": {"allow_all_origins": True}}, 501),
        ({"mfa_config": {"mfa_disabled": True}}, 501),
        ({"custom_deny_url": "https://x"}, 501),
        ({"policies": [{"id": "nobody", "precedence": 1}]}, 404),
    ],
)
async def test_an_application_that_cannot_be_is_refused(make: Maker, changes, status):
    body = {"name": "App", "type": "self_hosted", "domain": HOST, **changes}

    assert (await make.refused("POST", APPS, **body))[0] == status


async def test_precedences_are_told_apart(make: Maker):
    one, two = [(await make.policy())["id"] for _ in range(2)]
    listed = [{"id": one, "precedence": 3}, {"id": two, "precedence": 3}]

    refused = await make.refused("POST", APPS, name="A", domain=HOST, policies=listed)

    assert refused[:2] == (400, 12130)
    listed[1]["precedence"] = 1
    app = await make.app(policies=listed)
    assert [each["id"] for each in app["policies"]] == [two, one]


async def test_a_place_has_one_application(make: Maker):
    await make.app()

    assert (await make.refused("POST", APPS, name="B", domain=HOST))[:2] == (409, 11010)
    await make.app(domain=f"{HOST}/admin")


async def test_a_worker_is_guarded_by_its_id_or_name(make: Maker):
    made = await make.world.upload("api")
    by_id = {"type": "worker", "worker_id": made["tag"]}
    await make.app(domain=None, destinations=[by_id])

    (app,) = make.world.state.cloud().access.applications
    assert (app["workers"], app["previews"], app["places"]) == (["api"], ["api"], [])


async def test_the_narrower_destination_guards_a_worker_and_its_previews(make: Maker):
    """Whichever was made first: an application for all workers takes none of another's."""
    for name in ("api", "web"):
        await make.world.upload(name)
    kinds = [
        {"type": "worker", "worker_id": "api"},
        {"type": "all_preview_workers"},
        {"type": "preview_worker", "worker_id": "web"},
        {"type": "all_workers"},
    ]
    for each in kinds:
        await make.app(name=each["type"], domain=None, destinations=[each])

    found = make.world.state.cloud().access.applications

    assert {app["name"]: (app["workers"], app["previews"]) for app in found} == {
        "worker": (["api"], ["api"]),
        "all_preview_workers": ([], []),
        "preview_worker": ([], ["web"]),
        "all_workers": (["web"], []),
    }


async def test_groups_are_written_out_for_the_edge(make: Maker):
    mail = {"email": {"email": "ada@chitty.cc"}}
    group = await make.ask("POST", GROUPS, name="team", include=[mail])
    policy = await make.policy(include=[{"group": {"id": group["id"]}}], session_duration="1h")
    await make.app(policy["id"], session_duration="8h")

    (app,) = make.world.state.cloud().access.applications

    assert app["policies"][0]["include"] == [
        {"group": {"include": [mail], "exclude": [], "require": []}}
    ]
    assert (app["session_seconds"], app["policies"][0]["session_seconds"]) == (28800, 3600)


async def test_sessions_of_an_application_are_revoked(make: Maker):
    app = await make.app()
    before = datetime.now(UTC).timestamp()

    await make.ask("POST", f"{APPS}/{app['id']}/revoke_tokens")

    (told,) = make.world.state.cloud().access.applications
    assert told["revoked_at"] >= before
    changed = await make.ask("PUT", f"{APPS}/{app['id']}", name="B", domain=HOST)
    assert "revoked_at" not in changed
    assert make.world.state.cloud().access.applications[0]["revoked_at"] == told["revoked_at"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"strict_service_token_auth": False}, 400),
        ({"auth_domain": "chitty.example.com"}, 400),
        ({"session_duration": "long"}, 400),
        ({"deny_unmatched_requests": True}, 501),
        (
            {
                "service_token_inactivity": {
                    "enabled": True,
                    "action": "delete",
                    "inactivity_threshold_days": 7,
                }
            },
            400,
        ),
    ],
)
async def test_the_organisation_is_changed_as_far_as_it_acts(make: Maker, body, status):
    path = "/access/organizations"
    assert (await make.refused("PUT", path, **body))[0] == status
    changed = await make.ask("PUT", path, auth_domain="chitty.cloudflareaccess.com")
    await make.app()

    assert changed["name"] == "local"
    assert make.world.state.cloud().access.team == "chitty.cloudflareaccess.com"


async def test_what_is_gone_is_not_found(make: Maker):
    for path in (POLICIES, GROUPS, TOKENS, "/access/identity_providers"):
        assert (await make.refused("GET", f"{path}/nobody"))[:2] == (404, 12135)
    assert (await make.refused("GET", f"{APPS}/nobody"))[:2] == (404, 11021)
