"""Ledgers are copied by `ops backup` and brought back, on the real runtime (FW-4)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.json_types import Json
from ops.backup import durable_objects
from ops.backup.durable_objects import Door, ObjectsCopier
from ops.backup.progress import Copied
from ops.cloudflare_api.account import Account
from ops.errors import OpsError
from tests.systems.superinstance.conftest import BACKUP_KEY, HOST, SCRIPT, BillingStack

pytestmark = pytest.mark.workerd

PARTS, A_PART = 3, 7_000
"""Parts of the large ledger, and requests of each."""

ACCOUNTS = ("copied-a", "copied-b", "copied-c")


def _silent(_: Copied) -> None:
    pass


def _door(billing: BillingStack, key: str | None = BACKUP_KEY) -> Door:
    url = f"http://127.0.0.1:{billing.cloud.edge_port}/admin/objects"
    return Door("superinstance-BillingLedger", SCRIPT, "BillingLedger", url, HOST, key)


@pytest.fixture(scope="module")
def account(billing: BillingStack) -> Iterator[Account]:
    made = Account(billing.cloud.api_url, billing.cloud.account_id, billing.cloud.token)
    yield made
    made.close()


def test_ledgers_come_back_after_they_were_deleted(
    billing: BillingStack, account: Account, tmp_path: Path
) -> None:
    for number, name in enumerate(ACCOUNTS):
        for each in range(number + 1):
            assert billing.record(name, f"r-{each}").is_success
    before = {name: billing.balance(name) for name in ACCOUNTS}
    doors = durable_objects.stores_of(account, [_door(billing)])
    (store,) = doors
    copier = ObjectsCopier(account, doors)

    copier.save(store, tmp_path / "copy", _silent)
    names = [json.loads(line)["name"] for line in (tmp_path / "copy").read_bytes().splitlines()]
    assert set(ACCOUNTS) <= set(names)
    assert names == sorted(names)
    copier.clear(store, _silent)
    assert copier.is_empty(store)
    assert billing.balance(ACCOUNTS[2])["balance_nano"] == "0"

    assert list(copier.restore(store, tmp_path / "copy", 0, _silent))[-1] == len(names)
    copier.save(store, tmp_path / "again", _silent)
    lines = [
        [copier.comparable(line) for line in (tmp_path / name).read_bytes().splitlines()]
        for name in ("copy", "again")
    ]
    assert lines[0] == lines[1]
    assert {name: billing.balance(name) for name in ACCOUNTS} == before
    assert billing.record(ACCOUNTS[1], "r-0").json()["recorded"] is False


def test_a_ledger_that_came_back_has_what_it_handed_on_after_its_copy(
    billing: BillingStack, account: Account, tmp_path: Path
) -> None:
    """What D1 has and the copy lacks is neither lost nor billed twice (SI-6)."""
    name = "flushed-between"
    assert billing.record(name, "r-0").is_success
    doors = durable_objects.stores_of(account, [_door(billing)])
    (store,) = doors
    copier = ObjectsCopier(account, doors)
    copier.save(store, tmp_path / "copy", _silent)
    assert billing.record(name, "r-1").is_success
    assert billing.flush(name).json()["pending_records"] == 0
    before = billing.balance(name)

    assert list(copier.restore(store, tmp_path / "copy", 0, _silent))
    assert billing.record(name, "r-1").json()["recorded"] is True
    assert billing.flush(name).json()["pending_records"] == 0
    assert billing.balance(name) == before


def test_a_ledger_of_any_size_comes_back_part_by_part(
    billing: BillingStack, account: Account, tmp_path: Path
) -> None:
    assert billing.record("copied-large", "r-0").is_success
    (store,) = doors = durable_objects.stores_of(account, [_door(billing)])
    copier = ObjectsCopier(account, doors)
    copier.save(store, tmp_path / "copy", _silent)
    lines = [json.loads(each) for each in (tmp_path / "copy").read_bytes().splitlines()]
    (small,) = [each for each in lines if each["name"] == "copied-large"]
    (tmp_path / "large").write_text("".join(f"{json.dumps(each)}\n" for each in _grown(small)))

    assert list(copier.restore(store, tmp_path / "large", 0, _silent)) == [PARTS]
    done = copier.save(store, tmp_path / "again", _silent)

    found = [json.loads(each) for each in (tmp_path / "again").read_bytes().splitlines()]
    parts = [each for each in found if each["name"] == "copied-large"]
    known = [row for each in parts for row in _requests(each)["rows"]]
    assert len(parts) > 1
    assert sorted(row[0]["t"] for row in known) == ["r-0", *_ids()]
    assert done.notes[0].startswith("1 objects were read in several parts")
    assert done.entries == len(lines)
    assert billing.record("copied-large", _ids()[-1]).json()["recorded"] is False
    copier.clear(store, _silent)


def _ids() -> list[str]:
    return [f"request-{number:0100}" for number in range(PARTS * A_PART)]


def _requests(copy: Json) -> Json:
    (found,) = [each for each in copy["tables"] if each["name"] == "requests"]
    return dict(found)


def _grown(small: Json) -> Iterator[Json]:
    """Yield the parts of *small* with so many requests that it is copied in parts."""
    rows = [[{"t": each}, {"i": "1"}] for each in _ids()]
    for number in range(PARTS):
        table = {**_requests(small), "rows": rows[number * A_PART : (number + 1) * A_PART]}
        others = [each for each in small["tables"] if each["name"] != "requests"]
        if number:
            yield {**small, "tables": [{**table, "sql": ""}], "goes_on": True, "more": number < 2}
        else:
            table["rows"] = [*_requests(small)["rows"], *table["rows"]]
            yield {**small, "tables": [*others, table], "more": True}


def test_without_the_key_nobody_gets_in_and_what_is_not_copied_is_said(
    billing: BillingStack, account: Account
) -> None:
    assert billing.record("not-copied", "r-0").is_success
    wrong = _door(billing, "another-key-that-nobody-has-made-0")
    (store,) = doors = durable_objects.stores_of(account, [wrong])

    with pytest.raises(OpsError, match="401 the key of backups is required") as refused:
        ObjectsCopier(account, doors).is_empty(store)
    assert "another-key" not in str(refused.value)

    script = {"urn": "urn:pulumi:s::p::a:b:WorkersScript::w", "inputs": {"scriptName": SCRIPT}}
    keyless = _door(billing, None)
    assert durable_objects.stores_of(account, [keyless]) == {}
    assert durable_objects.uncopied(account, [script], [keyless]) == [
        f"Durable Objects BillingLedger of {SCRIPT}: no key of backups is set"
    ]
    assert durable_objects.uncopied(account, [script], [_door(billing)]) == []
