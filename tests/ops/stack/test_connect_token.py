"""The token of the look-alike of 1Password Connect reaches the stack by itself (CC-11)."""

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.generated_secrets import missing
from ops.stack.target import Target
from systems.chittyconnect.system import SYSTEM
from tests.config.examples import good

KEY = f"{SYSTEM.name}:ONEPASSWORD_CONNECT_TOKEN"
PAIR = '{"access_key_id": "a", "secret_access_key": "b"}'


@pytest.fixture
def paths(tmp_path):
    made = Paths(tmp_path)
    for folder in (made.stacks, made.connect_tokens):
        folder.mkdir(parents=True)
    (made.cloudflare / "r2-credentials.json").write_text(PAIR)
    (made.connect_tokens / SYSTEM.name).write_text("first")
    return made


@pytest.fixture
def target():
    config = {"chittyos:systems": [SYSTEM.name], **good()}
    return Target("development", "development", config)


def test_it_is_taken_up_once_and_again_where_another_was_issued(paths, target):
    made = missing(paths, target, {})
    assert made[KEY] == "first"
    assert missing(paths, target, made) == {}

    (paths.connect_tokens / SYSTEM.name).write_text("second")
    assert missing(paths, target, made) == {KEY: "second"}


def test_one_that_somebody_has_set_for_a_server_of_their_own_stays(paths, target):
    rest = {key: value for key, value in missing(paths, target, {}).items() if key != KEY}
    (paths.stacks / f"development.{SYSTEM.name}.connect").unlink()

    assert missing(paths, target, {**rest, KEY: "of my own"}) == {}


def test_without_one_it_is_said_how_it_is_made(paths, target):
    (paths.connect_tokens / SYSTEM.name).unlink()

    with pytest.raises(OpsError, match="no 1Password Connect token chittyconnect; run make start"):
        missing(paths, target, {})
