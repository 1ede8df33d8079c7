"""States that a real engine keeps in a bucket: listed, taken back, and locked meanwhile (FW-4)."""

import gzip
import json
import os
import shutil
import threading

import pytest

from ops.engine.process import as_sentence
from ops.errors import OpsError
from ops.run.operations import LOCKED
from ops.state_store import layout, locks, versions
from ops.state_store.address import Address
from ops.state_store.store import open_store
from tests.engine.engine import Engine
from tests.ops.states import SECRETS, STACK, gives

pytestmark = [pytest.mark.engine, pytest.mark.workerd]


@pytest.fixture
def store(bucket, deployed):
    """Give the bucket, with the state of a stack that was deployed once, and its version."""
    made, kept = open_store(bucket), open_store(Address((deployed.folder / "state").as_uri()))
    for each in kept.entries(".pulumi/"):
        made.write(each.key, kept.read(each.key) or b"")
    return made


@pytest.fixture
def engine(bucket, deployed, tmp_path):
    """Give an engine that keeps the state of that stack in the bucket."""
    folder = tmp_path / "engine"
    shutil.copytree(deployed.folder / f"work-{STACK}", folder / f"work-{STACK}")
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    environment = {**keys, "PULUMI_BACKEND_URL": bucket.url}
    return Engine(deployed.binary, folder, "", "", project="chittyos", environment=environment)


def answer(store):
    """Read the output out of the state that is stored."""
    content = store.read(layout.state(STACK))
    (stack,) = layout.deployment(content, "the state")["resources"]
    return stack["outputs"]["answer"]


def restore(store, wanted):
    """Take back the version whose id begins with *wanted*."""
    versions.take_back(store, STACK, versions.find(store, STACK, wanted))


def test_an_earlier_state_is_taken_back_and_the_engine_goes_on_from_it(engine, store):
    stack = engine.stack(gives(2), STACK)
    stack.up()
    second, first = versions.versions(store, STACK)
    assert second.described.startswith("update, succeeded")
    assert answer(store) == 2

    restore(store, first.id)

    assert answer(store) == 42
    kept, *others = versions.versions(store, STACK)
    assert (kept.about["kind"], others) == ("import", [second, first])
    stack.becomes(gives(3)).up()
    assert answer(store) == 3
    store.delete(layout.state(STACK))
    restore(store, first.id)
    assert stack.export()["resources"][0]["outputs"]["answer"] == 42
    assert not any(SECRETS[0].encode() in store.read(each.key) for each in store.entries(""))


def test_a_state_that_is_broken_is_kept_and_replaced_by_the_last_good_one(store):
    store.write(layout.state(STACK), b'{"version": 3, "checkp')
    (last,) = versions.versions(store, STACK)

    restore(store, last.id[:15])

    assert answer(store) == 42
    kept = versions.versions(store, STACK)[0]
    assert store.read(kept.key) == b'{"version": 3, "checkp'
    with pytest.raises(OpsError, match="is no state that can be read"):
        restore(store, kept.id)
    with pytest.raises(OpsError, match="no version of staging begin with '1111'"):
        restore(store, "1111")
    assert answer(store) == 42


@pytest.mark.parametrize("form", layout.FORMS[:2])
def test_what_the_engine_exports_is_put_in_the_place_of_a_state(engine, store, form):
    """As `stack import` does it, while a lock keeps all others out: secrets stay encrypted."""
    stack = engine.stack(gives(2), STACK)
    exported = json.loads(store.read(layout.state(STACK)))
    deployment = exported.pop("checkpoint")["latest"]
    deployment["resources"][0]["outputs"]["answer"] = 7
    if form == layout.FORMS[1]:
        store.write(layout.state(STACK, form), gzip.compress(store.read(layout.state(STACK))))
        store.delete(layout.state(STACK))

    with locks.hold(store, STACK, "a test"):
        versions.put(store, STACK, {**exported, "deployment": deployment}, "a test")

    assert layout.find_state(store, STACK) == layout.state(STACK, form)
    assert stack.export()["resources"][0]["outputs"]["answer"] == 7
    kept = versions.versions(store, STACK)[0]
    assert kept.described.endswith("what the state was before a test")
    assert layout.deployment(store.read(kept.key), "it")["resources"][0]["outputs"]["answer"] == 42
    stack.up()
    assert stack.export()["resources"][0]["outputs"]["answer"] == 2


def test_nobody_changes_a_state_while_an_engine_does(engine, store):
    begun, ends = threading.Event(), threading.Event()

    def slow():
        begun.set()
        ends.wait(120)

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
        with pytest.raises(OpsError, match=LOCKED[0]), as_sentence():
            first.automation.refresh()
    finally:
        ends.set()
        running.join()
    assert locks.read(store, STACK) == []


def test_the_engine_keeps_out_where_a_command_or_a_move_has_locked(engine, store):
    locks.mark_moved(store, STACK, "s3://new")

    with pytest.raises(OpsError, match=LOCKED[0]) as refused, as_sentence():
        engine.stack(gives(1), STACK).automation.refresh()

    assert "moved to s3://new by ops state migrate" in str(refused.value)


def test_a_version_of_another_stack_is_not_taken(store):
    urn = "urn:pulumi:production::chittyos::pulumi:pulumi:Stack::chittyos-production"
    state = {"version": 3, "checkpoint": {"latest": {"resources": [{"urn": urn}]}}}
    before = store.read(layout.state(STACK))
    begin = f"{layout.history(STACK)}{STACK}-1600000000000000000"
    store.write(f"{begin}.checkpoint.json", json.dumps(state).encode())

    with pytest.raises(OpsError, match="is of another stack than staging"):
        restore(store, "16")
    assert store.read(layout.state(STACK)) == before
