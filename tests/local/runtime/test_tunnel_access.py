"""cloudflared takes what Access let in (OP-4, OP-5); its machine's services may be on this one."""

import json
from collections.abc import Iterator
from socket import AF_UNIX

import pytest

from local.records.model import Cloud, TunnelHost
from tests.local.runtime.edge.forge import claims, signed
from tests.local.runtime.edge.guarded import (
    AUD,
    OTHER_AUD,
    ZONE,
    application,
    behind,
    machine,
    policy,
    service,
)
from tests.local.runtime.test_tunnels import origin
from tests.support_runtime import RunningRuntime, running, script, serving

pytestmark = pytest.mark.workerd

BY_TOKEN = policy("non_identity", {"service_token": {"token_id": "t1"}})
INSIDE = "http://nginx:8080"
"""Where the machine of the tunnel finds the service; no such name is known here."""

FETCHES = """export default { fetch(request) {
  const to = new URL(request.url).searchParams.get("to");
  return fetch(to, { headers: JSON.parse(request.headers.get("x-send")) });
} }"""

HOSTS = {
    "own.example.com": ("local", [AUD]),
    "one-of-two.example.com": ("local", [OTHER_AUD, AUD]),
    "open.example.com": ("local", [AUD]),
    "another-application.example.com": ("local", [AUD]),
    "another-team.example.com": ("elsewhere", [AUD]),
    "no-tag.example.com": ("local", []),
}
"""What cloudflared checks at each host."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory) -> Iterator[RunningRuntime]:
    folder = tmp_path_factory.mktemp("checked")
    own = [host for host in HOSTS if host.split(".")[0] not in ("open", "another-application")]
    apps = (
        application(BY_TOKEN, places=own),
        application(BY_TOKEN, aud=OTHER_AUD, places=["another-application.example.com"]),
    )
    tunnels = tuple(TunnelHost(host, ZONE, (rule(*check),)) for host, check in HOSTS.items())
    worker = serving(script(folder, FETCHES), tunnels=tunnels)
    with origin(AF_UNIX, str(folder / "s")):
        cloud = behind(worker, *apps, tokens=[service()])
        places = {INSIDE: f"unix:{folder / 's'}"}
        with running(folder / "runtime", cloud, tunnel_services=places) as started:
            yield started


def rule(team, tags):
    access = {"required": True, "teamName": team, "audTag": tags}
    return {"service": INSIDE, "originRequest": {"access": access}}


@pytest.mark.parametrize("host", ["own.example.com", "one-of-two.example.com"])
def test_what_access_let_in_reaches_the_service_of_the_tunnels_machine(edge, host):
    first, again = (edge.get("/v1/vaults", host=host, headers=machine()) for _ in range(2))

    assert [first.status, again.status] == [200, 200]
    assert (first.json()["path"], first.json()["host"]) == ("/v1/vaults", host)


@pytest.mark.parametrize(
    "host",
    [
        "open.example.com",
        "another-application.example.com",
        "another-team.example.com",
        "no-tag.example.com",
    ],
)
def test_cloudflared_takes_no_token_but_that_of_its_team_and_application(edge, host):
    answer = edge.get("/", host=host, headers=machine())

    assert (answer.status, "token of Access" in answer.text) == (403, True)


def test_who_says_to_have_passed_access_did_not(edge):
    """Neither a client nor a worker, and not by a token that is good elsewhere."""
    key = json.loads((edge.directory / "access-key.json").read_text())
    token = signed(key, body=claims(common_name="t1.access"))
    said = {"Cf-Access-Jwt-Assertion": token}
    by_worker = edge.get(
        "/?to=https://open.example.com/", headers={"x-send": json.dumps(said), **said}
    )

    assert edge.get("/", host="open.example.com", headers=said).status == 403
    assert "token of Access" in by_worker.text


def test_it_is_told_whose_tokens_are_taken_while_it_runs(start, tmp_path):
    host = "own.example.com"
    with origin(AF_UNIX, str(tmp_path / "s")):
        tunnels = (TunnelHost(host, ZONE, (rule("local", [AUD]),)),)
        cloud = Cloud(zone_names=(ZONE,), tunnels=tunnels)
        edge = start(cloud, tunnel_services={INSIDE: f"unix:{tmp_path / 's'}"})
        before = edge.get("/", host=host, headers=machine())

        edge.apply(behind(cloud, application(BY_TOKEN, places=[host]), tokens=[service()]))

        assert (before.status, edge.get("/", host=host, headers=machine()).status) == (403, 200)
