"""Stacks whose states are in Pulumi Cloud, by the commands that the documents show (FW-4)."""

import json
import re
import shlex
import shutil

import httpx
import pytest
import yaml

from harness.clone import ROOT, kill_group, make_clone
from harness.look_alikes import pulumi_cloud
from tests.engine.engine import PASSPHRASE
from tests.ops import states
from tests.systems.with_tiny import add_tiny

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

STACK = "development"
API = "/api/stacks/somebody/chittyos"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with pulumi_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with one small system, whose local Cloudflare runs."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    add_tiny(made.root)
    with made.configuration().open("a") as file:
        file.write((ROOT / "tests/systems/tiny/example.yaml").read_text())
    made.keep("tiny")
    started = made.ops("start")
    assert started.code == 0, started.said
    yield made
    made.end()


@pytest.fixture(scope="module")
def ops(clone, cloud):
    """Give a function that runs a command with its state in the cloud."""
    token = cloud.variables["PULUMI_ACCESS_TOKEN"]

    def run(*command, code=0, **given):
        variables = {"CHITTYOS_LOCAL_STATE": cloud.url, "PULUMI_ACCESS_TOKEN": token, **given}
        done = clone.ops(*command, given=variables)
        assert done.code == code, done.said
        assert token not in done.said
        return done

    return run


@pytest.fixture(scope="module")
def up(clone, ops):
    """Bring the stack up with its state in the cloud."""
    done = ops("up", STACK)
    assert not (clone.root / ".local/state/.pulumi").exists()
    return done


def ask(cloud, method, path, body=None):
    headers = {"Authorization": f"token {cloud.variables['PULUMI_ACCESS_TOKEN']}"}
    answer = httpx.request(method, f"{cloud.url}{API}/{path}", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def test_the_state_is_in_the_cloud_and_a_second_up_changes_nothing(up, ops, cloud):
    assert "error" not in up.said
    assert ask(cloud, "GET", f"{STACK}/export")["deployment"]["resources"]
    assert ops("up", STACK).out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("up")
def test_a_second_up_is_refused_while_another_machine_is_at_it(ops, cloud):
    ask(cloud, "POST", f"{STACK}/begin-update", {"updateKind": "update", "program": {}})

    refused = ops("up", STACK, code=1)

    said = " ".join(refused.err.split())
    assert f"stack {STACK} is being changed by an update at {cloud.url}; wait for it to end" in said
    assert f"if it was killed: python -m ops state unlock {STACK}" in said
    unlocked = ops("state", "unlock", STACK, "--yes")
    assert f"unlocked; settle what was left half done: python -m ops up {STACK}" in unlocked.out
    assert f"nothing locks {STACK} in" in ops("state", "unlock", STACK, "--yes").out
    assert ops("up", STACK).out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("up")
def test_earlier_states_are_listed_and_one_is_taken_back(ops, cloud):
    listed = ops("state", "versions", STACK).out
    newest = int(re.findall(r"^(\d+) ", listed, re.MULTILINE)[0])

    ops("state", "restore", STACK, "1", "--yes")

    (latest, *_) = ask(cloud, "GET", f"{STACK}/updates")["updates"]
    assert (latest["version"], latest["kind"]) == (newest + 1, "import")
    refused = ops("state", "restore", STACK, str(newest + 2), "--yes", code=1)
    assert f"no version '{newest + 2}' of {STACK}; between 1 and {newest + 1}" in refused.err
    ops("state", "restore", STACK, str(newest), "--yes")
    assert ops("preview", STACK).out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("up")
def test_doctor_reads_the_state_there_and_says_when_it_cannot(clone, cloud):
    variables = {"CHITTYOS_LOCAL_STATE": cloud.url, **cloud.variables}

    def state(**given):
        done = clone.ops("doctor", STACK, "--json", given={**variables, **given})
        return [each for each in json.loads(done.out) if each["subject"] == "state"]

    assert state() == []
    (unknown,) = state(PULUMI_ACCESS_TOKEN="another")
    assert unknown["state"] == "not known"
    assert "another" not in unknown["said"]


def test_a_killed_up_is_settled_by_the_next(clone, ops, cloud, monkeypatch):
    """What its journal says is known: what was made is kept, what was half made is settled."""
    for name, value in cloud.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CHITTYOS_LOCAL_STATE", cloud.url)
    stack = "pr-1"
    clone.configuration(stack).write_text(clone.configuration().read_text())
    process = clone.begin("up", stack)
    for line in process.stdout:
        if line.startswith("  created "):
            break
    kill_group(process)
    assert ask(cloud, "GET", f"{stack}/export")["deployment"]["resources"]

    ops("state", "unlock", stack, "--yes")
    ops("up", stack)

    assert ops("preview", stack).out.splitlines()[-1] == "no changes"
    assert "pending_operations" not in ask(cloud, "GET", f"{stack}/export")["deployment"]
    ops("destroy", stack, "--yes")


def test_what_the_page_shows_leads_there_and_back(tmp_path, cloud):
    """FW-9: the commands of docs/state.md, in their order, on a stack that a real engine made."""
    engine = states.deploy(tmp_path)
    clone = make_clone(tmp_path / "clone")
    own, file = engine.folder / "work-staging", clone.configuration("staging")
    made, kept = (yaml.safe_load(each.read_text()) for each in (own / file.name, file))
    file.write_text(yaml.safe_dump({**made, "config": {**kept["config"], **made["config"]}}))
    old = (engine.folder / "state").as_uri()
    given = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, **cloud.variables}
    words = {"https://api.pulumi.com": cloud.url, "file:///var/states": old, "VERSION": "1"}
    shown = (ROOT / "docs" / "state.md").read_text().partition("\n## Pulumi Cloud\n")[2]
    lines = "".join(BLOCK.findall(shown.partition("\n## ")[0])).splitlines()
    commands = [line for line in lines if line.startswith("python -m ops state ")]

    for number, line in enumerate(commands):
        where = old if number == 0 else cloud.url
        command = [words.get(word, word) for word in shlex.split(line)[3:]]
        done = clone.ops(*command, *yes(command), given={**given, "PULUMI_BACKEND_URL": where})
        assert done.code == 0, done.said

    assert [line.split()[4] for line in commands] == [
        "migrate",
        "forget",
        "versions",
        "restore",
        "unlock",
    ]
    assert not list((engine.folder / "state" / ".pulumi" / "stacks").rglob("*.json"))
    shutil.rmtree(clone.root)


def yes(command):
    return [] if "versions" in command else ["--yes"]
