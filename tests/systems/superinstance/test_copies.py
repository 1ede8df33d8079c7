"""Ledgers are copied by `ops backup` and brought back, on the real runtime (FW-4)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.backup import objects
from ops.backup.account import Account
from ops.backup.objects import Door, ObjectsCopier
from ops.backup.progress import Copied
from ops.errors import OpsError
from tests.systems.superinstance.conftest import BACKUP_KEY, HOST, SCRIPT, BillingStack

pytestmark = pytest.mark.workerd

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
    doors = objects.stores_of(account, [_door(billing)])
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
    assert {name: billing.balance(name) for name in ACCOUNTS} == before
    assert billing.record(ACCOUNTS[1], "r-0").json()["recorded"] is False
    copier.save(store, tmp_path / "again", _silent)
    lines = [
        [copier.comparable(line) for line in (tmp_path / name).read_bytes().splitlines()]
        for name in ("copy", "again")
    ]
    assert lines[0] == lines[1]


def test_without_the_key_nobody_gets_in_and_what_is_not_copied_is_said(
    billing: BillingStack, account: Account
) -> None:
    assert billing.record("not-copied", "r-0").is_success
    wrong = _door(billing, "another-key-that-nobody-has-made-0")
    (store,) = doors = objects.stores_of(account, [wrong])

    with pytest.raises(OpsError, match="401 the key of backups is required") as refused:
        ObjectsCopier(account, doors).is_empty(store)
    assert "another-key" not in str(refused.value)

    script = {"urn": "urn:pulumi:s::p::a:b:WorkersScript::w", "inputs": {"scriptName": SCRIPT}}
    keyless = _door(billing, None)
    assert objects.stores_of(account, [keyless]) == {}
    assert objects.uncopied(account, [script], [keyless]) == [
        f"Durable Objects BillingLedger of {SCRIPT}: no key of backups is set"
    ]
    assert objects.uncopied(account, [script], [_door(billing)]) == []
