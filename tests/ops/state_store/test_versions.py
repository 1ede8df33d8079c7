"""States that a real engine keeps in a bucket: listed, taken back, and locked meanwhile (FW-4)."""

import json
import os
import threading

import pulumi
import pytest

from ops.engine.process import as_sentence
from ops.errors import OpsError
from ops.run.operations import LOCKED
from ops.state_store import layout, locks, versions
from ops.state_store.store import open_store
from tests.engine.conftest import binary
from tests.engine.engine import Engine

__all__ = ["binary"]

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

STACK = "staging"
SECRET = "a value that nobody may read"


@pytest.fixture
def store(bucket):
    return open_store(bucket)


@pytest.fixture
def engine(binary, bucket, tmp_path):
    """Give an engine that keeps its states in the bucket."""
    folder = tmp_path / "engine"
    folder.mkdir()
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    environment = {**keys, "PULUMI_BACKEND_URL": bucket.url}
    return Engine(binary, folder, "", "", project="chittyos", environment=environment)


def gives(value):
    """Return a program whose stack has one output, *value*, and a secret one."""

    def program():
        pulumi.export("answer", value)
        pulumi.export("secret", pulumi.Output.secret(SECRET))

    return program


def answer(store):
    """Read the output out of the state that is stored."""
    content = store.read(layout.state(STACK))
    (stack,) = layout.deployment(content, "the state")["resources"]
    return stack["outputs"]["answer"]


def restore(store, wanted):
    """Take back the version whose id begins with *wanted*."""
    versions.take_back(store, STACK, versions.find(store, STACK, wanted))


def test_an_earlier_state_is_taken_back_and_the_engine_goes_on_from_it(engine, store):
    stack = engine.stack(gives(1), STACK)
    stack.up()
    stack.becomes(gives(2)).up()
    second, first = versions.versions(store, STACK)
    assert second.described.startswith("update, succeeded")
    assert answer(store) == 2

    restore(store, first.id)

    assert answer(store) == 1
    kept, *others = versions.versions(store, STACK)
    assert (kept.about["kind"], others) == ("import", [second, first])
    assert stack.export()["resources"][0]["outputs"]["answer"] == 1
    stack.becomes(gives(3)).up()
    assert answer(store) == 3
    store.delete(layout.state(STACK))
    restore(store, first.id)
    assert answer(store) == 1
    assert not any(SECRET.encode() in store.read(each.key) for each in store.entries(""))


def test_a_state_that_is_broken_is_kept_and_replaced_by_the_last_good_one(engine, store):
    engine.stack(gives(1), STACK).up()
    store.write(layout.state(STACK), b'{"version": 3, "checkp')
    (last,) = versions.versions(store, STACK)

    restore(store, last.id[:15])

    assert answer(store) == 1
    kept = versions.versions(store, STACK)[0]
    assert store.read(kept.key) == b'{"version": 3, "checkp'
    with pytest.raises(OpsError, match="is no state that can be read"):
        restore(store, kept.id)
    with pytest.raises(OpsError, match="no version of staging begin with '1111'"):
        restore(store, "1111")
    assert answer(store) == 1


def test_nobody_changes_a_state_while_an_engine_does(engine, store):
    begun, ends = threading.Event(), threading.Event()

    def slow():
        begun.set()
        ends.wait(120)

    engine.stack(gives(1), STACK).up()
    (version,) = versions.versions(store, STACK)
    first = engine.stack(slow, STACK)
    running = threading.Thread(target=first.up)
    running.start()
    try:
        assert begun.wait(120)
        (lock,) = locks.read(store, STACK)
        assert (lock.is_here, lock.is_dead) == (True, False)
        with pytest.raises(OpsError, match=f"changed by process {lock.pid} of .* which runs"):
            restore(store, version.id)
        with pytest.raises(OpsError, match=LOCKED), as_sentence():
            engine.stack(gives(2), STACK).automation.refresh()
    finally:
        ends.set()
        running.join()
    assert locks.read(store, STACK) == []


def test_the_engine_keeps_out_where_a_command_or_a_move_has_locked(engine, store):
    stack = engine.stack(gives(1), STACK)
    stack.up()
    locks.mark_moved(store, STACK, "s3://new")

    with pytest.raises(OpsError, match=LOCKED) as refused, as_sentence():
        stack.automation.refresh()

    assert "moved to s3://new by ops state migrate" in str(refused.value)


def test_a_version_of_another_stack_is_not_taken(store):
    urn = "urn:pulumi:production::chittyos::pulumi:pulumi:Stack::chittyos-production"
    state = {"version": 3, "checkpoint": {"latest": {"resources": [{"urn": urn}]}}}
    begin = f"{layout.history(STACK)}{STACK}-1700000000000000000"
    store.write(f"{begin}.checkpoint.json", json.dumps(state).encode())

    with pytest.raises(OpsError, match="is of another stack than staging"):
        restore(store, "17")
    assert store.read(layout.state(STACK)) is None
