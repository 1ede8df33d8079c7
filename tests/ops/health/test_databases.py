"""`verify` asks databases for what their migrations make (incidents 12 and 13)."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from components.d1_client import Database
from components.d1_ledger import apply
from ops.commands import verify
from ops.errors import OpsError
from ops.health import databases
from planning.ledger import File
from tests.components.fake_d1 import ACCOUNT, DATABASE, TOKEN, FakeD1

FIRST = File("001_ids.sql", "CREATE TABLE ids (id TEXT);")
SECOND = File("002_later.sql", "CREATE TABLE later (id TEXT); DROP TABLE ids;")
URN = "urn:pulumi:staging::chittyos::{}::ids"


@pytest.fixture
def d1(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeD1]:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    with FakeD1() as serving:
        yield serving


def resources(*files: File) -> list[dict[str, Any]]:
    listed = [{"name": it.name, "sha256": it.sha256, "sql": it.sql} for it in files]
    return [
        {
            "urn": URN.format("cloudflare:index/d1Database:D1Database"),
            "id": f"{ACCOUNT}/{DATABASE}",
            "inputs": {"name": "ids-staging"},
            "outputs": {"uuid": DATABASE},
        },
        {
            "urn": URN.format("pulumi-python:dynamic/chittyos:D1Migrations"),
            "inputs": {"database_id": DATABASE, "files": listed},
        },
    ]


def applied(d1: FakeD1, *files: File) -> None:
    apply(Database(d1.base_url, ACCOUNT, DATABASE), files)


def asked(d1: FakeD1, *files: File) -> tuple[list[str], list[str]]:
    return databases.ask_all(d1.base_url, ACCOUNT, resources(*files))


def test_a_database_with_all_of_its_migrations_lacks_nothing(d1):
    applied(d1, FIRST, SECOND)

    assert asked(d1, FIRST, SECOND) == ([], [])


def test_incident_12_an_empty_database_is_found_though_every_address_answers(d1):
    """The step that applied the SQL read another environment; what was bound stayed empty."""
    missing, unknown = asked(d1, FIRST, SECOND)

    assert missing == [
        "database ids-staging was never given 001_ids.sql",
        "database ids-staging was never given 002_later.sql",
        "database ids-staging has no table later",
    ]
    assert unknown == []


def test_incident_13_code_that_is_ahead_of_its_schema_is_found(d1):
    """The worker reads a table of migration n, and the ledger is at n - 1."""
    applied(d1, FIRST)

    missing, _ = asked(d1, FIRST, SECOND)

    assert missing == [
        "database ids-staging was never given 002_later.sql",
        "database ids-staging has no table later",
    ]


def test_a_ledger_that_says_more_than_there_is_is_not_believed(d1):
    applied(d1, FIRST)
    d1.database.execute("DROP TABLE ids")

    assert asked(d1, FIRST)[0] == ["database ids-staging has no table ids"]


def test_a_token_that_may_not_ask_is_said_and_no_fault(d1, monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "o" * 40)

    missing, (unknown,) = asked(d1, FIRST)

    assert missing == []
    assert unknown.startswith("database ids-staging could not be asked: ")


REMEDIES = [
    ((), (FIRST,), "no table ids; bring it in line: python -m ops refresh staging && python -m op"),
    ((FIRST,), (FIRST,), "no table ids; its SQL counts as applied, so no up makes that again: ta"),
]


@pytest.mark.parametrize(("given", "wanted", "said"), REMEDIES)
def test_verify_fails_for_it_with_what_brings_it_in_line(d1, given, wanted, said):
    """A table that somebody dropped is made by no `up`, which was named all the same."""
    applied(d1, *given)
    d1.database.execute("DROP TABLE IF EXISTS ids")
    target = SimpleNamespace(api=d1.base_url, account=ACCOUNT, name="staging")
    session: Any = SimpleNamespace(target=target)

    with pytest.raises(OpsError, match=said):
        verify._migrated(session, resources(*wanted))
