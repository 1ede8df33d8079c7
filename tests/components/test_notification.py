"""What a notification registers, and what is refused (ID-2, PA-16)."""

import pytest
from pydantic import ValidationError

from components.notification import Notification, NotificationArgs, usage_notification
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT = "ab" * 16
MAIL = "platform@chitty.cc"


def test_usage_of_a_product_is_told_by_mail():
    args = usage_notification("requests", "worker_requests", 8_000_000, (MAIL,))

    made = deploy(lambda: Notification("usage", args, account_id=ACCOUNT))

    policy = made["NotificationPolicy usage"].inputs
    assert policy["alertType"] == "billing_usage_alert"
    assert policy["filters"] == {"products": ["worker_requests"], "limits": ["8000000"]}
    assert policy["mechanisms"] == {"emails": [{"id": MAIL}]}
    assert policy["enabled"] is True
    assert made["NotificationPolicy usage"].parent == "chittyos:Notification usage"


def test_a_webhook_is_enough():
    args = NotificationArgs(notification="down", alert_type="tunnel_health_event")

    made = deploy(lambda: Notification("down", args, account_id=ACCOUNT, webhooks=("hook",)))

    policy = made["NotificationPolicy down"].inputs
    assert policy["mechanisms"] == {"webhooks": [{"id": "hook"}]}
    assert "filters" not in policy


def test_a_notification_that_tells_nobody_is_refused_before_anything_is_registered():
    args = NotificationArgs(notification="down", alert_type="tunnel_health_event")

    with pytest.raises(RefusedError, match="tells nobody"):
        deploy(lambda: Notification("down", args, account_id=ACCOUNT))


def test_an_address_stands_once():
    with pytest.raises(ValidationError, match="stands twice"):
        NotificationArgs(notification="down", alert_type="a", emails=(MAIL, MAIL))
