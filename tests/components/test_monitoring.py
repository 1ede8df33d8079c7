"""What monitoring registers, and what is refused (PA-13)."""

import pulumi
import pytest
from pydantic import ValidationError

from components.monitoring import AlertArgs, DestinationArgs, Monitoring, MonitoringArgs
from tests.support import deploy

ACCOUNT = "ab" * 16
SECRET = "c4nary-of-a-webhook"
DESTINATIONS = (
    DestinationArgs(name="mail", kind="email", emails=("a@chitty.cc", "b@chitty.cc")),
    DestinationArgs(name="more", kind="email", emails=("b@chitty.cc",)),
    DestinationArgs(name="slack", kind="webhook", url="https://hooks.slack.com/services/T0/B0"),
    DestinationArgs(name="on-call", kind="pagerduty", service="cd" * 16),
)


def alert(*to, **changes):
    given = {"name": "down", "notification": "production: down", "to": to}
    return AlertArgs(**{"alert_type": "tunnel_health_event", **given, **changes})


def made_of(*alerts, destinations=DESTINATIONS):
    args = MonitoringArgs(destinations=destinations, alerts=alerts)
    return deploy(lambda: Monitoring("told", args, account_id=ACCOUNT, secrets={"slack": SECRET}))


def test_everybody_is_told_by_the_way_they_have():
    made = made_of(alert("mail", "more", "slack", "on-call", interval="30m"))

    policy = made["NotificationPolicy told-down"].inputs
    assert policy["mechanisms"] == {
        "emails": [{"id": "a@chitty.cc"}, {"id": "b@chitty.cc"}],
        "webhooks": [{"id": "told-slack-id"}],
        "pagerduties": [{"id": "cd" * 16}],
    }
    assert policy["alertInterval"] == "30m"
    assert policy["alertType"] == "tunnel_health_event"
    assert made["NotificationPolicy told-down"].parent == "chittyos:Notification told-down"
    assert made["chittyos:Notification told-down"].parent == "chittyos:Monitoring told"


def test_ways_that_nobody_has_are_left_out():
    policy = made_of(alert("mail"))["NotificationPolicy told-down"].inputs

    assert policy["mechanisms"].keys() == {"emails"}
    assert not {"filters", "alertInterval"} & policy.keys()


def test_a_webhook_keeps_its_secret():
    made = made_of(alert("slack"))

    hook = made["NotificationPolicyWebhooks told-slack"]
    assert hook.inputs["url"] == "https://hooks.slack.com/services/T0/B0"
    assert hook.is_secret("secret")
    assert hook.parent == "chittyos:Monitoring told"
    assert SECRET not in str(made["chittyos:Monitoring told"].inputs)


def test_filters_are_those_of_the_alert():
    made = made_of(alert("mail", filters={"new_statuses": ("TUNNEL_STATUS_TYPE_DOWN",)}))

    policy = made["NotificationPolicy told-down"].inputs
    assert policy["filters"] == {"newStatuses": ["TUNNEL_STATUS_TYPE_DOWN"]}


@pytest.mark.parametrize(
    ("destinations", "alerts", "said"),
    [
        (DESTINATIONS, (alert("nobody"),), "there is no destination nobody"),
        ((*DESTINATIONS, DESTINATIONS[0]), (alert("mail"),), "mail stands twice"),
        (DESTINATIONS, (alert("mail"), alert("mail")), "down stands twice"),
        ((), (alert("mail"),), "destinations"),
        (DESTINATIONS, (), "alerts"),
    ],
)
def test_what_does_not_fit_together_is_refused(destinations, alerts, said):
    with pytest.raises(ValidationError, match=said):
        MonitoringArgs(destinations=destinations, alerts=alerts)


def test_an_alert_that_cloudflare_has_not_is_refused():
    with pytest.raises((ValidationError, pulumi.RunError), match="no alert of Cloudflare's"):
        made_of(alert("mail", alert_type="service_down"))
