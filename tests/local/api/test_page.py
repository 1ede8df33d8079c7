"""The live page: who gets to see it, and who never does."""

import pytest

from local.api.live_page.page import family
from local.api.live_page.page_passes import SECONDS, Passes
from tests.local.api.conftest import TOKEN
from tests.local.api.page_tab import API, PAGE, Tab, nobody

pytestmark = pytest.mark.anyio

OPEN = {"/local/page", "/local/page/files/{name}", "/local/page/session"}
"""What needs no session: it has nothing of the account, or makes one."""

GUARDED = [op for op in family.operations if op.presigned and op.path not in OPEN]
NAMES = {"namespace_id": "n", "bucket_name": "b", "database_id": "d", "script_name": "s"}
IDS = {"object_namespace_id": "o", "object_id": "i", "queue_id": "q", "name": "x"}


async def asked(world, operation, **headers):
    path = operation.path.format(**NAMES, **IDS)
    return await world.client.request(operation.method, f"{API}{path}", headers=headers)


async def test_the_page_itself_needs_no_token_and_lets_nothing_in_from_elsewhere(world):
    page = await world.client.get(PAGE, headers=nobody())

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["main.mjs", "page.css"])
async def test_its_files_are_served(world, name):
    assert (await world.client.get(f"{PAGE}/files/{name}", headers=nobody())).is_success


@pytest.mark.parametrize(
    "name", ["nothing.mjs", "..%2fentering.py", "%2e%2e%2fpasses.py", "%2fetc"]
)
async def test_no_other_file_is_served(world, name):
    assert (await world.client.get(f"{PAGE}/files/{name}", headers=nobody())).status_code == 404


@pytest.mark.parametrize("operation", GUARDED, ids=lambda op: f"{op.method} {op.path}")
async def test_nothing_of_the_account_is_shown_without_a_session(world, operation):
    assert (await asked(world, operation, **nobody())).status_code == 401
    # The token opens the API, not the page; a link is no session before it was turned into one.
    assert (await asked(world, operation, authorization=f"Bearer {TOKEN}")).status_code == 401
    link = f"Bearer {Passes(TOKEN).issue('link')}"
    assert (await asked(world, operation, authorization=link)).status_code == 401


@pytest.mark.parametrize("operation", GUARDED, ids=lambda op: f"{op.method} {op.path}")
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:4401"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example:4400"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_no_other_web_page_gets_anything(world, tab, operation, elsewhere):
    answer = await asked(world, operation, **{**tab.headers, **elsewhere})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_name_that_leads_here_by_dns_rebinding_gets_not_even_the_page(world):
    for path in (PAGE, f"{PAGE}/files/main.mjs"):
        answer = await world.client.get(path, headers={"host": "evil.example"})
        assert answer.status_code == 403


async def test_an_address_that_has_ended_says_how_to_get_another(world):
    now = [1_000_000.0]
    world.client._transport.app.passes = Passes(TOKEN, lambda: now[0])
    link = (await world.ask("POST", f"{PAGE}/links"))["url"].partition("#")[2]
    session = (await world.ask("POST", f"{PAGE}/session", json={"link": link}))["session"]

    now[0] += SECONDS["link"]
    status, _, message = await world.refused("POST", f"{PAGE}/session", json={"link": link})
    assert (status, "make status" in message) == (401, True)
    assert await Tab(world, session).get("overview")

    now[0] += SECONDS["session"]
    headers = {"authorization": f"Bearer {session}"}
    status, _, message = await world.refused("GET", f"{PAGE}/overview", headers=headers)
    assert (status, "make status" in message) == (401, True)


@pytest.mark.parametrize("changed", ["until", "signature", "use", "token", "form"])
def test_a_pass_cannot_be_made_up(changed):
    until, _, signature = Passes(TOKEN).issue("session").partition(".")
    made_up = {
        "until": f"{int(until) + 1}.{signature}",
        "signature": f"{until}.{'0' * 64}",
        "use": Passes(TOKEN).issue("link"),
        "token": Passes("u" * 40).issue("session"),
        "form": "²².x",
    }
    assert not Passes(TOKEN).holds("session", made_up[changed])
    assert Passes(TOKEN).holds("session", f"{until}.{signature}")
