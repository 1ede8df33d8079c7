"""A notification and its webhook under the engine, against the local API."""

import pulumi
import pytest

from components.monitoring import AlertArgs, DestinationArgs, Monitoring, MonitoringArgs
from components.notification import Notification, NotificationArgs
from components.sdk import cloudflare
from harness.clone import ACCOUNT
from tests.local.api.receiver import receiver

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

SECRET = "s3cr3t-canary-of-a-webhook"
FILTERS = {"new_healths": ("Unhealthy",), "health_check_ids": ("ab" * 16,)}


def program() -> None:
    hook = cloudflare.NotificationPolicyWebhooks(
        "pager",
        account_id=ACCOUNT,
        name="pager",
        url="https://hooks.chitty.cc/pager",
        secret=pulumi.Output.secret(SECRET),
    )
    told = NotificationArgs(
        notification="Service Down",
        alert_type="health_check_status_notification",
        filters=FILTERS,
        emails=("platform@chitty.cc",),
    )
    Notification("down", told, account_id=ACCOUNT, webhooks=(hook.id,))


def test_it_goes_up_stays_and_goes(engine, cloud):
    stack = engine.stack(program)
    policies = f"/accounts/{ACCOUNT}/alerting/v3/policies"

    stack.up()
    (kept,) = cloud.result("GET", policies)

    assert kept["filters"] == {"new_health": ["Unhealthy"], "health_check_id": ["ab" * 16]}
    assert kept["mechanisms"]["email"] == [{"id": "platform@chitty.cc"}]
    assert stack.preview().changes == {}
    stack.refresh()
    assert stack.preview().changes == {}
    assert SECRET not in str(stack.export())
    stack.destroy()
    assert cloud.result("GET", policies) == []


def told_at(port: int):
    """Make a program whose alert is told to a look-alike of Slack at *port*."""
    slack = f"http://hooks.slack.com.localhost:{port}/services/T0/B0"

    def run() -> None:
        args = MonitoringArgs(
            destinations=(
                DestinationArgs(name="slack", kind="webhook", url=slack),
                DestinationArgs(name="mail", kind="email", emails=("platform@chitty.cc",)),
            ),
            alerts=(
                AlertArgs(
                    name="down",
                    notification="test: down",
                    alert_type="tunnel_health_event",
                    to=("slack", "mail"),
                    filters={"new_statuses": ("TUNNEL_STATUS_TYPE_DOWN",)},
                    interval="30m",
                ),
            ),
        )
        secrets = {"slack": pulumi.Output.secret(SECRET)}
        Monitoring("told", args, account_id=ACCOUNT, secrets=secrets)

    return run


def test_what_is_monitored_is_told_to_a_look_alike_of_slack(engine, cloud):
    """PA-13: goes up, differs no more, tells, keeps its secret, and goes."""
    about = {"tunnel_id": "t", "tunnel_name": "connect", "new_status": "TUNNEL_STATUS_TYPE_DOWN"}
    event = {"alert_type": "tunnel_health_event", "about": about}
    with receiver() as slack:
        stack = engine.stack(told_at(slack.port))
        stack.up()

        assert stack.preview().changes == {}
        stack.refresh()
        assert stack.preview().changes == {}
        outcomes = cloud.result("POST", "/local/alerts", json=event)
        exported = str(stack.export())
        stack.destroy()

    assert [(each["mechanism"], each["problem"]) for each in outcomes] == [
        ("email", None),
        ("webhook", None),
    ]
    assert slack.requests[-1].path == f"/services/T0/B0/{SECRET}"
    assert "Tunnel connect is TUNNEL_STATUS_TYPE_DOWN" in slack.bodies[-1]["text"]
    assert SECRET not in exported
    for kept in ("policies", "destinations/webhooks"):
        assert cloud.result("GET", cloud.account(f"/alerting/v3/{kept}")) == []
