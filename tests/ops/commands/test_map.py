"""`ops map`: a map of every stack before its first `up`, offline; what is wrong is one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.stack_map.document import FORM

ROOT = Path(__file__).parents[3]
SYSTEMS = {"development": 5, "staging": 4, "production": 4}
"""Those of the tracked stacks: the host of Connect is a stack of its own but on the laptop."""

GOLDEN = Path(__file__).with_name("map_of_production.json")
WITH_NODE = {"PATH": os.environ["PATH"]}
NOBODY = "http://127.0.0.1:1"
NOWHERE = {"https_proxy": NOBODY, "http_proxy": NOBODY, "HOME": "/nonexistent"}


def run(*arguments, environ=None):
    return subprocess.run(
        [sys.executable, "-m", "ops", "map", *map(str, arguments)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draw every stack once; return the folder and what was said of each."""
    folder = tmp_path_factory.mktemp("maps")
    stacks = ("development", "staging", "production")
    return folder, {stack: run(stack, "--out", folder) for stack in stacks}


@pytest.mark.parametrize("stack", ["development", "staging", "production"])
def test_every_stack_has_a_map_before_its_first_up(drawn, stack):
    folder, done = drawn

    assert done[stack].returncode == 0, done[stack].stderr
    assert done[stack].stdout.startswith(f"{stack}, planned: {SYSTEMS[stack]} systems, ")
    for kind in ("html", "svg", "json"):
        assert f"wrote {folder / f'{stack}.{kind}'}" in done[stack].stdout
        assert (folder / f"{stack}.{kind}").stat().st_size > 1000


def test_the_map_of_production_is_the_one_that_was_looked_at(drawn):
    """FW-6: renew it by `ops map production --format json`, once what changed is meant."""
    folder, _ = drawn

    assert json.loads((folder / "production.json").read_text()) == json.loads(GOLDEN.read_text())


def test_it_needs_no_network_no_engine_and_no_account(tmp_path):
    done = run(
        "production", "--out", tmp_path, "--format", "json", environ={**WITH_NODE, **NOWHERE}
    )

    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["production.json"]


def test_an_owner_that_is_an_example_is_none(drawn):
    folder, _ = drawn
    [zone] = json.loads((folder / "staging.json").read_text())["zones"]

    assert (zone["name"], zone["owner"]) == ("chitty.cc", "not set yet")


def test_a_state_that_was_exported_is_drawn_as_deployed(tmp_path):
    state = tmp_path / "state.json"
    script = {
        "urn": "urn:pulumi:s::p::cloudflare:index/workersScript:WorkersScript::w",
        "type": "cloudflare:index/workersScript:WorkersScript",
        "inputs": {"scriptName": "alone"},
    }
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [script]}}))
    done = run("production", "--file", state, "--out", tmp_path, "--format", "json")

    shown = json.loads((tmp_path / "production.json").read_text())
    assert (shown["form"], shown["shows"]) == (FORM, "deployed")
    assert [each["name"] for each in shown["targets"]] == ["alone"]
    assert "exposed: nothing in the stack says whether worker alone answers" in done.stdout


WRONG = {
    "no stack": (("nowhere",), "Pulumi.nowhere.yaml does not exist"),
    "no folder": (("production", "--out", "/dev/null/x"), "--out /dev/null/x: Not a directory"),
    "no file": (("production", "--file", "/nowhere.json"), "/nowhere.json cannot be read"),
    "no state": (("production", "--file", str(ROOT / "Makefile")), "is no exported state"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(arguments, said, tmp_path):
    out = () if "--out" in arguments else ("--out", tmp_path)
    done = run(*arguments, *out)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
