"""`ops load` as it is run: a shortened load test of a deployed stack, and what it refuses."""

import signal

import pytest

from harness.clone import Clone, make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

SHORT = ("--seconds", "3", "--rate", "20", "--sockets", "5", "--p95", "600000")
KEY = "project_awareness:LOAD_TEST_KEY"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone whose development is up."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    made.keep("chittyid", "project_awareness", "superinstance")
    for command in (("start",), ("up", "development")):
        done = made.ops(*command)
        assert done.code == 0, done.said
    yield made
    made.end()


def load_key(clone: Clone) -> str:
    shown = clone.pulumi("config", "get", KEY)
    assert shown.code == 0, shown.said
    return shown.out.strip()


def test_a_load_test_is_run_with_a_credential_that_nobody_sees(clone):
    """PA-15."""
    done = clone.ops("load", "development", "project_awareness", *SHORT)

    assert done.code == 0, done.said
    assert done.out.startswith("http://project-awareness-development.chitty.cc.localhost:")
    assert "requests                  60 of 60" in done.out
    assert "WebSockets opened         5 of 5" in done.out
    assert "0 out of order, 0 missed" in done.out
    assert "held; next: python -m ops load development project_awareness --without" in done.out
    assert load_key(clone) not in done.said


def test_a_load_test_of_an_account_has_a_key_of_its_own_and_says_what_is_billed(clone):
    """SI-P5's command: fifty clients of one account, against the look-alikes of providers alone."""
    done = clone.ops("load", "development", "superinstance", *SHORT[:4], "--p95", "600000")

    assert done.code == 0, done.said
    assert "requests                  60 of 60" in done.out
    assert "billed                    54 of 54 that were answered" in done.out
    assert "WebSockets" not in done.out
    assert "load-test" not in clone.ops("keys", "list", "development").out
    held = clone.ops("load", "development", "superinstance", "--without-credential")
    assert (held.code, "leave --without-credential away" in held.err) == (1, True)


def test_ctrl_c_ends_it_with_a_report(clone):
    process = clone.begin("load", "development", "project_awareness", "--seconds", "3000")
    assert process.stdout is not None
    said = ""
    while "WebSockets open, " not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "p95 from when it was due" in rest
    assert "interrupted: these are the figures until then" in rest
    assert "Traceback" not in rest


def test_a_level_that_is_missed_fails(clone):
    done = clone.ops("load", "development", "project_awareness", *SHORT[:-1], "1")

    assert done.code == 1
    assert "it is to stay within 1 ms" in done.err
    assert "next: python -m ops verify development" in done.err


def test_production_is_refused_before_anything_is_sent(clone):
    done = clone.ops("load", "production", "project_awareness")

    assert done.code == 1
    assert "users would wait behind a load test of production" in done.err
    assert "Nothing was sent" in done.err


def test_a_system_without_a_load_test_is_refused_with_those_that_have_one(clone):
    done = clone.ops("load", "development", "chittyid")

    assert done.code == 1
    assert "chittyid has no load test" in done.err
    assert "that have one: project_awareness" in done.err


@pytest.mark.parametrize("options", [("--rate", "0"), ("--seconds", "3001"), ("--sockets", "501")])
def test_more_than_a_test_may_be_is_refused(clone, options):
    done = clone.ops("load", "development", "project_awareness", *options)

    assert done.code == 2
    assert f"'{options[0]}': Input should be" in done.err
