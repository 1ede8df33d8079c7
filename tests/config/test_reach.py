"""Addresses and ages that the worker could not work with are refused before it is there."""

import re

import pytest

from config import ConfigError
from systems.chittyconnect.settings import PRESIGNED_DAYS, UPLOAD_DAYS
from tests.config.examples import ROOT, SECRETS, good, load, put, source

TOKEN = "chittyconnect:ONEPASSWORD_CONNECT_TOKEN"
SERVICES = "chittyconnect:credentials.services"
WORKER = ROOT / "systems/chittyconnect/workers/connect/documents"


def said(path, value, stack):
    """Load *stack* with *path* changed; answer what is said at that path, if anything is."""
    listed = put(good(stack), SERVICES, {"chittyid": {"vaults": ["services"]}})
    values = {**put(listed, path, value), TOKEN: "a-token-of-connect"}
    given = source(values, stack)
    keys = frozenset({*SECRETS, TOKEN})
    try:
        load(stack, given.__class__(given.file, given.values, keys))
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.path == path
        return problem.text
    return None


ADDRESSES = ["chittyconnect:documents.s3_endpoint", "chittyconnect:credentials.connect_url"]


@pytest.mark.parametrize("stack", ["staging", "production"])
@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("host", ["op.chitty.cc", "127.0.0.1"])
def test_no_secret_leaves_a_real_stack_in_clear(path, stack, host):
    text = said(path, f"http://{host}:4402/a-path-that-is-a-token", stack)
    assert text.startswith(f"http://{host} would carry secrets in clear")
    assert said(path, "https://op.chitty.cc", stack) is None


@pytest.mark.parametrize("stack", ["development", "pr-7"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_development_talks_in_clear_to_its_own_machine_only(path, stack):
    assert said(path, "http://127.0.0.1:4402", stack) is None
    assert "would carry secrets in clear" in said(path, "http://10.0.0.7:4402", stack)


@pytest.mark.parametrize("origin", ["https://", "https://a,b", "https://Connect.chitty.cc"])
def test_an_origin_that_no_page_has_is_refused(origin):
    text = said("chittyconnect:documents.cors_origin", origin, "production")

    assert text.startswith(f"{origin!r} is refused: an origin is one https://host")


@pytest.mark.parametrize(
    "origin", ["http://localhost", "https://localhost:8443", "http://a.localhost"]
)
def test_a_page_of_a_visitors_own_machine_is_for_development_only(origin):
    path = "chittyconnect:documents.cors_origin"

    assert said(path, origin, "development") is None
    for stack in ("staging", "production"):
        text = said(path, origin, stack)
        assert text.startswith(f"{origin!r} is whatever runs on a visitor's own machine, and for")
        assert said(path, "https://app.chitty.cc", stack) is None


LIFECYCLE = "chittyconnect:documents.lifecycle"
AGES = {
    "delete_temporary": "to a presigned address lies under temp/",
    "abort_uploads": "in parts stays open for",
}


@pytest.mark.parametrize(("rule", "reason"), AGES.items())
@pytest.mark.parametrize("days", [1, 6])
def test_a_rule_that_would_take_uploads_away_while_they_run_is_refused(rule, reason, days):
    text = said(f"{LIFECYCLE}.{rule}", days, "production")

    assert text.startswith(f"{days} is refused: ")
    assert reason in text
    assert text.endswith("set 7 or more")
    assert said(f"{LIFECYCLE}.{rule}", 7, "production") is None


def test_an_age_is_a_whole_number():
    assert "it is a whole number" in said(f"{LIFECYCLE}.abort_uploads", "soon", "production")


def test_the_ages_are_those_of_the_worker():
    def days(file, pattern):
        (found,) = re.findall(pattern, (WORKER / file).read_text())
        return 1 if found == "DAY" else int(found)

    assert days("multipart.ts", r"OPEN_FOR = (\d+) \* 86_400_000") == UPLOAD_DAYS
    upload = days("presign.ts", r"UPLOAD_WITHIN = (\d+) \* DAY - 1")
    assert upload + days("presign.ts", r"CONFIRM_WITHIN = (DAY);") == PRESIGNED_DAYS
