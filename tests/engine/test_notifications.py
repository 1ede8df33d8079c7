"""A notification and its webhook under the engine, against the local API."""

import pulumi
import pytest

from components.notification import Notification, NotificationArgs
from components.sdk import cloudflare
from harness.clone import ACCOUNT

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
