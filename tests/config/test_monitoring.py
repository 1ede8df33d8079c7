"""Who is told of what, in the configuration (PA-13, FW-12): names, kinds, secrets, plans."""

import pytest

from tests.config.examples import CANARY, good, load, problems, source

KEY = "chittyos:monitoring"
SLACK = f"https://hooks.slack.com/services/T0/B0/{CANARY}"
MAIL = {"name": "platform", "kind": "email", "emails": ["platform@chitty.cc"]}
CHANNEL = {"name": "channel", "kind": "slack"}
HOOK = {"name": "own", "kind": "webhook", "url": "https://alerts.chitty.cc/in"}
PAGER = {"name": "on-call", "kind": "pagerduty", "service": "ab" * 16}
DOWN = {"name": "down", "type": "tunnel_health_event", "to": ["platform"]}


def stack(destinations=(MAIL,), alerts=(DOWN,), plan="business", stack="production", **secrets):
    values = good(stack)
    zones = [{**zone, "plan": plan} for zone in values["chittyos:zones"]]
    given = {f"chittyos:{name}": value for name, value in secrets.items()}
    told = {"destinations": list(destinations), "alerts": list(alerts)}
    return {**values, "chittyos:zones": zones, KEY: told, **given}


def sealed(values, stack="production"):
    """Make a source that knows the secrets of the platform, too."""
    made = source(values, stack)
    own = {
        key for key in values if key in {"chittyos:SLACK_WEBHOOK_URL", "chittyos:WEBHOOK_SECRET"}
    }
    return type(made)(made.file, made.values, made.secret_keys | own)


def said(values):
    return dict(problems(values, "production"))


def told(*names):
    return ({**DOWN, "to": list(names)},)


def test_it_is_read_with_its_secrets():
    values = stack(
        (MAIL, CHANNEL, HOOK, PAGER),
        told("platform", "channel", "own", "on-call"),
        SLACK_WEBHOOK_URL=SLACK,
        WEBHOOK_SECRET=f"hook-{CANARY}",
    )

    config = load("production", sealed(values))

    monitoring = config.deployment.monitoring
    assert [each.kind for each in monitoring.destinations] == [
        "email",
        "slack",
        "webhook",
        "pagerduty",
    ]
    assert monitoring.alerts[0].to == ("platform", "channel", "own", "on-call")
    url = config.secrets.SLACK_WEBHOOK_URL
    assert url is not None
    assert url.get_secret_value() == SLACK
    assert CANARY not in repr(config)


@pytest.mark.parametrize("name", ["production", "staging"])
def test_the_stacks_that_are_real_tell_somebody(name):
    types = {
        alert.type for alert in load(name, source(good(name), name)).deployment.monitoring.alerts
    }

    assert {
        "tunnel_health_event",
        "expiring_service_token_alert",
        "security_insights_alert",
    } <= types


@pytest.mark.parametrize(
    ("destination", "text"),
    [
        ({**MAIL, "emails": []}, "kind email needs emails"),
        ({**MAIL, "url": "https://a.chitty.cc/"}, "kind email has no url"),
        ({**CHANNEL, "url": "https://a.chitty.cc/"}, "kind slack has no url"),
        ({**HOOK, "url": None}, "kind webhook needs url"),
        ({**PAGER, "service": None}, "kind pagerduty needs service"),
    ],
)
def test_a_kind_has_its_own_fields(destination, text):
    found = said(stack([destination], told(destination["name"])))

    assert text in found[f"{KEY}.destinations[0]"]
    assert CANARY not in str(found)


@pytest.mark.parametrize("kind", ["slack", "webhook"])
def test_an_address_that_is_a_credential_stands_nowhere_in_clear(kind):
    found = said(stack([{**HOOK, "kind": kind, "url": SLACK}], told("own")))

    assert "is kind slack, with its address as the secret" in found[f"{KEY}.destinations[0].url"]
    assert CANARY not in str(found)


def test_the_secret_of_webhooks_goes_over_https_alone():
    hook = {**HOOK, "url": "http://alerts.chitty.cc/in"}

    found = said(stack([hook], told("own")))

    assert "write https://" in found[f"{KEY}.destinations[0].url"]


def test_pagerduty_is_no_webhook():
    hook = {**HOOK, "url": "https://events.pagerduty.com/v2/enqueue"}
    found = said(stack([hook], told("own"), WEBHOOK_SECRET=f"hook-{CANARY}"))

    assert "kind pagerduty" in found[f"{KEY}.destinations[0].url"]


@pytest.mark.parametrize(
    ("alert", "path", "text"),
    [
        ({**DOWN, "type": "service_down"}, "type", "tunnel_health_event"),
        ({**DOWN, "to": []}, "to", "at least one"),
        ({**DOWN, "to": ["nobody"]}, "to[0]", "platform"),
        ({**DOWN, "to": ["platform", "platform"]}, "to", "2 times"),
        ({**DOWN, "interval": "soon"}, "interval", "30m"),
        ({**DOWN, "name": "Down"}, "name", "Down"),
    ],
)
def test_a_mistake_is_said_at_its_place(alert, path, text):
    assert text in said(stack(alerts=[alert]))[f"{KEY}.alerts[0].{path}"]


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"new_healths": ["Unhealthy"]}, "it has new_statuses, tunnel_ids"),
        ({"new_statuses": []}, "is empty"),
    ],
)
def test_a_filter_that_the_alert_has_not_is_refused(filters, text):
    assert text in said(stack(alerts=[{**DOWN, "filters": filters}]))[f"{KEY}.alerts[0]"]


@pytest.mark.parametrize(
    ("destination", "plan", "needed"),
    [
        (CHANNEL, "free", "pro"),
        (HOOK, "free", "pro"),
        (PAGER, "free", "business"),
        (PAGER, "pro", "business"),
    ],
)
def test_a_plan_that_lacks_it_is_said_with_what_does_the_work_instead(destination, plan, needed):
    found = said(stack([destination], told(destination["name"]), plan=plan))

    text = found[f"{KEY}.destinations[0]"]
    assert f"needs a zone on the {needed} plan" in text
    assert "mail the" in text


def test_an_alert_of_what_the_plan_has_not_is_refused():
    alert = {**DOWN, "type": "health_check_status_notification"}

    assert "pro plan" in said(stack(alerts=[alert], plan="free"))[f"{KEY}.alerts[0].type"]
    assert load("production", source(stack(alerts=[alert], plan="pro"), "production"))


@pytest.mark.parametrize(
    ("destination", "secret"), [(CHANNEL, "SLACK_WEBHOOK_URL"), (HOOK, "WEBHOOK_SECRET")]
)
def test_a_secret_that_is_needed_has_to_be_set(destination, secret):
    found = said(stack([destination], told(destination["name"])))

    command = f"python -m ops secret set production chittyos.{secret}"
    assert command in found[f"chittyos:{secret}"]


def test_a_secret_in_clear_is_refused():
    found = said(stack([CHANNEL], told("channel"), SLACK_WEBHOOK_URL=SLACK))

    assert "stands in clear" in found["chittyos:SLACK_WEBHOOK_URL"]
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/services/T0/B0/x",
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com/services/T0/B0",
        "https://hooks.slack.com.evil.example/services/T0/B0/x",
    ],
)
def test_the_address_of_slack_is_one(url):
    values = stack([CHANNEL], told("channel"), SLACK_WEBHOOK_URL=url)
    with pytest.raises(Exception, match="is no address of a Slack webhook"):
        load("production", sealed(values))


def test_a_look_alike_is_for_development():
    here = "http://hooks.slack.com.localhost:8080/services/T0/B0/secretpart"
    values = stack([CHANNEL], told("channel"), SLACK_WEBHOOK_URL=here)

    with pytest.raises(Exception, match="leads to this machine"):
        load("production", sealed(values))


def test_who_is_told_of_nothing_is_said():
    assert "is told of nothing" in said(stack([MAIL, PAGER]))[f"{KEY}.destinations[1].name"]


def test_names_stand_once():
    found = said(stack([MAIL, MAIL], [DOWN, DOWN]))

    assert "2 times" in found[f"{KEY}.destinations"]
    assert "2 times" in found[f"{KEY}.alerts"]


TWICE = ["platform@chitty.cc"] * 2
POOL = {"name": "p", "origins": [{"name": "o", "address": "o.chitty.cc"}]}


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        (KEY, {"destinations": [{**MAIL, "emails": TWICE}]}, "destinations[0].emails"),
        ("chittyos:access", {"policies": [], "emails": TWICE}, "emails"),
        (
            "chittyos:balancers",
            [{"host": "global.chitty.cc", "pools": [POOL], "emails": TWICE}],
            "[0].emails",
        ),
        ("chittyid:edge", {"health_checks": [{"name": "a", "emails": TWICE}]}, "[0].emails"),
        (
            "chittyos:usage_notifications",
            [{"product": "worker_requests", "limit": 1, "emails": TWICE}],
            "[0].emails",
        ),
    ],
    ids=["destination", "tokens", "balancer", "health check", "usage"],
)
def test_an_address_is_told_once(key, value, path):
    """A notification with one twice would be refused while resources are made."""
    found = problems({**good("production"), key: value}, "production")

    assert any(where.endswith(path) and "more than once" in text for where, text in found), found


def test_a_name_of_a_pool_has_no_bracket_left():
    pools = [{**POOL, "name": "p{x}"}, {**POOL, "name": "p-{stack}"}]
    balancer = {"host": "global.chitty.cc", "pools": pools}

    (found,) = problems({**good("production"), "chittyos:balancers": [balancer]}, "production")

    assert found[0] == "chittyos:balancers[0].pools[0].name"
