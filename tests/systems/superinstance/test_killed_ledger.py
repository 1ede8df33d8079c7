"""What was answered is what D1 and the ledger have, whatever dies, on the real runtime (SI-6).

`LEDGER_FAULTS` says how many faults there are; by default as many as the gate has time for.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import httpx
import pytest

from harness.local_cloudflare import local_cloudflare
from tests.systems.superinstance.conftest import BillingStack, deploy, entry, eventually, redeploy

pytestmark = pytest.mark.workerd

FAULTS = int(os.environ.get("LEDGER_FAULTS", "8"))
CLIENTS = 6
SEED = 20261129
TRY_SECONDS = 300
ACCOUNT = "killed"


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BillingStack]:
    """Deploy one for this file: it is killed, and its database refuses for a while."""
    with local_cloudflare(tmp_path_factory.mktemp("killed") / "cloudflare") as cloud:
        yield deploy(cloud)


class Client:
    """Bills one request after the other; asks for each until it is answered, as a router does."""

    def __init__(self, billing: BillingStack, number: int, done: threading.Event) -> None:
        self.billing, self.number, self.done = billing, number, done
        self.chance = random.Random(SEED + number)  # noqa: S311 - amounts, no secrets
        self.answered: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        """Go on until it is done; give what was answered."""
        while not self.done.is_set():
            request_id = f"r-{self.number}-{len(self.answered)}"
            cost = str(self.chance.randrange(2_000_000_000))
            self.answered[request_id] = self._until_answered(request_id, cost)
        return self.answered

    def _until_answered(self, request_id: str, cost: str) -> int:
        body = {"account_id": ACCOUNT, **entry(request_id, cost_nano=cost)}
        deadline = monotonic() + TRY_SECONDS
        while monotonic() < deadline:
            answer = tried(lambda: self.billing.ask("POST", "/record", json=body))
            if answer is not None and answer.status_code == 200:
                return int(answer.json()["charged_nano"])
            assert answer is None or answer.status_code >= 500, answer.text
            sleep(0.05)
        raise AssertionError(f"{request_id}: no answer within {TRY_SECONDS} s")


def tried(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    """Ask; `None` where nobody is there to answer."""
    try:
        return ask()
    except httpx.HTTPError:
        return None


def _flush(billing: BillingStack, done: threading.Event) -> None:
    """Flush again and again, so that faults meet flushes as often as records."""
    while not done.is_set():
        tried(lambda: billing.flush(ACCOUNT))
        sleep(0.02)


def _kill_runtime(billing: BillingStack, _: random.Random) -> None:
    _signal(billing, signal.SIGKILL)


def _stop_runtime(billing: BillingStack, chance: random.Random) -> None:
    """Have it hang for a while: whoever waits meanwhile may give up."""
    _signal(billing, signal.SIGSTOP)
    sleep(chance.uniform(0.1, 1.5))
    _signal(billing, signal.SIGCONT)


def _signal(billing: BillingStack, sent: signal.Signals) -> None:
    pid = billing.cloud.result("GET", "/local/status")["runtime"]["pid"]
    if pid:
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            return


def _replace_worker(billing: BillingStack, chance: random.Random) -> None:
    redeploy(billing, f"// {chance.random()}")


def _refuse(billing: BillingStack, chance: random.Random) -> None:
    """Have D1 refuse what a ledger writes: one of its tables is not there."""
    table = chance.choice(["usage", "ledgers", "batches"])
    with _without(billing, table):
        sleep(chance.uniform(0.1, 0.6))


@contextmanager
def _without(billing: BillingStack, table: str) -> Iterator[None]:
    _rename(billing, table, f"{table}_away")
    yield
    _rename(billing, f"{table}_away", table)


def _rename(billing: BillingStack, table: str, name: str) -> None:
    there = "SELECT 1 AS found FROM sqlite_master WHERE name = ?1"

    def is_done() -> bool:
        try:
            if billing.sql(there, table):
                billing.sql(f"ALTER TABLE {table} RENAME TO {name}")
            return not billing.sql(there, table)
        except (AssertionError, httpx.HTTPError):
            return False

    assert eventually(is_done)


WAYS = (_kill_runtime, _kill_runtime, _stop_runtime, _replace_worker, _refuse)


def test_what_was_answered_is_in_d1_once_whatever_died(mortal: BillingStack) -> None:
    """SI-P2."""
    done, chance = threading.Event(), random.Random(SEED)  # noqa: S311 - moments, no secrets
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        clients = [pool.submit(Client(mortal, number, done).run) for number in range(CLIENTS)]
        pool.submit(_flush, mortal, done)
        try:
            for number in range(FAULTS):
                sleep(chance.uniform(0.05, 0.6))
                WAYS[number % len(WAYS)](mortal, chance)
        finally:
            done.set()
        answered = {k: v for client in clients for k, v in client.result().items()}

    assert eventually(lambda: _is_flushed(mortal))
    kept = mortal.sql("SELECT request_id, charged_nano FROM usage WHERE account_id = ?1", ACCOUNT)
    assert len(kept) == len(answered) >= FAULTS
    assert {row["request_id"]: row["charged_nano"] for row in kept} == answered
    balance = mortal.balance(ACCOUNT)
    assert (balance["pending_records"], balance["pending_nano"]) == (0, "0")
    assert int(balance["balance_nano"]) == -sum(answered.values())
    (told,) = mortal.sql("SELECT SUM(records) AS records, SUM(charged_nano) AS nano FROM batches")
    assert told == {"records": len(answered), "nano": sum(answered.values())}


def _is_flushed(billing: BillingStack) -> bool:
    answer = tried(lambda: billing.flush(ACCOUNT))
    return answer is not None and answer.status_code == 200
