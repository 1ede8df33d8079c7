"""Locks in the engine's own form: who holds a stack, and how it is kept from others (FW-4)."""

import json
import os
import socket

import pytest

from ops.errors import OpsError
from ops.state_store import locks
from ops.state_store.address import LOGIN, Address
from ops.state_store.store import open_store

FOLDER = ".pulumi/locks/organization/chittyos/staging/"


def leave(store, name="1.json", **facts):
    """Leave a lock behind as an engine writes it."""
    content = {
        "pid": 1,
        "username": "ada",
        "hostname": "elsewhere",
        "timestamp": "2026-11-30T07:00:00Z",
    }
    store.write(FOLDER + name, json.dumps({**content, **facts}).encode())


def test_a_lock_of_another_machine_is_said_with_what_to_do(store):
    leave(store)

    with pytest.raises(OpsError) as refused:
        locks.refuse(store, "staging")

    assert "staging is being changed by process 1 of ada on elsewhere since" in str(refused.value)
    assert "if it was killed: python -m ops state unlock staging" in str(refused.value)


def test_a_lock_of_a_dead_process_of_this_machine_is_said_to_be_dead(store):
    leave(store, pid=2**22 + 1, hostname=socket.gethostname())

    with pytest.raises(OpsError, match=r"process 4194305 of ada on \S+ since \S+, which is dead"):
        locks.refuse(store, "staging")


def test_a_lock_that_was_cut_off_is_one_of_a_dead_process(store):
    store.write(FOLDER + "1.json", b'{"pid": 12')

    (found,) = locks.read(store, "staging")

    assert found.is_dead


def test_who_holds_a_stack_keeps_others_out_and_leaves_nothing(store):
    with locks.hold(store, "staging", "a test"):
        (found,) = locks.read(store, "staging")
        assert (found.pid, found.host) == (os.getpid(), socket.gethostname())
        assert "(a test)" in found.user
        with pytest.raises(OpsError, match="staging is being changed by"):
            locks.hold(store, "staging", "another").__enter__()

    assert locks.read(store, "staging") == []


def test_of_two_at_the_same_moment_none_goes_on(store, monkeypatch):
    """As the engine has it: each sees the other's lock after it wrote its own."""
    monkeypatch.setattr(locks, "refuse", lambda *_: leave(store))

    with pytest.raises(OpsError, match="on elsewhere"), locks.hold(store, "staging", "a test"):
        pytest.fail("went on")

    assert [each.host for each in locks.read(store, "staging")] == ["elsewhere"]


def test_where_a_state_was_moved_to_is_said(store):
    locks.mark_moved(store, "staging", "s3://new")

    with pytest.raises(OpsError, match=r"was moved to s3://new; set PULUMI_BACKEND_URL to that"):
        locks.refuse(store, "staging")
    (left,) = locks.read(store, "staging")
    assert not left.is_dead  # it outlives its process


def test_where_a_state_was_moved_to_is_said_to_who_is_logged_in(folder):
    store = open_store(Address(folder.url, LOGIN))
    locks.mark_moved(store, "staging", "s3://new")

    with pytest.raises(OpsError, match=r"was moved to s3://new; pulumi login 's3://new'"):
        locks.refuse(store, "staging")


def test_without_ps_a_process_that_is_there_is_taken_for_one_that_holds_the_lock(
    folder, monkeypatch
):
    monkeypatch.setenv("PATH", str(folder.folder))
    store = open_store(folder)
    leave(store, pid=os.getppid(), hostname=socket.gethostname())

    (found,) = locks.read(store, "staging")

    assert not found.is_dead
