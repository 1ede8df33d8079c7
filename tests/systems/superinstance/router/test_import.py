"""`ops import-usage` locally: each record once, whatever ends a run early (SI-3)."""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.commands import keys, usage_import
from ops.commands.app import app
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import usage_import as sending
from ops.stack.target import Target
from ops.stack.workers_kv import Kv
from systems.system import AccountKeys
from tests.config.examples import SECRETS, good
from tests.systems.superinstance.conftest import entry
from tests.systems.superinstance.router.stack import HOST, RouterStack
from tests.systems.superinstance.test_ledger import charge

pytestmark = pytest.mark.workerd

RECORDS = 2_400
ACCOUNTS = ("brought-1", "brought-2", "brought-3")
STEP = 500
TIERS = ("local", "cloud", "knowledge")
GIVEN = {key: value for key, value in good("development").items() if key not in SECRETS}

Run = Callable[..., Result]


@pytest.fixture
def run(router: RouterStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Give what runs `ops import-usage development`, with the router in place of that stack's."""
    target = Target("development", "development", GIVEN)
    cloud = router.cloud
    kv = Kv(cloud.api_url, cloud.account_id, cloud.token)
    declared = AccountKeys(
        keys="superinstance-api-keys-development",
        limits="superinstance-rate-limits-development",
        scopes=("ask",),
        most_a_minute=10_000,
        imports=(HOST, "/v1/imports", "usage:import"),
    )
    stores = keys.Stores(declared, *map(kv.namespace, (declared.keys, declared.limits)))
    monkeypatch.setattr(usage_import, "read_target", lambda *_: target)
    monkeypatch.setattr(usage_import, "address", lambda *_: router.url)
    monkeypatch.setattr(usage_import, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(keys, "open_stores", lambda *_: stores)
    monkeypatch.setattr(sending, "A_STEP", STEP)
    return lambda file: CliRunner().invoke(app, ["import-usage", "development", str(file)])


def year(today: date) -> list[dict[str, Any]]:
    """Give records of several accounts, of a year, in no order."""
    chance = random.Random(20261129)  # noqa: S311 - records, no secrets
    return [
        {
            "account_id": chance.choice(ACCOUNTS),
            **entry(
                f"r-{number}",
                cost_nano=str(chance.randrange(10**9)),
                multiplier_tier=chance.choice(TIERS),
                at=f"{today - timedelta(days=1 + chance.randrange(365))}T12:00:00Z",
            ),
        }
        for number in range(RECORDS)
    ]


def written(folder: Path, lines: list[Any]) -> Path:
    """Write *lines* as JSON; text as it is."""
    file = folder / "usage.jsonl"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("\n".join(texts) + "\n")
    return file


def charged(records: list[dict[str, Any]], account: str) -> int:
    """Give what an account is charged, in exact decimals."""
    own = (each for each in records if each["account_id"] == account)
    return sum(charge(int(each["cost_nano"]), each["multiplier_tier"]) for each in own)


def test_a_year_is_billed_once_though_runs_end_early(
    router: RouterStack, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = year(datetime.now(UTC).date())
    file = written(tmp_path, records)
    send, sent = sending.Receiver.send, list[Any]()

    def breaking(receiver: sending.Receiver, body: Any) -> Any:
        sent.append(body)
        # In the middle of the third step: its first account has been sent.
        if len(sent) == 8:
            raise KeyboardInterrupt
        return send(receiver, body)

    with monkeypatch.context() as patch:
        patch.setattr(sending.Receiver, "send", breaking)
        assert run(file).exit_code != 0
    done = run(file)

    assert done.exit_code == 0, done.output
    # The third step began anew, and what was sent of it is known.
    assert len(sent) == 8
    assert "2,400 lines are done; of this run" in done.stdout.replace("\n", " ")
    for account in ACCOUNTS:
        balance = int(router.billing.balance(account)["balance_nano"])
        assert balance == -charged(records, account)
    again = run(file)
    said = again.stdout.replace("\n", " ")
    assert "of this run 0 records are new, 2,400 were known; they are charged $0.000" in said


def test_once_more_all_of_it_is_known_and_a_call_may_have_its_ids(
    router: RouterStack, run: Run, tmp_path: Path
) -> None:
    records = [{"account_id": "marked", **entry(f"r-{number}")} for number in range(3)]
    file = written(tmp_path, records)
    assert run(file).exit_code == 0
    assert list((tmp_path / ".local" / "imports").iterdir()) == []

    done = run(file)

    assert "0 records are new, 3 were known" in done.stdout.replace("\n", " ")
    assert int(router.billing.balance("marked")["balance_nano"]) == -charged(records, "marked")
    called = router.billing.record("marked", "r-1").json()
    assert called["recorded"]
    assert int(called["charged_nano"]) > 0


GOOD = {"account_id": "faulty", **entry("r-1")}
FAULTY: dict[str, tuple[list[Any], str]] = {
    "no JSON": ([GOOD, "{"], ":2: is no JSON object in UTF-8 with an account_id"),
    "no number": ([GOOD, '{"account_id": "a", "x": NaN}'], ":2: is no JSON object in UTF-8"),
    "half a character": ([GOOD, '{"account_id": "a", "x": "\\ud800"}'], ":2: is no JSON object"),
    "no account": ([entry("r-2")], ":1: is no JSON object in UTF-8 with an account_id"),
    "a cost that is a number": (
        [GOOD, GOOD, {**GOOD, "cost_nano": 5}],
        ":3: record.cost_nano must be",
    ),
    "an account that is none": ([{**GOOD, "account_id": "a b"}], ":1: account_id must be"),
}


@pytest.mark.parametrize(("lines", "said"), FAULTY.values(), ids=FAULTY)
def test_a_line_that_is_wrong_is_named(
    router: RouterStack, run: Run, tmp_path: Path, lines: list[Any], said: str
) -> None:
    done = run(written(tmp_path, lines))

    assert isinstance(done.exception, OpsError)
    assert said in str(done.exception)
    assert router.billing.balance("faulty")["balance_nano"] == "0"


def test_its_key_is_gone_afterwards_and_other_keys_may_not(
    router: RouterStack, run: Run, tmp_path: Path
) -> None:
    router.admit("usual")
    assert run(written(tmp_path, [{"account_id": "usual", **entry("r-1")}])).exit_code == 0

    namespace = router.cloud.account(f"/storage/kv/namespaces/{router.namespaces['API_KEYS']}")
    found = router.cloud.result("GET", f"{namespace}/keys")
    assert not [each for each in found if "import-" in json.dumps(each)]
    body = {"account_id": "other", "records": [entry("r-1")]}
    assert router.ask("usual", "POST", "/v1/imports", json=body).status_code == 403
