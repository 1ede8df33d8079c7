"""How an account stands, asked of API v4 (FW-4)."""

from typing import Any

import httpx
import pytest

from components.d1_client import Database
from ops.cloudflare_api.client import Client
from ops.release import account_versions
from ops.release.release_record import Standing
from ops.stack.target import Target
from planning.ledger import Ledger
from planning.refusals import RefusedError
from tests.ops.release.test_deployed_versions import NEW, deployments, resource

ACCOUNT = "ab" * 16
TARGET = Target("staging", "staging", {"chittyos:account": ACCOUNT})
RESOURCES = [
    resource("WorkersScript", "some-worker", scriptName="some"),
    {**resource("D1Database", "db", name="rows"), "outputs": {"uuid": "u"}},
    {**resource("Ruleset", "chitty.cc-limits", zoneId="z"), "id": "r"},
    {**resource("Ruleset", "of-the-account"), "id": "s"},
    {
        **resource("chittyos:D1Migrations", "db-migrations"),
        "outputs": {"database_id": "u", "applied": ["001_a.sql"]},
    },
]
SAID: dict[str, Any] = {
    f"/accounts/{ACCOUNT}/workers/scripts/some/deployments": deployments((NEW, 100)),
    f"/accounts/{ACCOUNT}/workers/scripts": [
        {"id": "some", "migration_tag": "v2"},
        {"id": "of another stack", "migration_tag": "v9"},
    ],
    f"/accounts/{ACCOUNT}/d1/database/u/time_travel/bookmark": {"bookmark": "1-2-3"},
    "/zones/z/rulesets/r": {"version": "4"},
    f"/accounts/{ACCOUNT}/rulesets/s": {"version": "7"},
}
LEDGER = Ledger({"001_a.sql": "", "002_b.sql": ""}, frozenset({"000_by_wrangler.sql"}))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Answer by path what an account says; what is taken out is forbidden."""
    known = dict(SAID)

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/client/v4")
        if path not in known:
            return httpx.Response(403, json={"errors": [{"code": 10000}]})
        return httpx.Response(200, json={"result": known[path]})

    def client(base: str, token: str) -> Client:
        return Client(base, token, transport=httpx.MockTransport(answer))

    def read_ledger(_: Database) -> Ledger:
        if not known:
            raise RefusedError("403, code 10000")
        return LEDGER

    monkeypatch.setattr(account_versions, "Client", client)
    monkeypatch.setattr(account_versions, "read_ledger", read_ledger)
    return known


@pytest.mark.usefixtures("said")
def test_all_that_goes_by_versions_is_asked():
    """The files of a database it says itself: a failed `up` has applied some that no state has."""
    assert account_versions.standing(TARGET, RESOURCES).model_dump() == {
        "versions": {"some": {NEW: 100.0}},
        "tags": {"some": "v2"},
        "bookmarks": {"rows": "1-2-3"},
        "migrations": {"rows": ("000_by_wrangler.sql", "001_a.sql", "002_b.sql")},
        "rulesets": {"chitty.cc-limits": "4", "of-the-account": "7"},
        "unknown": (),
    }


def test_what_a_token_may_not_ask_is_named_and_the_rest_is_known(said):
    said.clear()

    found = account_versions.standing(TARGET, RESOURCES)

    assert found.migrations == {"rows": ("001_a.sql",)}
    assert (found.versions, found.tags, found.bookmarks, found.rulesets) == ({}, {}, {}, {})
    assert len(found.unknown) == len(SAID) + 1
    assert all("403, code 10000" in each for each in found.unknown)


def test_a_stack_that_was_never_up_asks_nothing(monkeypatch):
    monkeypatch.setattr(Client, "get", lambda *_: pytest.fail("was asked"))

    assert account_versions.standing(TARGET, []) == Standing()
