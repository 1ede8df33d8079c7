"""What of a stack may be split off it: some of what it has, into a stack that it is not."""

import getpass
import json
import shutil
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from harness.clone import ROOT
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import effective_config, state, state_location
from ops.stack.target import Target
from ops.stack_split import split, state_split
from ops.stack_split.split import Wanted, check
from ops.stack_split.state_split import Halves
from ops.state_store import layout, locks, versions
from ops.state_store.address import Address
from ops.state_store.folder import FolderStore

FILE = "Pulumi.staging.yaml"
ALL = ("chittyconnect", "chittyid", "project_awareness", "superinstance", "onepassword_connect")


@pytest.fixture
def paths(tmp_path):
    shutil.copy(ROOT / FILE, tmp_path / FILE)
    return Paths(tmp_path)


def test_a_stack_that_has_the_system_is_not_cut_yet(paths):
    assert check(paths, Wanted("staging", "another", ("chittyid",))) is False


def test_one_whose_files_were_cut_goes_on_with_its_state(paths):
    given = "config:\n  chittyos:environment: staging\n  chittyos:systems: [{}]\n"
    paths.tracked("staging").write_text(given.format("chittyconnect"))
    paths.tracked("another").write_text(given.format("superinstance"))

    assert check(paths, Wanted("staging", "another", ("superinstance",))) is True


REFUSED = {
    "a system that there is not": ("another", ("nobody",), "'nobody' is no system; there are: "),
    "all that it has": ("another", ALL, "name some of these, and not all"),
    "a name that is none": ("../another", ("chittyid",), "is no name of a stack"),
    "into itself": ("staging", ("chittyid",), "staging is the stack itself"),
}


@pytest.mark.parametrize(("new", "systems", "text"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_split_off_is_refused(paths, new, systems, text):
    with pytest.raises(OpsError, match=text):
        check(paths, Wanted("staging", new, systems))


def test_no_system_moves_into_a_stack_that_ends_with_its_pull_request(paths):
    shutil.copy(ROOT / "Pulumi.development.yaml", paths.root)

    with pytest.raises(OpsError, match="pr-7 is a name of stacks that end with their pull request"):
        check(paths, Wanted("development", "pr-7", ("chittyid",)))


def test_what_neither_file_has_cannot_move(paths):
    file = paths.tracked("staging")
    file.write_text("config:\n  chittyos:environment: staging\n  chittyos:systems: [chittyid]\n")

    with pytest.raises(OpsError, match="does not have superinstance, and nothing can move"):
        check(paths, Wanted("staging", "another", ("superinstance",)))


def test_what_names_policies_of_the_stack_is_moved_by_hand(paths):
    with paths.tracked("staging").open("a") as file:
        file.write("  chittyid:access: [{name: admin, policies: [people]}]\n")

    with pytest.raises(OpsError, match=r"chittyid:access: names policies .* docs/scale\.md"):
        check(paths, Wanted("staging", "another", ("chittyid",)))


CUT = state_split.cut
TOOLS = SimpleNamespace(engine=SimpleNamespace(path="pulumi"))
WANTED = Wanted("staging", "another", ("superinstance",))
STAYS, MOVES = {"urn": "stays", "type": "a:b:C"}, {"urn": "moves", "type": "a:b:C"}
OLD = {"resources": [STAYS, MOVES]}
KEPT, MOVED = {"resources": [STAYS]}, {"resources": [{**MOVES, "urn": "moved"}]}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Give what keeps the states as files."""
    made = FolderStore(Address(tmp_path.as_uri()))
    monkeypatch.setattr(state_location, "find", lambda _: made)
    monkeypatch.setattr(state_location, "cloud", lambda *_: None)
    return made


@pytest.fixture
def engine(monkeypatch, store):
    """Give the states of two stacks, by name, and have these moved from one to the other."""
    states: dict[str, dict[str, Any]] = {"staging": OLD, "another": {"resources": []}}

    def said(of):
        return {"deployment": states[of.target.name]}

    def bring_in(of, exported):
        states[of.target.name] = exported["deployment"]

    def session(_, target):
        return SimpleNamespace(target=target, tools=TOOLS)

    def target(_, name):
        return Target(name, "staging", {})

    monkeypatch.setattr(split, "read_target", target)
    monkeypatch.setattr(split, "equip", session)
    monkeypatch.setattr(split, "_made", lambda paths, of: session(paths, target(paths, of.new)))
    monkeypatch.setattr(state_split, "cut", lambda *_: Halves(KEPT, MOVED, ("moves",)))
    monkeypatch.setattr(state, "beside", lambda _, of: states[of.name]["resources"])
    monkeypatch.setattr(state, "exported", lambda of: json.dumps(said(of)))

    def put(_, name, exported, purpose):
        assert {each.user for each in locks.read(store, name)} == {
            f"{getpass.getuser()} ({purpose})"
        }
        states[name] = exported["deployment"]

    monkeypatch.setattr(split, "_bring_in", bring_in)
    monkeypatch.setattr(versions, "put", put)
    return states


def moving(agreed=OLD):
    return split.Move(Halves(KEPT, MOVED, ("moves",)), {"version": 3, "deployment": agreed})


def test_each_stack_gets_its_half(engine, paths):
    split.cut_state(paths, WANTED, moving())

    assert engine == {"staging": KEPT, "another": MOVED}


def test_each_stack_gets_its_half_where_the_engine_alone_reads_states(engine, paths, monkeypatch):
    monkeypatch.setattr(state_location, "find", lambda _: None)
    monkeypatch.delattr(versions, "put")

    split.cut_state(paths, WANTED, moving())

    assert engine == {"staging": KEPT, "another": MOVED}


def test_a_state_that_changed_since_it_was_agreed_to_is_not_written_over(engine, paths):
    """FW-4: an up on another machine, while the question is open, has made what nobody may lose."""
    before = {**engine}

    with pytest.raises(OpsError, match="somebody has changed the state of staging meanwhile"):
        split.cut_state(paths, WANTED, moving({"resources": [MOVES]}))

    assert engine == before


@pytest.mark.parametrize("stack", ["staging", "another"])
def test_while_somebody_changes_one_of_the_two_neither_is_written(engine, paths, store, stack):
    """Between comparing and writing an up of another machine ended, and what it made was lost."""
    before = {**engine}

    with (
        locks.hold(store, stack, "an up"),
        pytest.raises(OpsError, match=rf"stack {stack} is being changed by .*\(an up\)"),
    ):
        split.cut_state(paths, WANTED, moving())

    assert engine == before
    assert not any(locks.read(store, each) for each in engine)


def test_nobody_begins_to_change_one_of_the_two_before_both_are_written(
    engine, paths, store, monkeypatch
):
    """What the states say is asked for, and written, with both locked."""
    said, refused = state.exported, []

    def exported(of):
        for stack in engine:
            with pytest.raises(OpsError, match=r"\(ops split\)"):
                locks.refuse(store, stack)
            refused.append(stack)
        return said(of)

    monkeypatch.setattr(state, "exported", exported)

    split.cut_state(paths, WANTED, moving())

    assert refused == ["staging", "another"] * 2
    assert engine == {"staging": KEPT, "another": MOVED}
    assert not any(locks.read(store, each) for each in engine)


def test_the_lock_of_a_split_that_was_killed_keeps_nobody_out(engine, paths, store):
    facts = {"pid": 2**22 + 1, "hostname": socket.gethostname(), "username": "ada (ops split)"}
    store.write(f"{layout.locks('staging')}1.json", json.dumps(facts).encode())

    split.cut_state(paths, WANTED, moving())

    assert engine == {"staging": KEPT, "another": MOVED}


def test_the_locks_of_a_split_that_was_killed_after_its_last_write_go_with_the_next(
    engine, paths, store, monkeypatch
):
    """Nothing is left to move then, and the `up` that comes next would find both locked."""
    facts = {"pid": 2**22 + 1, "hostname": socket.gethostname(), "username": "ada (ops split)"}
    for stack in engine:
        store.write(f"{layout.locks(stack)}1.json", json.dumps(facts).encode())
    engine |= {"staging": KEPT, "another": MOVED}
    monkeypatch.setattr(state_split, "cut", lambda *_: Halves(KEPT, {"resources": []}, ()))

    assert split.plan(paths, WANTED).halves.urns == ()

    assert not any(locks.read(store, each) for each in engine)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("stack", ["staging", "another"])
def test_a_stack_that_somebody_changes_is_refused_before_a_file_is_cut(paths, store, stack):
    with (
        locks.hold(store, stack, "an up"),
        pytest.raises(OpsError, match=rf"stack {stack} is being changed by .*\(an up\)"),
    ):
        split.plan(paths, WANTED)


def test_a_stack_that_was_never_made_is_cut_by_its_files(engine, paths, monkeypatch):
    def exported(_):
        raise OpsError("pulumi stack failed: no stack named 'staging' found")

    engine["another"] = {"resources": []}
    monkeypatch.setattr(state, "exported", exported)
    monkeypatch.setattr(state_split, "cut", CUT)

    assert split.plan(paths, WANTED).halves.urns == ()


def test_a_stack_that_has_something_else_is_refused_before_a_file_is_cut(engine, paths):
    """Once they were cut no other stack could be named."""
    engine["another"] = {"resources": [STAYS]}

    with pytest.raises(OpsError, match="another has resources already, which are not those of"):
        split.plan(paths, WANTED)


@pytest.mark.parametrize("provider", [None, "awskms://alias/states"])
def test_a_new_stack_encrypts_as_the_old_one_does(paths, monkeypatch, provider):
    """A stack whose secrets are under a key of a cloud is not split into one with a passphrase."""
    if provider:
        with paths.tracked("staging").open("a") as file:
            file.write(f"secretsprovider: {provider}\n")
    run: list[list[str]] = []
    monkeypatch.setattr(effective_config, "pulumi", lambda _, command, **__: run.append(command))
    monkeypatch.setattr(
        split, "equip", lambda _, target: SimpleNamespace(target=target, tools=TOOLS)
    )
    monkeypatch.setattr(split, "environment_for", lambda *_: SimpleNamespace(apply=lambda: None))
    shutil.copy(paths.tracked("staging"), paths.tracked("another"))

    split._made(paths, WANTED)

    chosen = ["--secrets-provider", provider] if provider else []
    assert run == [["stack", "init", "another", "--no-select", *chosen]]
