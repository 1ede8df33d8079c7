"""Names that the account has already are said in the preview, with what may be done about them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.errors import OpsError
from ops.paths import Paths
from ops.run import name_conflicts
from ops.stack.resource_lookup import finder
from ops.stack.target import Target
from tests.ops.preview.test_plan import state

pytestmark = pytest.mark.usefixtures("waited")

ACCOUNT = "a" * 32
NAMESPACE = "cloudflare:index/workersKvNamespace:WorkersKvNamespace"
SCRIPT = "cloudflare:index/workersScript:WorkersScript"
HOST = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
BUCKET = "cloudflare:index/r2Bucket:R2Bucket"
KV = f"/client/v4/accounts/{ACCOUNT}/storage/kv/namespaces"
THERE: dict[str, list[dict[str, Any]]] = {
    KV: [{"id": "n1", "title": "sessions"}, {"id": "n2", "title": "tokens"}],
    f"/client/v4/accounts/{ACCOUNT}/workers/scripts": [{"id": "edge"}],
    f"/client/v4/accounts/{ACCOUNT}/workers/domains": [{"id": "d1", "hostname": "a.example"}],
    f"/client/v4/accounts/{ACCOUNT}/r2/buckets": [{"name": "documents"}],
}


def urn(kind, name):
    return f"urn:pulumi:staging::chittyos::{kind}::{name}"


def step(op, kind, name, after=None, before=None, *, id_=""):  # noqa: PLR0913
    where = urn(kind, name)
    old = None if before is None else state(where, {"accountId": ACCOUNT, **before}, id=id_)
    new = None if after is None else state(where, {"accountId": ACCOUNT, **after})
    return {"op": op, "urn": where, "type": kind, "provider": "", "old": old, "new": new}


def report(*steps):
    made = Report()
    for each in steps:
        for event in ("resourcePreEvent", "resOutputsEvent"):
            made(EngineEvent.from_json({event: {"metadata": each}}))
    return made


@pytest.fixture
def session() -> Any:
    return SimpleNamespace(target=Target("staging", "staging", {}), imports={}, paths=Paths())


@pytest.fixture
def asked():
    """Gather the paths that the API was asked for."""
    return []


@pytest.fixture
def taken(session, asked):
    """Return what is taken of the names that some steps give."""

    def answer(request):
        asked.append(request.url.path)
        return httpx.Response(
            200, json={"success": True, "result": THERE.get(request.url.path, [])}
        )

    def find(*steps):
        look = finder("http://api/client/v4", "token", httpx.MockTransport(answer))
        return name_conflicts.taken(session, report(*steps), look)

    return find


SENTENCES = {
    "a namespace": (
        step("create", NAMESPACE, "kv", {"title": "sessions"}),
        (
            "WorkersKvNamespace kv: title sessions is in the account already (id n1); take it over "
            "by --adopt, or give it another name in Pulumi.staging.yaml"
        ),
        f"{ACCOUNT}/n1",
    ),
    "a namespace that is given another title": (
        step("update", NAMESPACE, "kv", {"title": "tokens"}, {"title": "old"}),
        "title tokens is in the account already (id n2)",
        None,
    ),
    "a bucket": (
        step("create", BUCKET, "docs", {"name": "documents"}),
        "R2Bucket docs: name documents is in the account already",
        f"{ACCOUNT}/documents/default",
    ),
    "a script": (
        step("create", SCRIPT, "w", {"scriptName": "edge"}),
        "scriptName edge is in the account already and would be overwritten; agree to that by --a",
        None,
    ),
    "a host": (
        step("create", HOST, "h", {"hostname": "a.example"}),
        "hostname a.example is in the account already and would be overwritten",
        None,
    ),
}


@pytest.mark.parametrize(("change", "said", "imported"), SENTENCES.values(), ids=SENTENCES)
def test_a_name_that_is_taken_is_said_with_the_way_out(taken, change, said, imported):
    (found,) = taken(change)

    assert said in found.sentence("staging")
    assert found.imports == imported


def test_a_name_of_the_same_stack_is_no_ones_to_adopt(taken, session):
    (found,) = taken(
        step("create", NAMESPACE, "new", {"title": "sessions"}),
        step("delete", NAMESPACE, "old", None, {"title": "sessions"}, id_="n1"),
    )

    assert "is that of WorkersKvNamespace old in this stack" in found.sentence("staging")
    assert "aliases" in found.sentence("staging")
    assert found.imports is None
    with pytest.raises(OpsError, match="nothing was changed"):
        name_conflicts.refuse(session, [found], adopting=True)


def test_each_list_is_asked_for_once_and_only_for_what_is_made(taken, asked):
    free = [step("create", NAMESPACE, f"kv-{n}", {"title": f"free-{n}"}) for n in range(3)]
    kept = step("update", BUCKET, "docs", {"name": "documents"}, {"name": "documents"})
    gone = step("delete", SCRIPT, "w", None, {"scriptName": "edge"})

    assert taken(*free, kept, gone) == []
    assert asked == [KV]


def test_without_a_word_nothing_is_taken_over_and_with_it_what_is_there_is_imported(taken, session):
    found = taken(*(change for change, _, _ in SENTENCES.values() if change["op"] == "create"))

    with pytest.raises(OpsError, match=r"(?s)title sessions.*scriptName edge.*nothing was changed"):
        name_conflicts.refuse(session, found, adopting=False)
    name_conflicts.refuse(session, found, adopting=True)
    name_conflicts.adopt(session, found)
    assert session.imports == {
        (NAMESPACE, "kv"): f"{ACCOUNT}/n1",
        (BUCKET, "docs"): f"{ACCOUNT}/documents/default",
    }


def test_a_throw_away_copy_makes_nothing_and_is_not_asked_about(session):
    session.paths = Paths(scratch=Path("scratch"))
    change = report(step("create", NAMESPACE, "kv", {"title": "sessions"}))

    assert name_conflicts.taken(session, change, lambda _: pytest.fail("nothing is asked")) == []


def test_an_api_that_does_not_say_is_one_sentence_in_a_preview(session):
    session.target = Target("staging", "staging", {"cloudflare:baseUrl": "http://127.0.0.1:1/x"})
    change = report(step("create", NAMESPACE, "kv", {"title": "sessions"}))

    (said,) = name_conflicts.said(session, change)

    assert said.startswith("what exists cannot be looked up: http://127.0.0.1:1/x/accounts/")
