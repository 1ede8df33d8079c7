"""A rehearsal has example values where only the owner has real ones, and none of the secrets."""

import pytest

from config import Source
from config.reading.source import SEALED
from ops.paths import Paths
from ops.stack.ephemeral import example
from ops.stack.target import Target, read_target
from tests.config.examples import load

API = "http://127.0.0.1:4400/client/v4"
SECRETS = (
    "chittyconnect:API_TOKENS",
    "chittyconnect:R2_ACCESS_KEY_ID",
    "chittyconnect:R2_SECRET_ACCESS_KEY",
    "chittyid:ADMIN_TOKEN",
    "chittyid:CHITTY_ID_TOKEN",
    "project_awareness:API_TOKENS",
    "project_awareness:SERVICE_TOKEN",
    "project_awareness:SIGNING_KEY",
    "superinstance:ANTHROPIC_API_KEY",
    "superinstance:OPENAI_API_KEY",
    "superinstance:SERVICE_KEY",
    "superinstance:STRIPE_WEBHOOK_SECRET",
)


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_the_tracked_stacks_are_complete_when_rehearsed(stack):
    config = example(read_target(Paths(), stack), API)
    sealed = dict.fromkeys(SECRETS, SEALED)

    loaded = load(
        stack, Source(f"Pulumi.{stack}.yaml", {**config, **sealed}, frozenset(sealed), sealed=True)
    )

    assert loaded.base_url == API
    assert loaded.deployment.environment == stack
    assert loaded.retain


def test_what_is_set_stays_and_secrets_go():
    zones = [{"name": "chitty.cc", "id": "a" * 32, "plan": "pro", "owner": "production"}]
    config = {
        "chittyos:account": "b" * 32,
        "chittyos:zones": zones,
        "chittyconnect:API_TOKENS": {"secure": "v1:x"},
    }

    copied = example(Target("staging", "staging", config), API)

    assert copied["chittyos:account"] == "b" * 32
    assert copied["chittyos:zones"] == zones
    assert "chittyconnect:API_TOKENS" not in copied
    assert Target("staging", "staging", copied).local


def test_a_rehearsal_changes_nothing_of_what_it_copies():
    config = {"chittyos:zones": [{"name": "chitty.cc"}]}

    example(Target("staging", "staging", config), API)

    assert config == {"chittyos:zones": [{"name": "chitty.cc"}]}
