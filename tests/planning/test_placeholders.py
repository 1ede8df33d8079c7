"""Values that nobody filled in."""

import pytest

from planning.placeholders import is_placeholder, promises_secret

PLACEHOLDERS = [
    "YOUR_TOKEN_HERE_REPLACE_ME",
    "your-api-key",
    "<your token>",
    "${API_TOKEN}",
    "{{ token }}",
    "changeme",
    "change_me_please",
    "TODO: set",
    "xxxxxxxx",
    "****",
    "mcp_auth_9b69455f5f799a73f16484eb268aea50",
    "token-goes-here",
    "dummy",
    "secret123",
    "p@ssw0rd",
]
REAL = [
    "0" * 32,
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "https://connect.chitty.cc",
    "s3cr3t-canary-9f8e",
    "themselves",
    "info",
    "",
    "Xk2mVq9TzR4wPn8sLd7yGh3bJc6f",
]


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_recognised(value):
    assert is_placeholder(value)


@pytest.mark.parametrize("value", REAL)
def test_a_real_value_passes(value):
    assert not is_placeholder(value)


@pytest.mark.parametrize("name", ["API_TOKEN", "R2_SECRET_ACCESS_KEY", "KEY", "SLACK_WEBHOOK_URL"])
def test_a_name_can_promise_a_secret(name):
    assert promises_secret(name)


@pytest.mark.parametrize("name", ["R2_ACCESS_KEY_ID", "TOKEN_URL", "PUBLIC_KEY", "MONKEY", "LOG"])
def test_a_name_can_promise_none(name):
    assert not promises_secret(name)
