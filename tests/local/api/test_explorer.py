"""The API of wrangler's Local Explorer: who may ask it without a token."""

import os
from pathlib import Path

import pytest

from local.api.explorer import peers
from local.api.explorer.admission import key_of
from local.api.explorer.mirror import ROOT
from tests.local.api.conftest import TOKEN

API = "http://127.0.0.1:4400"
MINE = "127.0.0.1:1"


def explained(**headers: str) -> dict[str, str]:
    """Return what the edge says of a request by a client of this machine."""
    told = {"x-local-explorer": key_of(TOKEN), "x-forwarded-host": "localhost:4401"}
    return {"authorization": "", "x-local-peer": MINE, **told, **headers}


@pytest.fixture(autouse=True)
def own(monkeypatch):
    """Let one end of a connection be mine: no test here has one."""
    monkeypatch.setattr("local.api.explorer.admission.is_own", lambda peer, _: peer == MINE)


async def ask(world, headers):
    request = world.client.build_request("GET", f"{API}{ROOT}/local/workers", headers=headers)
    if not request.headers["authorization"]:
        del request.headers["authorization"]
    return await world.client.send(request)


@pytest.mark.parametrize(
    "host", ["localhost:4401", "127.0.0.1:4401", "[::1]:4401", "a.b.localhost"]
)
@pytest.mark.anyio
async def test_a_client_of_this_machine_may(world, host):
    assert (await ask(world, explained(**{"x-forwarded-host": host}))).is_success


@pytest.mark.anyio
async def test_a_page_that_is_served_at_the_machine_itself_may(world):
    headers = {"origin": "http://localhost:4401", "sec-fetch-site": "same-origin"}
    assert (await ask(world, explained(**headers))).is_success


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example:4401"},
        {"x-forwarded-host": "localhost.evil.example"},
        {"x-forwarded-host": "chitty.cc"},
        {"x-forwarded-host": ""},
        {"origin": "http://evil.example"},
        {"origin": "http://api.chitty.cc.localhost:4401"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        # A page of a worker: what it shows may come from anybody.
        {"x-forwarded-host": "api.chitty.cc.localhost:4401", "sec-fetch-site": "same-origin"},
        {
            "x-forwarded-host": "api.chitty.cc.localhost:4401",
            "origin": "http://api.chitty.cc.localhost:4401",
        },
        {"x-local-peer": "127.0.0.1:2"},
        {"x-local-peer": ""},
    ],
    ids=lambda headers: " ".join(f"{name}={value}" for name, value in headers.items()),
)
@pytest.mark.anyio
async def test_nobody_else_may(world, headers):
    answer = await ask(world, explained(**headers))

    assert answer.status_code == 403
    assert "Local Explorer is refused" in answer.json()["errors"][0]["message"]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("key", ["", "0" * 64, TOKEN])
@pytest.mark.anyio
async def test_who_is_not_the_edge_needs_the_token(world, key):
    headers = explained(**{"x-local-explorer": key})
    assert (await ask(world, headers)).status_code == 401
    assert (await ask(world, headers | {"authorization": f"Bearer {TOKEN}"})).is_success


@pytest.mark.anyio
async def test_what_is_not_answered_is_said_by_name(world):
    status, _, message = await world.refused("DELETE", f"{API}{ROOT}/workflows/x")
    assert (status, message) == (501, f"not emulated: DELETE {ROOT}/workflows/x")


@pytest.mark.anyio
async def test_a_stored_page_runs_nothing_in_a_browser(world):
    """At the machine's own name a script could ask for all that is stored."""
    await world.ask("POST", world.account("/r2/buckets"), json={"name": "files"})
    page = "<script>fetch('/cdn-cgi/local/explorer/api')</script>"
    put = world.account("/r2/buckets/files/objects/a.html")
    await world.ask("PUT", put, content=page, headers={"content-type": "text/html"})
    path = f"{API}{ROOT}/r2/buckets/files/objects/a.html"
    answer = await world.client.get(path, headers={"authorization": f"Bearer {TOKEN}"})

    assert (answer.text, answer.headers["content-type"]) == (page, "text/html")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


EDGE_PORT = 4401
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"


def table(tmp_path: Path, *lines: tuple[str, int], to: int = EDGE_PORT, name: str = "tcp") -> Path:
    other = f"0100007F:{to:04X}"
    rows = (f"   0: {end} {other} 01 0:0 00:0 0 {uid} 0 1\n" for end, uid in lines)
    path = tmp_path / name
    path.write_text(HEAD + "".join(rows))
    return path


def test_an_end_of_mine_is_mine(tmp_path):
    listed = table(tmp_path, ("0100007F:1F90", os.getuid()))
    assert peers.is_own("127.0.0.1:8080", EDGE_PORT, [listed])


def test_an_end_in_the_form_of_version_6_too(tmp_path):
    end = "0000000000000000FFFF00000100007F:1F90"
    assert peers.is_own("127.0.0.1:8080", EDGE_PORT, [table(tmp_path, (end, os.getuid()))])


@pytest.mark.parametrize("address", ["", "127.0.0.1", "nobody:1", "127.0.0.1:x", "127.0.0.1:8081"])
def test_what_is_no_end_of_mine_is_not(tmp_path, address):
    listed = table(tmp_path, ("0100007F:1F90", os.getuid()))
    assert not peers.is_own(address, EDGE_PORT, [listed])


def test_an_end_of_another_user_is_not(tmp_path):
    listed = table(tmp_path, ("0100007F:1F90", os.getuid() + 1))
    assert not peers.is_own("127.0.0.1:8080", EDGE_PORT, [listed])


def test_a_connection_of_mine_to_another_port_makes_no_client_mine(tmp_path):
    """Another user may take the same address for a connection to the edge, and close it at once."""
    listed = table(tmp_path, ("0100007F:1F90", os.getuid()), to=5432)
    assert not peers.is_own("127.0.0.1:8080", EDGE_PORT, [listed])


def test_an_end_that_two_users_have_is_not_mine(tmp_path):
    four = table(tmp_path, ("0100007F:1F90", os.getuid() + 1))
    six = table(tmp_path, ("0000000000000000FFFF00000100007F:1F90", os.getuid()), name="tcp6")
    assert not peers.is_own("127.0.0.1:8080", EDGE_PORT, [four, six])


def test_nothing_is_mine_where_that_cannot_be_known(tmp_path):
    assert not peers.is_own("127.0.0.1:8080", EDGE_PORT, [tmp_path / "none"])
