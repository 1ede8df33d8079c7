"""A map is drawn of a configuration whose secrets nobody opened: nothing may look into one."""

from dataclasses import replace

import pytest

from config import load
from config.reading.source import SEALED
from systems import platform
from systems.registry import SYSTEMS
from tests.config.examples import good, source
from tests.support import deploy

TOLD_BY_SLACK = {
    "destinations": [{"name": "alerts", "kind": "slack"}],
    "alerts": [{"name": "tunnel", "type": "tunnel_health_event", "to": ["alerts"]}],
}
ADDRESS = "chittyos:SLACK_WEBHOOK_URL"


@pytest.mark.parametrize("stack", ["development", "staging", "production"])
def test_a_platform_is_made_of_sealed_secrets(stack):
    given = {**good(stack), "chittyos:monitoring": TOLD_BY_SLACK, ADDRESS: SEALED}
    given["chittyos:zones"] = [{**given["chittyos:zones"][0], "plan": "pro"}]
    opened = source(given, stack)
    values = {k: SEALED if k in opened.secret_keys else v for k, v in opened.values.items()}
    keys = opened.secret_keys | {ADDRESS}
    config = load(stack, SYSTEMS, replace(opened, values=values, secret_keys=keys, sealed=True))

    made = deploy(lambda: platform.build(config), stack=stack)

    assert any(name.startswith("NotificationPolicyWebhooks ") for name in made)
