"""Secrets that a local stack is given without anybody setting them."""

import re

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.generated_secrets import missing
from ops.stack.target import Target
from systems.project_awareness.system import SYSTEM
from systems.system import Generated
from tests.config.examples import good

TOKEN = "c" * 40
OTHER = "d" * 40
KEYS = {name: f"{SYSTEM.name}:{name}" for name in SYSTEM.generated}


@pytest.fixture
def paths(tmp_path):
    made = Paths(tmp_path)
    made.stacks.mkdir(parents=True)
    made.cloudflare.mkdir(parents=True)
    (made.cloudflare / "token").write_text(f"{TOKEN}\n")
    return made


@pytest.fixture
def target():
    config = {"chittyos:systems": [SYSTEM.name], **good()}
    return Target("development", "development", config)


def named(kind):
    return [KEYS[name] for name, each in SYSTEM.generated.items() if each is kind]


def test_each_is_of_the_form_that_its_receiver_takes(paths, target):
    """PA-13: the look-alikes take them, and the local API its own token."""
    made = missing(paths, target, {})
    (pager,), (slack,) = named(Generated.PAGERDUTY_KEY), named(Generated.SLACK_WEBHOOK)

    assert re.fullmatch(r"[0-9a-f]{32}", made[pager])
    assert re.fullmatch(r"https://hooks\.slack\.com/services/T\w+/B\w+/\w{24}", made[slack])
    assert [made[key] for key in named(Generated.API_TOKEN)] == [TOKEN]
    assert set(made) == set(KEYS.values())


def test_what_is_there_stays(paths, target):
    made = missing(paths, target, {})

    assert missing(paths, target, made) == {}


def test_the_token_of_a_local_cloudflare_that_was_made_anew_is_taken_up(paths, target):
    """What is left of the old one would be refused by the new one."""
    made = missing(paths, target, {})
    (paths.cloudflare / "token").write_text(OTHER)

    assert missing(paths, target, made) == dict.fromkeys(named(Generated.API_TOKEN), OTHER)


def test_a_local_cloudflare_that_never_ran_has_no_token(paths, target):
    (paths.cloudflare / "token").unlink()

    with pytest.raises(OpsError, match="has no token; run make start"):
        missing(paths, target, {})
