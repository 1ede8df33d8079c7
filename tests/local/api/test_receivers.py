"""The look-alikes of PagerDuty and Slack take what those take, and refuse the rest as they do."""

import pytest

from harness.local_cloudflare import local_cloudflare
from tests.local.api.command import failed
from tests.local.api.receiver import receiver

pytestmark = [pytest.mark.anyio]

KEY = "R0123456789012345678901234567890"[:32]
PAGERS = "http://127.0.0.1:4400/local/hosts/events.pagerduty.com/v2/enqueue"
PLANTED = "planted-secret"
SLACK = f"http://127.0.0.1:4400/local/hosts/hooks.slack.com/services/T0/B0/{PLANTED}"
RECEIVED = "http://127.0.0.1:4400/local/received"
PAYLOAD = {"summary": "down", "source": "awareness", "severity": "critical"}
TRIGGER = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "down", "payload": PAYLOAD}


async def told(world, address, body):
    return await world.client.post(address, json=body, headers={"authorization": ""})


async def test_an_incident_is_kept_from_trigger_to_resolve_without_its_key(world):
    """PA-13: the answer is that of the Events API v2, and no token is asked for."""
    begun = await told(world, PAGERS, TRIGGER)
    ended = {"routing_key": KEY, "event_action": "resolve", "dedup_key": "down"}

    assert begun.status_code == 202
    assert begun.json() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "down",
    }
    assert (await told(world, PAGERS, ended)).status_code == 202
    kept = await world.ask("GET", f"{RECEIVED}?service=pagerduty")
    assert [each["body"]["event_action"] for each in kept] == ["resolve", "trigger"]
    assert kept[1]["body"]["payload"] == PAYLOAD
    assert KEY not in str(kept)
    assert len({each["sender"] for each in kept}) == 1


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"routing_key": "short"}, "routing_key"),
        ({"event_action": "page"}, "event_action"),
        ({"payload": {**PAYLOAD, "severity": "bad"}}, "payload.severity"),
        ({"payload": {**PAYLOAD, "summary": "x" * 1025}}, "payload.summary"),
        ({"payload": {"summary": "down", "severity": "info"}}, "payload.source"),
        ({"event_action": "resolve", "dedup_key": None}, "dedup_key"),
        ({"dedup_key": "x" * 256}, "dedup_key"),
        ({"links": [{"text": "no address"}]}, "links.0.href"),
    ],
)
async def test_an_event_that_pagerduty_refuses_is_refused(world, changed, place):
    refused = await told(world, PAGERS, {**TRIGGER, **changed})

    assert refused.status_code == 400
    assert refused.json()["status"] == "invalid event"
    assert refused.json()["errors"][0].startswith(f"'{place}' is invalid")
    assert await world.ask("GET", RECEIVED) == []


HEADER = {"type": "header", "text": {"type": "plain_text", "text": "down"}}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*down*"}}


async def test_a_message_for_slack_is_kept_without_its_address(world):
    message = {"text": "down", "blocks": [HEADER, SECTION, {"type": "divider"}]}
    taken = await told(world, SLACK, message)
    kept = await world.ask("GET", RECEIVED)

    assert (taken.status_code, taken.text) == (200, "ok")
    assert [each["body"] for each in kept] == [message]
    assert "planted-secret" not in str(kept)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": 5}, "invalid_payload"),
        ([], "invalid_payload"),
        ({"text": "x", "blocks": [{"type": "sections"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        (
            {"blocks": [{**SECTION, "text": {"type": "markdown", "text": "x"}}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{**HEADER, "text": {"type": "mrkdwn", "text": "x"}}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
    ],
)
async def test_a_message_that_slack_refuses_is_refused_in_its_words(world, message, word):
    refused = await told(world, SLACK, message)

    assert (refused.status_code, refused.text) == (400, word)


TELLS = """export default { async fetch(request) {
  const { to, body, token } = await request.json();
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(to, { method: body ? "POST" : "GET", body, headers });
  return new Response(await answer.text(), { status: answer.status });
} }"""
SAID = '{"text":"down"}'


@pytest.mark.workerd
@pytest.mark.timeout(180)
def test_a_worker_that_asks_cloudflare_pagerduty_or_slack_stays_on_this_machine(tmp_path):
    """PA-13: what is asked of the world in development is asked of its look-alikes."""
    with local_cloudflare(tmp_path / "cf") as cloud:
        cloud.upload("teller", {"w.mjs": TELLS})
        domain = {"hostname": "teller.chitty.cc", "service": "teller"}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)

        def tell(**said):
            return cloud.at("teller.chitty.cc", method="POST", json=said)

        slack = tell(to="https://hooks.slack.com/services/T0/B0/x", body=SAID)
        pager = tell(to="https://events.pagerduty.com/v2/enqueue", body=SAID)
        accounts = "https://api.cloudflare.com/client/v4/accounts"
        known, unknown = tell(to=accounts, token=cloud.token), tell(to=accounts, token="x")
        kept = cloud.result("GET", "/local/received")

    assert (slack.status_code, slack.text) == (200, "ok")
    assert pager.json()["status"] == "invalid event"
    assert known.json()["result"][0]["id"] == cloud.account_id
    assert unknown.status_code == 401
    assert [each["service"] for each in kept] == ["slack"]


@pytest.mark.workerd
@pytest.mark.timeout(180)
def test_a_host_gets_another_look_alike_by_an_option_that_is_remembered(command):
    with receiver() as kept:
        address = f"http://127.0.0.1:{kept.port}/"
        assert command.start("--host", f"Hooks.slack.com={address}").returncode == 0

        assert command.home.settings().hosts == {"hooks.slack.com": address.rstrip("/")}
        nothing = command("received")
        assert (nothing.stdout, nothing.stderr) == ("", "nobody was told of anything\n")
        assert command.post(
            "/local/hosts/hooks.slack.com/services/T/B/x", {"text": "down"}
        ).is_success
        assert command("received").stdout.endswith(' slack {"text": "down"}\n')
        assert "already running" in command.start().stdout
        assert "hosts was hooks.slack.com, is " in command.start("--host", "x.example=").stdout
        assert command.home.settings().hosts == {}
        assert command("stop").returncode == 0
        assert "run `make start` to start the local" in failed(command("received"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("api.example.com", "host 'api.example.com' has no address that stands for it"),
        ("", "host '' has no address that stands for it"),
        (
            "api.example.com=http://192.0.2.1",
            "host api.example.com: 'http://192.0.2.1' is no address of this machine",
        ),
        (
            f"api.example.com=http://me:{PLANTED}@192.0.2.1",
            "host api.example.com: what is given is no address of this machine",
        ),
        ("=http://127.0.0.1", "'' is no name of a host"),
        ("a=http://127.0.0.1", "'a' is no name of a host"),
        ("*.a.b=http://127.0.0.1", "'*.a.b' is no name of a host"),
    ],
)
def test_an_address_elsewhere_stands_for_no_host(command, given, said):
    sentence = failed(command("start", "--host", given))

    assert said in sentence
    assert "give --host name=address" in sentence
    assert PLANTED not in sentence
