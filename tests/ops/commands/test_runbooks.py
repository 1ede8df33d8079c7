"""The commands of docs/runbooks.md, run as they stand there, one section after the other (FW-9)."""

import itertools
import json
import re
import shlex

import pytest
import yaml

from harness.clone import ROOT, make_clone
from tests.ops.commands.account_records import Kv, Records

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

TEXT = (ROOT / "docs" / "runbooks.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"--accept ([0-9a-f]{32})")
KEPT = {"cloudflare", "chittyos", "chittyconnect"}
"""Namespaces of the configuration: one system is up sooner than all."""

VALUE = bytes(range(256))


def commands(heading):
    """Return the blocks of commands below *heading*, each a list of lines."""
    _, _, rest = TEXT.partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    return [block.splitlines() for block in BLOCK.findall(section)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with one system up, and something in a store of it."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    config = yaml.safe_load(made.configuration().read_text())["config"]
    kept = {key: each for key, each in config.items() if key.partition(":")[0] in KEPT}
    kept["chittyos:systems"] = ["chittyconnect"]
    made.configuration().write_text(yaml.safe_dump({"config": kept}))
    for command in (("start",), ("up", "development")):
        done = made.ops(*command)
        assert done.code == 0, done.said
    yield made
    stopped = made.local("stop")
    assert stopped.code == 0, stopped.said


@pytest.fixture(scope="module")
def sessions(clone):
    """Give the namespace of sessions, with a value in it, as the account has it."""
    found = Kv(clone, "chittyconnect-token-kv-development")
    found.put("key", VALUE)
    return found


@pytest.fixture(scope="module")
def saved(clone, sessions):
    """Give what the command said that took the backup."""
    ((line,),) = commands("Take a backup")
    assert sessions.get("key") == VALUE
    return run(clone, line)


def run(clone, line, *, code=0, **given):
    """Run one line of a runbook; *given* stands for words of it."""
    words = [given.get(word, word) for word in shlex.split(line.partition("#")[0])]
    assert words[:3] == ["python", "-m", "ops"], line
    done = clone.ops(*words[3:])
    assert done.code == code, done.said
    return done


def test_a_backup_says_what_is_in_it_and_what_is_not(clone, saved):
    assert "kv chittyconnect-token-kv-development: 1 entries, 256 bytes" in saved.out
    assert "not in it: chittyconnect-events: messages that are under way" in saved.out
    manifest = json.loads((clone.root / "backup" / "manifest.json").read_text())
    assert {each["kind"] for each in manifest["copies"]} == {"d1", "kv", "r2", "objects"}
    state = json.loads((clone.root / "backup" / "state.json").read_text())
    assert len(state["deployment"]["resources"]) == len(clone.resources())


@pytest.mark.usefixtures("saved")
def test_what_differs_is_found_and_nothing_is_when_nothing_does(clone):
    ((drift,),) = commands("Somebody changed the account")

    assert "unchanged" in run(clone, drift).out
    assert "drifted" not in run(clone, f"{drift} --repair").out


HARMLESS = """
repair:
  - resource: Queue chittyconnect-events
    attribute: settings.deliveryDelay
    why: somebody slows it down to look, and forgets it
"""


@pytest.mark.usefixtures("saved")
def test_what_is_declared_harmless_is_put_back_and_nothing_else_is(clone):
    ((drift,),) = commands("Somebody changed the account")
    queues = Records(clone, "/queues", "queue_name", "queue_id")
    name = "chittyconnect-documents-events-development"
    queues.ask("PATCH", name, json={"settings": {"delivery_delay": 7}})

    found = run(clone, drift, code=3)
    assert "drifted: Queue chittyconnect-events\n    settings.deliveryDelay: " in found.out
    left = run(clone, f"{drift} --repair", code=3)
    assert "drifted" in left.out
    (clone.root / "drift.yaml").write_text(HARMLESS)
    repaired = run(clone, f"{drift} --repair")
    assert "repaired: Queue chittyconnect-events" in repaired.out
    assert queues.found(name)["settings"]["delivery_delay"] == 0


@pytest.mark.usefixtures("saved")
def test_a_wiped_account_has_everything_again(clone, sessions):
    (up, restore), (again,) = commands("Restore from a backup")
    reset = clone.ops("reset", "--yes")
    assert reset.code == 0, reset.said
    assert clone.ops("start").code == 0

    run(clone, up)
    assert "every byte as in the backup" in run(clone, restore).out
    assert sessions.get("key") == VALUE

    sessions.put("key", b"damaged")
    refused = run(clone, restore, code=1)
    assert "kv chittyconnect-token-kv-development of development has data" in refused.err
    assert sessions.get("key") == b"damaged"
    assert "every byte as in the backup" in run(clone, again).out
    assert sessions.get("key") == VALUE


@pytest.mark.usefixtures("saved")
def test_a_lost_store_is_agreed_to_made_and_filled(clone, sessions):
    (look, agree, up), (restore,) = commands("A store is lost")
    sessions.remove()

    lost = run(clone, look, code=1, production="development")
    assert "WorkersKvNamespace chittyconnect-sessions" in lost.err
    (accepted,) = HASH.findall(lost.err)
    run(clone, agree, production="development", HASH=accepted)
    run(clone, up, production="development")
    name = {"chittyconnect-documents": "chittyconnect-sessions"}
    run(clone, restore, production="development", **name)

    assert sessions.get("key") == VALUE


@pytest.mark.usefixtures("saved")
def test_a_lost_state_is_brought_back_and_says_what_is_there(clone):
    ((restore, drift),) = commands("The state is lost")
    run(clone, "python -m ops backup development --to later")
    for file in (clone.root / ".local/state/.pulumi/stacks/chittyos").glob("development.json*"):
        file.unlink()

    said = run(clone, restore, backup="later")

    assert "the state of development is that of" in said.out
    assert "missing" not in run(clone, drift).out
    assert "has a state" in run(clone, restore, code=1, backup="later").err


@pytest.mark.usefixtures("saved")
def test_a_broken_state_is_taken_back_and_a_lock_removed(clone):
    ((versions, restore, drift, up),) = commands("The state is broken")
    ((unlock, again),) = commands("The state is locked")
    state = clone.root / ".local/state/.pulumi/stacks/chittyos/development.json"
    state.write_text(state.read_text()[:1000])
    assert "cannot be read" in run(clone, up, code=1).err
    version, *_ = re.findall(r"^\d{19}", run(clone, versions).out, re.MULTILINE)

    run(clone, restore, VERSION=version)

    assert "missing" not in run(clone, drift).out
    lock = clone.root / ".local/state/.pulumi/locks/organization/chittyos/development/1.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": 7, "username": "ada", "hostname": "runner-1"}))
    assert "locked by process 7 of ada on runner-1" in run(clone, unlock).out
    run(clone, again)


@pytest.mark.usefixtures("saved")
def test_the_short_runbooks_run(clone):
    first = ("token", "issue", "development", "--system", "chittyconnect", "--id", "first")
    assert clone.ops(*first).code == 0
    *blocks, (whole,) = commands("Something new is bad")
    for heading in ("An `up` was killed", "A token has leaked", "Deploy something new"):
        blocks = [*commands(heading), *blocks]
    for line in itertools.chain.from_iterable(blocks):
        run(clone, line)
    refused = run(clone, whole, code=1, production="development")

    listed = clone.ops("token", "list", "development", "--system", "chittyconnect").out
    assert "second" in listed
    assert "first" not in listed
    assert "has no commit, so its code cannot be built again" in refused.err  # no git here


@pytest.mark.usefixtures("saved")
def test_a_check_has_a_verdict_for_each_point_and_one_for_all(clone):
    """CC-15, FW-10: each check is one command. A credential store is lacking here: a warning."""
    (daily, weekly, monthly), (errors,) = commands("What a check says")

    found = json.loads(run(clone, f"{daily} --format json", code=3).out)
    states = {each["subject"]: each["state"] for each in found["points"]}
    assert found["verdict"] == states["health of chittyconnect"] == "warning"
    assert states["containers"] == states["KV and D1"] == "not run"
    assert {"errors", "figures"} <= set(states)
    assert "quotas" in run(clone, weekly, code=3).out
    said = run(clone, monthly, code=3).out
    assert "byte for byte" in " ".join(said.split())
    assert "monthly check of development: warning" in said
    assert "of which 0 new" in run(clone, errors).out


@pytest.mark.usefixtures("saved")
def test_the_migrations_that_an_older_backup_lacks_are_named_with_what_applies_them(clone):
    """It comes last: what it adds to the program stays."""
    added = clone.root / "systems/chittyconnect/migrations/chittyconnect/006_later.sql"
    added.write_text("CREATE TABLE later (x TEXT);\n")
    run(clone, "python -m ops up development")

    copies = json.loads((clone.root / "backup" / "manifest.json").read_text())["copies"]
    (copy,) = [each for each in copies if each["kind"] == "d1"]
    databases = Records(clone, "/d1/database", "name", "uuid")
    look = {"sql": "SELECT name FROM sqlite_schema WHERE name = 'later'"}

    def tables():
        answer = databases.ask("POST", copy["label"], "/query", json=look)
        return answer.json()["result"][0]["results"]

    assert tables() == [{"name": "later"}]
    restore = f"python -m ops restore development backup --only {copy['name']} --replace --yes"
    said = " ".join(run(clone, restore).out.split())
    assert tables() == []
    (named,) = re.findall(r"1 migration is missing: .*006_later\.sql; apply it: (.*)", said)
    for line in named.split(" && "):
        run(clone, line)

    assert tables() == [{"name": "later"}]
