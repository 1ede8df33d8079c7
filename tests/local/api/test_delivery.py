"""What a notification brings to whom (PA-13, OP-5): real requests to receivers of this machine."""

import time
from collections.abc import Iterator

import pytest

from local.api.alerting import dispatch, sending
from local.api.alerting.events import notify, rehearse
from local.records.records import Kind
from tests.local.api.conftest import ACCOUNT_ID, World
from tests.local.api.receiver import Receiver, receiver

pytestmark = pytest.mark.anyio

WEBHOOKS = "/alerting/v3/destinations/webhooks"
POLICIES = "/alerting/v3/policies"
HISTORY = "/alerting/v3/history"
HEALTH = "health_check_status_notification"
SECRET = "c4nary-of-a-webhook"
MAIL = "platform@chitty.cc"
DOWN = {"health_check_id": "ab" * 16, "health_check_name": "connect", "new_health": "Unhealthy"}
UP = {**DOWN, "new_health": "Healthy"}
LOCAL = "http://127.0.0.1:4400/local"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(sending, "PAUSES", (0, 0))


async def webhook(world: World, url: str, **fields):
    body = {"name": "hook", "url": url, **fields}
    return (await world.ask("POST", world.account(WEBHOOKS), json=body))["id"]


async def policy(world: World, alert_type=HEALTH, hooks=(), emails=(), pagers=(), **fields):
    told = {
        "webhooks": [{"id": each} for each in hooks],
        "email": [{"id": each} for each in emails],
        "pagerduty": [{"id": each} for each in pagers],
    }
    told = {kind: listed for kind, listed in told.items() if listed}
    body = {"name": "Service Down", "alert_type": alert_type, "mechanisms": told, **fields}
    return (await world.ask("POST", world.account(POLICIES), json=body))["id"]


async def tell(world: World, about=DOWN, alert_type=HEALTH) -> None:
    await notify(world.state, alert_type, about)
    await world.state.background.settle()


async def mails(world: World):
    return await world.ask("GET", f"{LOCAL}/mails")


async def test_a_webhook_is_tried_out_before_it_is_kept(world: World, hook: Receiver):
    await webhook(world, f"http://127.0.0.1:{hook.port}/in", secret=SECRET)

    (tried,) = hook.requests
    assert tried.path == "/in"
    assert tried.headers["cf-webhook-auth"] == SECRET
    assert tried.body["text"].startswith("Hello World! This is a test message sent from")


@pytest.mark.parametrize("status", [400, 404, 500, 302])
async def test_a_webhook_that_does_not_take_the_test_is_not_kept(world: World, status):
    with receiver(lambda _: status) as made:
        made.location = f"http://127.0.0.1:{made.port}/elsewhere"
        body = {"name": "hook", "url": f"http://localhost:{made.port}/"}
        code, _, message = await world.refused("POST", world.account(WEBHOOKS), json=body)

    assert code == 400
    assert message.startswith(f"webhook test failed with status code {status}")
    assert len(made.requests) == 1  # nobody is led on
    assert await world.ask("GET", world.account(WEBHOOKS)) == []


async def test_a_webhook_that_nobody_listens_at_is_not_kept(world: World):
    with receiver() as made:
        url = f"http://127.0.0.1:{made.port}/"
    code, _, message = await world.refused(
        "POST", world.account(WEBHOOKS), json={"name": "hook", "url": url}
    )

    assert (code, "ConnectError" in message) == (400, True)


async def test_an_event_reaches_the_webhook_in_the_published_form(world: World, hook: Receiver):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/in", secret=SECRET)
    policy_id = await policy(world, hooks=[made])
    before = int(time.time())

    await tell(world)

    sent = hook.requests[-1]
    body = dict(sent.body)
    assert sent.headers["cf-webhook-auth"] == SECRET
    assert sent.headers["content-type"] == "application/json"
    assert before <= body.pop("ts") <= time.time()
    assert len(body.pop("alert_correlation_id")) == 32
    assert body == {
        "name": "Service Down",
        "text": "Health check connect is Unhealthy",
        "data": {"account_name": "local", "account_tag": ACCOUNT_ID, **DOWN},
        "account_id": ACCOUNT_ID,
        "policy_id": policy_id,
        "policy_name": "Service Down",
        "alert_type": HEALTH,
        "alert_event": "ALERT_STATE_EVENT_START",
    }


async def test_the_end_of_an_incident_is_told_as_part_of_it(world: World, hook: Receiver):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/")
    await policy(world, hooks=[made])

    await tell(world, DOWN)
    await tell(world, UP)
    await tell(world, {**DOWN, "health_check_id": "cd" * 16})

    down, up, other = hook.bodies[1:]
    assert up["alert_event"] == "ALERT_STATE_EVENT_END"
    assert up["alert_correlation_id"] == down["alert_correlation_id"]
    assert other["alert_correlation_id"] != down["alert_correlation_id"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"enabled": False}, False),
        ({"alert_type": "tunnel_health_event"}, False),
        ({"filters": {"new_health": ["Unhealthy"]}}, True),
        ({"filters": {"new_health": ["Healthy"]}}, False),
        ({"filters": {"new_health": ["Healthy", "Unhealthy"], "health_check_id": ["x"]}}, False),
        ({"filters": {"zones": ["ab" * 16]}}, False),
        ({"filters": {}}, True),
    ],
)
async def test_only_a_policy_that_fits_tells(world: World, changes, told):
    await policy(world, emails=[MAIL], **changes)

    await tell(world)

    assert bool(await mails(world)) is told


@pytest.mark.parametrize(
    ("usage", "told"), [(7_999_999, False), (8_000_000, False), (8_000_001, True)]
)
async def test_a_usage_above_its_limit_is_told(world: World, usage, told):
    filters = {"product": ["worker_requests"], "limit": ["8000000"]}
    await policy(world, "billing_usage_alert", emails=[MAIL], filters=filters)

    await tell(world, {"product": "worker_requests", "usage": usage}, "billing_usage_alert")

    assert bool(await mails(world)) is told


async def test_an_incident_is_told_again_after_the_interval_only(world: World):
    await policy(world, emails=[MAIL], alert_interval="30m")

    await tell(world)
    await tell(world)
    assert len(await mails(world)) == 1
    await tell(world, {**DOWN, "health_check_id": "cd" * 16})
    assert len(await mails(world)) == 2
    await tell(world, UP)
    await tell(world)
    assert len(await mails(world)) == 4

    (line, *_) = [
        e for e in world.state.records.all(Kind.DISPATCH) if e["event"].endswith("START")
    ][-1:]
    world.state.note(
        lambda records: records.put(
            Kind.DISPATCH, line["id"], {**line, "sent": "2026-11-29T00:00:00.000000Z"}
        )
    )
    await tell(world)
    assert len(await mails(world)) == 5


async def test_a_mail_can_be_read_and_is_in_history_and_log(world: World, runtime):
    policy_id = await policy(world, emails=[MAIL])

    await tell(world)

    (mail,) = await mails(world)
    assert (mail["to"], mail["subject"]) == (MAIL, f"Service Down: {HEALTH}")
    assert mail["text"] == "Health check connect is Unhealthy"
    (line,) = await world.ask("GET", world.account(HISTORY))
    assert {name: line[name] for name in ("mechanism_type", "mechanism", "policy_id")} == {
        "mechanism_type": "email",
        "mechanism": MAIL,
        "policy_id": policy_id,
    }
    assert line["alert_body"] == mail["text"]
    assert not {"correlation", "event"} & line.keys()
    assert [text for text, _ in runtime.notes if text.startswith(f"mail to {MAIL}")]


async def test_a_slack_look_alike_gets_what_slack_takes(world: World, hook: Receiver):
    url = f"http://hooks.slack.com.localhost:{hook.port}/services/T0/B0/{SECRET}"
    made = await webhook(world, url)
    await policy(world, hooks=[made])

    await tell(world)

    greeting, sent = hook.requests
    assert greeting.body.keys() == {"text"}
    assert {each.path for each in hook.requests} == {f"/services/T0/B0/{SECRET}"}
    assert sent.headers["host"] == f"hooks.slack.com.localhost:{hook.port}"
    assert "cf-webhook-auth" not in sent.headers
    assert sent.body.keys() == {"text", "blocks"}
    assert "Health check connect is Unhealthy" in sent.body["text"]
    kept = await world.ask("GET", world.account(f"{WEBHOOKS}/{made}"))
    assert kept["type"] == "slack"
    assert kept["url"] == url.removesuffix(f"/{SECRET}")  # the secret is taken out of the address


async def test_the_secret_of_slack_may_be_given_by_itself(world: World, hook: Receiver):
    url = f"http://hooks.slack.com.localhost:{hook.port}/services/T0/B0"
    made = await webhook(world, url, secret=SECRET)

    assert hook.requests[0].path == f"/services/T0/B0/{SECRET}"
    assert (await world.ask("GET", world.account(f"{WEBHOOKS}/{made}")))["url"] == url


@pytest.mark.parametrize(
    ("address", "header", "keys"),
    [
        ("discord.com/api/webhooks/1/tok", None, {"content", "embeds"}),
        ("chat.googleapis.com/v1/spaces/x?key=k&token=t", None, {"text"}),
        ("open.feishu.cn/open-apis/bot/v2/hook/tok", None, {"msg_type", "content"}),
        (
            "api.datadoghq.com/api/v1/events",
            "dd-api-key",
            {"title", "text", "source_type_name"},
        ),
        (
            "api.opsgenie.com/v2/alerts",
            "authorization",
            {"message", "alias", "description", "details"},
        ),
    ],
)
async def test_a_service_that_is_known_gets_its_own_form(
    world: World, hook: Receiver, address, header, keys
):
    secret = {"secret": SECRET} if header else {}
    host, _, path = address.partition("/")
    made = await webhook(world, f"http://{host}.localhost:{hook.port}/{path}", **secret)
    await policy(world, hooks=[made])

    await tell(world)

    sent = hook.requests[-1]
    assert sent.path == f"/{path}"
    assert sent.body.keys() == keys
    assert header is None or sent.headers[header].endswith(SECRET)


def events_v2(body) -> int:
    """Answer as PagerDuty's Events API v2 does."""
    return 202 if {"routing_key", "event_action", "payload"} <= body.keys() else 400


async def test_pagerduty_is_no_webhook(world: World):
    with receiver(events_v2) as made:
        url = f"http://events.pagerduty.com.localhost:{made.port}/v2/enqueue"
        body = {"name": "pager", "url": url}
        code, _, message = await world.refused("POST", world.account(WEBHOOKS), json=body)

    assert (code, message) == (400, "webhook test failed with status code 400 Bad Request")


async def test_a_connected_pagerduty_service_is_triggered_and_resolved(world: World):
    with receiver(events_v2) as made:
        given = {
            "name": "on call",
            "key": SECRET,
            "url": f"http://127.0.0.1:{made.port}/v2/enqueue",
        }
        pager = await world.ask("POST", f"{LOCAL}/pagerduty", json=given)
        await policy(world, pagers=[pager["id"]])

        await tell(world, DOWN)
        await tell(world, UP)

    triggered, resolved = made.bodies
    assert triggered["routing_key"] == SECRET
    assert triggered["payload"]["summary"] == "Health check connect is Unhealthy"
    assert triggered["payload"]["source"]
    assert triggered["payload"]["severity"] == "error"
    assert (triggered["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert triggered["dedup_key"] == resolved["dedup_key"]
    listed = await world.client.get(world.account("/alerting/v3/destinations/pagerduty"))
    assert listed.json()["result"] == [{"id": pager["id"], "name": "on call"}]
    assert SECRET not in listed.text


async def test_nobody_outside_of_this_machine_is_contacted(world: World, runtime, monkeypatch):
    asked = []
    monkeypatch.setattr(sending, "post", lambda *given: asked.append(given))
    made = await webhook(world, f"https://hooks.slack.com/services/T0/B0/{SECRET}")
    await policy(world, hooks=[made])

    await tell(world)

    assert asked == []
    told = [text for text, _ in runtime.notes]
    assert len(told) == 2
    assert all("hooks.slack.com, which is not contacted from here" in each for each in told)
    assert not [each for each in told if SECRET in each]
    assert await world.ask("GET", world.account(HISTORY)) == []


async def test_a_receiver_is_asked_again_and_then_left(world: World, hook: Receiver, runtime):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/", secret=SECRET)
    await policy(world, hooks=[made])
    answers = iter([500, 500, 200, 500, 500, 500])
    hook.answer = lambda _: next(answers)

    await tell(world, DOWN)
    shown = await world.ask("GET", world.account(f"{WEBHOOKS}/{made}"))
    assert len(hook.requests) == 1 + 3
    assert (bool(shown["last_success"]), shown["last_failure"]) == (True, None)
    await tell(world, UP)

    assert len(hook.requests) == 1 + 3 + 3
    shown = await world.ask("GET", world.account(f"{WEBHOOKS}/{made}"))
    assert shown["last_failure"]
    told, level = runtime.notes[-1]
    assert told == "webhook 'hook' at 127.0.0.1 did not take it: 500 Internal Server Error"
    assert level == "error"


async def test_telling_waits_for_no_receiver(world: World, hook: Receiver):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/")
    await policy(world, hooks=[made])
    hook.pause = 0.6

    began = time.monotonic()
    await notify(world.state, HEALTH, DOWN)

    assert time.monotonic() - began < 0.3
    await world.state.background.settle()
    assert len(hook.requests) == 2


async def test_a_receiver_that_never_answers_ends_with_the_api(world: World, hook: Receiver):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/")
    await policy(world, hooks=[made])
    hook.pause = 3

    await notify(world.state, HEALTH, DOWN)
    began = time.monotonic()
    await world.state.background.close()

    assert time.monotonic() - began < 1


async def test_an_event_can_be_tried_out(world: World, hook: Receiver):
    made = await webhook(world, f"http://127.0.0.1:{hook.port}/")
    outside = await webhook(world, "https://alerts.example.com/")
    await policy(world, "tunnel_health_event", hooks=[made, outside], emails=[MAIL])
    event = {"alert_type": "tunnel_health_event", "about": {"tunnel_id": "t", "tunnel_name": "n"}}

    outcomes = await world.ask("POST", f"{LOCAL}/alerts", json=event)

    assert [(each["mechanism"], each["problem"]) for each in outcomes] == [
        ("email", None),
        ("webhook", None),
        ("webhook", dispatch.ELSEWHERE),
    ]
    assert hook.bodies[-1]["text"] == "Tunnel n is (new_status not known)"
    code, _, message = await world.refused("POST", f"{LOCAL}/alerts", json={"alert_type": "down"})
    assert (code, "none that Cloudflare has" in message) == (400, True)


async def test_only_the_newest_are_kept(world: World, monkeypatch):
    monkeypatch.setattr(dispatch, "KEPT", 3)
    await policy(world, emails=[MAIL])

    for number in range(5):
        await rehearse(world.state, HEALTH, {**DOWN, "health_check_name": str(number)})

    assert [each["text"].split()[2] for each in await mails(world)] == ["4", "3", "2"]
    assert len(await world.ask("GET", world.account(HISTORY))) == 3


async def test_a_tunnel_that_comes_and_goes_is_told(world: World):
    await policy(world, "tunnel_update_event", emails=[MAIL])
    tunnel = await world.ask("POST", world.account("/cfd_tunnel"), json={"name": "connect"})
    await world.ask("DELETE", world.account(f"/cfd_tunnel/{tunnel['id']}"))

    await world.state.background.settle()

    told = [each["text"] for each in await mails(world)]
    assert sorted(told) == ["Tunnel connect was created", "Tunnel connect was deleted"]
