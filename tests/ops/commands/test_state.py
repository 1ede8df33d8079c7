"""A stack whose state is in a bucket: brought up, and locked by another machine (FW-4).

What else is refused before the engine is started: `tests/ops/stack/test_state_location.py`.
"""

import json

import pytest

from harness.clone import ROOT, make_clone
from ops.state_store.address import Address
from ops.state_store.store import open_store
from tests.systems.with_tiny import add_tiny

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

STACK = "development"
STATE = f".pulumi/stacks/chittyos/{STACK}.json"
FOREIGN = f".pulumi/locks/organization/chittyos/{STACK}/1.json"
OF_RELEASES = f".pulumi/locks/organization/chittyos-releases/{STACK}/1.json"
LOCK = {"pid": 7, "username": "ada", "hostname": "runner-1", "timestamp": "2026-11-30T07:00:00Z"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with one small system, whose local Cloudflare runs and has a bucket."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    add_tiny(made.root)
    with made.configuration().open("a") as file:
        file.write((ROOT / "tests/systems/tiny/example.yaml").read_text())
    made.keep("tiny")
    started = made.ops("start")
    assert started.code == 0, started.said
    made.api("/r2/buckets", "POST", {"name": "states"})
    yield made
    made.end()


@pytest.fixture(scope="module")
def address(clone):
    endpoint = f"http://127.0.0.1:{clone.port + 2}"
    return Address(f"s3://states?endpoint={endpoint}&region=auto&s3ForcePathStyle=true")


@pytest.fixture(scope="module")
def keys(clone):
    """Give the variables by which the state is reached."""
    pair = json.loads((clone.root / ".local/cloudflare/r2-credentials.json").read_text())
    names = {"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY"}
    return {names[name]: value for name, value in pair.items() if name in names}


@pytest.fixture
def store(address, keys, monkeypatch):
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    return open_store(address)


@pytest.fixture(scope="module")
def ops(clone, address, keys):
    """Give a function that runs a command with its state in the bucket."""

    def run(*command, code=0, **given):
        done = clone.ops(*command, given={"CHITTYOS_LOCAL_STATE": address.url, **keys, **given})
        assert done.code == code, done.said
        assert keys["AWS_SECRET_ACCESS_KEY"] not in done.said
        return done

    return run


@pytest.fixture(scope="module")
def up(clone, ops):
    """Bring the stack up with its state in the bucket."""
    done = ops("up", STACK)
    assert not (clone.root / ".local/state/.pulumi").exists()
    return done


def test_the_state_is_in_the_bucket(up, store):
    assert "error" not in up.said
    assert json.loads(store.read(STATE))["checkpoint"]["latest"]["resources"]


@pytest.mark.usefixtures("up")
def test_a_second_up_is_refused_while_another_machine_is_at_it(ops, store):
    store.write(FOREIGN, json.dumps(LOCK).encode())
    before = store.read(STATE)

    refused = ops("up", STACK, code=1)

    said = " ".join(refused.err.split())
    assert f"{STACK} is being changed by process 7 of ada on runner-1 since" in said
    assert f"if it was killed: python -m ops state unlock {STACK}" in said
    assert store.read(STATE) == before
    store.write(OF_RELEASES, json.dumps(LOCK).encode())
    unlocked = ops("state", "unlock", STACK, "--yes")
    assert "locked by process 7 of ada on runner-1" in unlocked.out
    assert (store.read(FOREIGN), store.read(OF_RELEASES)) == (None, None)
