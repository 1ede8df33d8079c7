"""A system added as the how-to says: its folder, one line, its block; every command knows it."""

import re

import httpx
import pytest

from harness.clone import ROOT, make_clone
from tests.docs.test_how_to import recipe
from tests.systems.with_tiny import add_tiny

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "tiny-development.chitty.cc"
COMMANDS = re.findall(r"^   python -m ops (.+)$", recipe("Add a system"), re.MULTILINE)
SHOWN = {line.split()[0]: line.split() for line in COMMANDS}
"""The commands of docs/how-to.md, by their first word."""

TAKE_TOKENS = ("chittyconnect", "project_awareness")
"""Systems beside it, as in a stack that has some already: those that take tokens, as it does."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with the system in it, up."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    add_tiny(made.root)
    with made.configuration().open("a") as file:
        file.write((ROOT / "tests/systems/tiny/example.yaml").read_text())
    made.keep("tiny", *TAKE_TOKENS)
    for command in (("start",), ("up", "development")):
        done = made.ops(*command)
        assert done.code == 0, done.said
    yield made
    made.end()


def greet(clone):
    url = f"http://127.0.0.1:{clone.port + 1}/greeting"
    return httpx.get(url, headers={"Host": HOST}, timeout=30).json()


def test_it_is_up_and_verified_with_what_it_declares(clone):
    """TI-1."""
    done = clone.ops("verify", "development")

    assert done.code == 0, done.said
    assert "GET /greeting" in done.out
    assert f"{HOST}.localhost" in done.out
    assert greet(clone)["greeting"] == "hello"


def test_it_is_rolled_out_and_back(clone):
    """TI-2."""
    shown = clone.ops("rollout", "development", "tiny")
    assert shown.out == "greetings counted: 0.10; next: none\n"

    forth = clone.ops(*SHOWN["rollout"])
    assert forth.code == 0, forth.said
    assert greet(clone)["share"] == "0.50"

    back = clone.ops(*SHOWN["rollback"], "--yes")
    assert back.code == 0, back.said
    assert "What was counted stays." in back.out
    assert greet(clone) == {"greeting": "hello", "share": "0.00", "count": 0}


def test_its_tokens_are_its_own(clone):
    unsaid = clone.ops("token", "issue", "development")
    assert unsaid.code == 1
    assert "say --system" in unsaid.err
    assert f"that take tokens: {', '.join(['tiny', *TAKE_TOKENS])}" in unsaid.err

    issued = clone.ops(*SHOWN["token"], "--id", "ci")
    assert issued.code == 0, issued.said
    listed = clone.ops("token", "list", "development", "--system", "tiny")
    assert "greetings:read" in listed.out
    assert {"development", "ci"} <= set(listed.out.split())
    assert "ci" not in clone.ops("token", "list", "development", "--system", "chittyconnect").out


def test_it_is_priced(clone):
    done = clone.ops(*SHOWN["cost"])

    assert done.code == 0, done.said
    assert "23,750,000" in done.out


def test_a_preview_after_all_that_is_empty(clone):
    clone.ops("up", "development")

    assert "no changes" in clone.ops("preview", "development").out
