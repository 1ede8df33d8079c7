"""Billing of SuperInstance on a local Cloudflare of its own, once for all tests of this folder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from components.bundle import ROOT, bundle
from harness.local_cloudflare import LocalCloudflare, local_cloudflare

SCRIPT = "superinstance-billing-test"
CALLER = "superinstance-caller-test"
HOST = "billing-test.chitty.cc"
CALLER_HOST = "caller-test.chitty.cc"
ENTRY = "systems/superinstance/workers/billing/index.ts"
MIGRATIONS = ROOT / "systems/superinstance/migrations/superinstance"
WEBHOOK_SECRET = "whsec_canary-of-the-tests-5f1d9c"
PREVIOUS_SECRET = "whsec_canary-before-it-8a2b7e"
BACKUP_KEY = "canary-of-backups-that-nobody-guesses"

CALL = "export default { fetch: (request, env) => env.BILLING.fetch(request) };"
"""Stands for the router: whatever it is asked, it asks of billing."""


@dataclass(frozen=True)
class BillingStack:
    """One deployed billing, and a worker that is bound to it."""

    cloud: LocalCloudflare
    database_id: str
    bound: Mapping[str, str] = field(default_factory=dict)
    """Variables and secrets that are otherwise than usual, by name."""

    def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask as a worker that is bound to it."""
        return self.cloud.at(CALLER_HOST, path, method, **sent)

    def from_outside(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask at its host, as anybody can."""
        return self.cloud.at(HOST, path, method, **sent)

    def record(self, account_id: str, request_id: str, **fields: Any) -> httpx.Response:
        """Bill one request."""
        body = {"account_id": account_id, **entry(request_id, **fields)}
        return self.ask("POST", "/record", json=body)

    def flush(self, account_id: str) -> httpx.Response:
        """Have what is pending go to D1."""
        return self.ask("POST", "/flush", json={"account_id": account_id})

    def balance(self, account_id: str) -> dict[str, Any]:
        """Read what was paid, less what was charged, and what is pending."""
        answer = self.ask("GET", f"/balance?account_id={account_id}")
        assert answer.is_success, answer.text
        balance: dict[str, Any] = answer.json()
        return balance

    def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask the database behind the worker for rows."""
        path = self.cloud.account(f"/d1/database/{self.database_id}/query")
        body = {"sql": statement, "params": list(values)}
        answer: list[dict[str, Any]] = self.cloud.result("POST", path, json=body)
        rows: list[dict[str, Any]] = answer[0]["results"]
        return rows


def entry(request_id: str, **fields: Any) -> dict[str, Any]:
    """Give a record: 1000 tokens in and 500 out of Claude 3.5 Sonnet, as the source has it."""
    return {
        "request_id": request_id,
        "model": "claude-3-5-sonnet",
        "provider": "anthropic",
        "input_tokens": 1000,
        "output_tokens": 500,
        "cost_nano": "10500000",
        "multiplier_tier": "cloud",
        "at": "2026-11-29T12:00:00.000Z",
        **fields,
    }


def eventually(is_so: Callable[[], bool], seconds: float = 120) -> bool:
    """Wait until *is_so*; say whether it came to be."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if is_so():
            return True
        sleep(0.05)
    return False


@pytest.fixture(scope="session")
def billing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BillingStack]:
    with local_cloudflare(tmp_path_factory.mktemp("billing") / "cloudflare") as cloud:
        yield deploy(cloud)


def deploy(cloud: LocalCloudflare, **bound: str) -> BillingStack:
    """Deploy billing with its database, and the worker that is bound to it.

    *bound* are variables and secrets that are otherwise than usual.
    """
    databases = cloud.account("/d1/database")
    database = cloud.result("POST", databases, json={"name": SCRIPT})["uuid"]
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cloud.result("POST", f"{databases}/{database}/query", json={"sql": file.read_text()})
    stack = BillingStack(cloud, database, bound)
    redeploy(stack, migrations={"new_tag": "v1", "new_sqlite_classes": ["BillingLedger"]})
    bound = {"type": "service", "name": "BILLING", "service": SCRIPT, "entrypoint": "Billing"}
    cloud.upload(CALLER, {"index.mjs": CALL}, bindings=[bound])
    for host, script in ((HOST, SCRIPT), (CALLER_HOST, CALLER)):
        domain = {"hostname": host, "service": script, "zone_id": cloud.zone_id}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    return stack


def redeploy(billing: BillingStack, changed: str = "", **metadata: Any) -> None:
    """Upload billing anew, with *changed* at its end, so that it is another version."""
    code = (ROOT / bundle(ENTRY, SCRIPT).path).read_text(encoding="utf-8")
    modules = {"index.mjs": f"{code}\n{changed}\n"}
    bound = list(bindings(billing))
    billing.cloud.upload(SCRIPT, modules, bindings=bound, **metadata)


def bindings(billing: BillingStack) -> Iterator[dict[str, str]]:
    """Give what billing is bound to."""
    yield {
        "type": "durable_object_namespace",
        "name": "BILLING_LEDGER",
        "class_name": "BillingLedger",
    }
    yield {"type": "d1", "name": "DB", "id": billing.database_id}
    texts = {"ENVIRONMENT": "development", "FLUSH_AT_NANO": "5000000000", "FLUSH_SECONDS": "300"}
    secrets = {
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_WEBHOOK_SECRET_PREVIOUS": PREVIOUS_SECRET,
        "BACKUP_KEY": BACKUP_KEY,
    }
    for name, text in {**texts, **secrets, **billing.bound}.items():
        kind = "secret_text" if name in secrets else "plain_text"
        yield {"type": kind, "name": name, "text": text}
