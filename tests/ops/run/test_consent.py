"""Who agrees to a plan, and by what."""

import re
from pathlib import Path

import pytest
import typer

import ops
from common.errors import INTERRUPTED
from ops.errors import OpsError
from ops.preview.plan import Plan
from ops.preview.plan_steps import Step
from ops.preview.review_items import Item
from ops.preview.severity import Rank
from ops.run.consent import (
    Consent,
    DeclinedError,
    agree,
    ask_to_end,
    needs_consent,
    obtain,
    read_agreed,
)
from ops.stack.target import Target
from ops.terminal import console
from ops.terminal.interrupts import Interrupted

PRODUCTION = Target("production", "production", {})
HASH = "0123456789abcdef"
URN = "urn:pulumi:s::chittyos::cloudflare:index/r2Bucket:R2Bucket::docs"


def plan(rank):
    return Plan((Item(Step("update", URN), ((rank, "why"),)),), HASH)


CALM, SERIOUS = plan(Rank.INTERRUPTION), plan(Rank.EXPOSURE)


@pytest.fixture
def terminal(monkeypatch):
    """Let somebody sit at the terminal who types what is given."""

    def sit(typed):
        monkeypatch.setattr(console, "can_ask", lambda: True)
        monkeypatch.setattr(typer, "confirm", lambda _: typed == "y")
        monkeypatch.setattr(typer, "prompt", lambda *_, **__: typed)

    monkeypatch.setattr(console, "can_ask", lambda: False)
    return sit


def test_a_laptop_and_a_plan_without_a_step_need_nobody():
    assert not needs_consent(Target("pr-7", "development", {}), SERIOUS)
    assert not needs_consent(PRODUCTION, Plan((), HASH, empty=True))
    assert needs_consent(PRODUCTION, CALM)
    assert needs_consent(Target("staging", "staging", {"chittyos:rehearsal": True}), CALM)


AGREED = [(CALM, Consent(yes=True)), (CALM, Consent(accept=HASH)), (SERIOUS, Consent(accept=HASH))]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("wanted", "given"), AGREED)
def test_options_agree(wanted, given):
    obtain(PRODUCTION, wanted, given)


REFUSED = [
    (CALM, Consent(), "add --yes"),
    (SERIOUS, Consent(), f"--accept {HASH}"),
    (SERIOUS, Consent(yes=True), f"--accept {HASH}"),
    (CALM, Consent(yes=True, accept="f" * 16), f"this one is {HASH}"),
    (SERIOUS, Consent(yes=True, accept="f" * 16), f"this one is {HASH}"),
]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("wanted", "given", "said"), REFUSED)
def test_options_that_do_not_agree_name_what_would(wanted, given, said):
    with pytest.raises(OpsError, match=f"{re.escape(said)}.*nothing was changed"):
        obtain(PRODUCTION, wanted, given)


@pytest.mark.parametrize(("wanted", "typed"), [(CALM, "y"), (SERIOUS, "production")])
def test_a_terminal_agrees_and_to_what_is_serious_by_the_name_of_the_stack(terminal, wanted, typed):
    terminal(typed)

    obtain(PRODUCTION, wanted, Consent())


@pytest.mark.parametrize(("wanted", "typed"), [(CALM, "n"), (SERIOUS, "y"), (SERIOUS, "")])
def test_a_terminal_that_does_not_agree_changes_nothing(terminal, wanted, typed):
    terminal(typed)

    with pytest.raises(DeclinedError, match="nothing was changed"):
        obtain(PRODUCTION, wanted, Consent())


ASKING = [
    lambda: obtain(PRODUCTION, CALM, Consent()),
    lambda: obtain(PRODUCTION, SERIOUS, Consent()),
]
ASKING += [lambda: ask_to_end(Target("pr-7", "development", {}), Consent())]
ASKING += [lambda: agree("Remove these locks?", yes=False)]


@pytest.mark.parametrize("ask", ASKING)
def test_ctrl_c_at_the_question_is_a_no(terminal, monkeypatch, ask):
    """OP-3: what was written for a plan that nobody agreed to is taken back as after a no."""

    def press(*_, **__):
        raise Interrupted

    terminal("")
    for question in ("confirm", "prompt"):
        monkeypatch.setattr(typer, question, press)
    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$") as declined:
        ask()
    assert declined.value.exit_code == INTERRUPTED


def test_every_question_for_a_yes_is_asked_the_same_way(terminal, monkeypatch):
    terminal("y")
    agree("Do it?", yes=False)
    monkeypatch.setattr(typer, "confirm", lambda _: False)
    with pytest.raises(DeclinedError, match=r"^not agreed to; nothing was changed$"):
        agree("Do it?", yes=False)

    monkeypatch.setattr(console, "can_ask", lambda: False)
    agree("Do it?", yes=True)
    with pytest.raises(OpsError, match=r"^there is no terminal to ask; add --yes; nothing was"):
        agree("Do it?", yes=False)
    with pytest.raises(OpsError, match="terminal to ask whether it may go; add --yes"):
        agree("Do it?", yes=False, whether="whether it may go")
    files = (Path(ops.__file__).parent).rglob("*.py")
    asking = {path.name for path in files if "typer.confirm(" in path.read_text()}
    assert asking == {"consent.py"}


def test_a_yes_beside_a_terminal_still_does_not_agree_to_what_is_serious(terminal):
    terminal("production")

    with pytest.raises(OpsError, match="--accept"):
        obtain(PRODUCTION, SERIOUS, Consent(yes=True))


def test_a_hash_of_the_pull_request_agrees_to_its_plan_and_no_other_does(terminal):
    """FW-4: an `accept` for another plan counts for nothing, and nobody is asked in its place."""
    terminal("production")
    obtain(PRODUCTION, SERIOUS, Consent(yes=True, agreed=frozenset({"0" * 32, HASH})))
    obtain(PRODUCTION, CALM, Consent(yes=True, agreed=frozenset()))

    for others in (frozenset({"0" * 32}), frozenset()):
        with pytest.raises(OpsError, match=f"a comment whose first line is accept {HASH}, and"):
            obtain(PRODUCTION, SERIOUS, Consent(yes=True, agreed=others))


def test_what_was_agreed_to_is_read_as_it_was_printed(tmp_path):
    (tmp_path / "accepted").write_text(f"{'ab' * 16}\n{'cd' * 16}\n")
    (tmp_path / "none").write_text("")

    assert read_agreed(tmp_path / "accepted") == {"ab" * 16, "cd" * 16}
    assert read_agreed(tmp_path / "none") == frozenset()


@pytest.mark.parametrize("text", ["accept " + "ab" * 16, "ab" * 15, "error: no", None])
def test_a_file_that_is_no_list_of_hashes_agrees_to_nothing(tmp_path, text):
    path = tmp_path / "accepted"
    if text is not None:
        path.write_text(text)

    with pytest.raises(OpsError, match=r"--accepted .*/accepted: "):
        read_agreed(path)
