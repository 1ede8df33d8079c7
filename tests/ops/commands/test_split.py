"""A system of a stack in a stack of its own: nothing is replaced, and what was stopped goes on."""

import json
import re

import httpx
import pytest

from harness.clone import ROOT, make_clone
from tests.systems.with_tiny import add_tiny

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

NEW = "development-tiny"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPLIT = ("split", "development", NEW, "tiny")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with two systems in one stack, which is up, and something stored in each."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    add_tiny(made.root)
    with made.configuration().open("a") as file:
        file.write((ROOT / "tests/systems/tiny/example.yaml").read_text())
    made.keep("chittyid", "tiny")
    for command in (("start",), ("up", "development")):
        done = made.ops(*command)
        assert done.code == 0, done.said
    yield made
    made.end()


def of_the_account(clone, stack):
    """Return the ids of what *stack* has in the account, by type and name."""
    kept = (each for each in clone.resources(stack) if each.get("id"))
    return {each["urn"].split("::", 2)[2]: each["id"] for each in kept}


def planned(clone, stack):
    """Return the steps of a preview of *stack* that touch the account.

    A provider of dynamic resources has the whole configuration, which is shorter than it was.
    """
    file = clone.root / f"{stack}.plan.json"
    done = clone.ops("preview", stack, "--out", str(file))
    assert done.code == 0, done.said
    steps = json.loads(file.read_text())["steps"]
    kinds = {each["urn"]: (each["newState"] or each["oldState"])["type"] for each in steps}
    own = ("chittyos:", "pulumi:")
    return [
        f"{each['op']} {each['urn']}" for each in steps if not kinds[each["urn"]].startswith(own)
    ]


def salt(clone, stack):
    """Return a secret of the system as *stack* has it."""
    done = clone.pulumi("config", "get", "tiny:SALT", "--stack", stack, stack=stack)
    assert done.code == 0, done.said
    return done.out


def greeted(clone):
    url = f"http://127.0.0.1:{clone.port + 1}/greeting"
    headers = {"Host": "tiny-development.chitty.cc"}
    return httpx.get(url, headers=headers, timeout=60).status_code


def test_a_system_moves_and_nothing_of_it_is_replaced(clone):
    """FW-4: ids and secrets stay, both plans are empty before and after an up, and it answers."""
    before, known = of_the_account(clone, "development"), salt(clone, "development")

    done = clone.ops(*SPLIT, "--yes")

    assert done.code == 0, done.said
    there, left = of_the_account(clone, NEW), of_the_account(clone, "development")
    assert {**left, **there} == before
    assert all("pulumi:providers:" in each for each in left.keys() & there.keys())
    assert salt(clone, NEW) == known
    for stack in ("development", NEW):
        assert planned(clone, stack) == []
        up = clone.ops("up", stack)
        assert up.code == 0, up.said
        assert "no changes" in clone.ops("preview", stack).out
    assert greeted(clone) == 200


def test_one_that_was_stopped_before_its_last_step_goes_on(clone):
    """FW-4, FW-9: both states have the system then, and by the runbook one has it again."""
    tiny = [each["urn"] for each in clone.resources(NEW)]
    _forget_the_last_step(clone)

    for command in ("up", "destroy"):
        refused = clone.ops(command, "development")
        assert refused.code == 1
        assert f"this {command} would delete it; nothing was changed" in refused.said
        assert " ".join(SPLIT) in refused.said

    for words in runbook("A split was stopped"):
        done = clone.ops(*words, *(["--yes"] if words[0] == "split" else []))
        assert done.code == 0, done.said
    assert not any("tiny" in each["urn"] for each in clone.resources())
    assert [each["urn"] for each in clone.resources(NEW)] == tiny
    assert greeted(clone) == 200


def test_one_that_was_stopped_before_the_states_makes_nothing_twice(clone):
    """FW-4: the files are cut, and the new stack has nothing yet."""
    tiny = [each["urn"] for each in clone.resources(NEW)]
    _forget_the_last_step(clone)
    _write(clone, NEW, resources=[])

    refused = clone.ops("up", NEW)
    assert refused.code == 1
    assert "this up would make it a second time; nothing was changed" in refused.said
    assert " ".join(SPLIT) in refused.said

    done = clone.ops(*SPLIT, "--yes")
    assert done.code == 0, done.said
    assert {each["urn"] for each in clone.resources(NEW)} == {*tiny}
    assert greeted(clone) == 200


def runbook(heading):
    """Return the commands below *heading*, for the system that this clone has."""
    text = (ROOT / "docs" / "runbooks.md").read_text().partition(f"\n## {heading}\n")[2]
    (block,) = re.findall(
        r"^```sh\n(.*?)^```$", text.partition("\n## ")[0], re.MULTILINE | re.DOTALL
    )
    words = [line.replace("superinstance", "tiny").split() for line in block.splitlines()]
    assert all(each[:3] == ["python", "-m", "ops"] for each in words)
    return [each[3:] for each in words]


def _write(clone, stack, *, resources):
    """Let the state of *stack* have these *resources*."""
    file = clone.root / f".local/state/.pulumi/stacks/chittyos/{stack}.json"
    state = json.loads(file.read_text())
    state["checkpoint"]["latest"]["resources"] = resources
    file.write_text(json.dumps(state))


def _forget_the_last_step(clone):
    """Give the first stack back what a run would have left it, had it been killed before."""
    left = clone.resources()
    renamed = json.loads(clone.state(NEW).replace(NEW, "development"))
    moved = renamed["checkpoint"]["latest"]["resources"]
    known = {each["urn"] for each in left}
    _write(clone, "development", resources=[*left, *(e for e in moved if e["urn"] not in known)])
