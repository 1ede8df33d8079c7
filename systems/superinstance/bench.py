"""The ledger on the local Cloudflare: records a second, a flush, the memory of an object (SI-3)."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from components.bundle import ROOT, bundle
from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from systems.superinstance import bench_router, bench_year
from systems.superinstance.component import MIGRATIONS
from systems.superinstance.uploads import OBJECTS, WORKERS

SCRIPT = "bench-billing"
CALLER = "bench-caller"
HOST = "bench-caller.chitty.cc"
CALL = """
async function client(env, body, records) {
  for (const request_id of records) {
    const sent = { method: "POST", body: JSON.stringify({ ...body, request_id }) };
    const answer = await env.BILLING.fetch("https://billing/record", sent);
    if (!(await answer.json()).recorded) throw new Error(`${request_id} was not recorded`);
  }
}
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== "/load") return env.BILLING.fetch(request);
    const { body, clients } = await request.json();
    await Promise.all(clients.map((records) => client(env, body, records)));
    return new Response("all recorded");
  },
};
"""
"""Stands for the router: it hands on what it is asked, and bills as many clients of it would."""

LEDGER = OBJECTS["billing"]["BILLING_LEDGER"]
NEVER = "99999999999999"
"""What nothing pending comes to: the bench itself says when it is flushed."""

CLIENTS = 8
EACH = 500
AN_IMPORT = 1_000
FLUSHED = 10_000
PENDING = 100_000
RESTART_TRIES = 300
MEBIBYTE = 1024 * 1024


def figures() -> Iterator[Figure]:
    """Measure; takes about a quarter of an hour, most of it the import of a year."""
    yield from bench_router.figures()
    with (
        tempfile.TemporaryDirectory() as folder,
        local_cloudflare(Path(folder) / "cloudflare") as cloud,
    ):
        _deploy(cloud)
        yield _records(cloud)
        yield _flush(cloud)
        yield from _memory(cloud)
        with _client(cloud) as client:
            yield from bench_year.figures(client)


def _records(cloud: LocalCloudflare) -> Figure:
    """Bill an account from a bound worker, as the router does: several clients, each in turn."""
    clients = [[f"r-{client}-{each}" for each in range(EACH)] for client in range(CLIENTS)]
    body = {"account_id": "records", **_entry("")}
    with _client(cloud) as client:
        begun = time.perf_counter()
        client.post("/load", json={"body": body, "clients": clients}).raise_for_status()
        rate = CLIENTS * EACH / (time.perf_counter() - begun)
    how = f"{CLIENTS * EACH:,} of one account by {CLIENTS} clients of a bound worker, each answered"
    return Figure("records of a ledger", rate, "records/s", how, 300, "higher")


def _flush(cloud: LocalCloudflare) -> Figure:
    _fill(cloud, "flush", FLUSHED)
    with _client(cloud) as client:
        begun = time.perf_counter()
        answer = client.post("/flush", json={"account_id": "flush"}).raise_for_status()
        seconds = time.perf_counter() - begun
    if answer.json()["flushed_records"] != FLUSHED:
        raise SystemExit(f"flushed {answer.json()}")
    how = f"{FLUSHED:,} records in one transaction of D1, confirmed"
    return Figure("flush", seconds, "s", how, 2)


def _memory(cloud: LocalCloudflare) -> Iterator[Figure]:
    """Weigh a runtime that starts anew: one small ledger awake, then one with many pending, too.

    What the imports themselves leave behind for the collector went with the runtime before.
    """
    _fill(cloud, "small", AN_IMPORT)
    _fill(cloud, "memory", PENDING)
    _restart(cloud)
    with _client(cloud) as client:
        _wake(client, "small", AN_IMPORT)
        before = _resident(cloud)
        _wake(client, "memory", PENDING)
        pending = _resident(cloud) - before
        peak = _peak(cloud, lambda: client.post("/flush", json={"account_id": "memory"})) - before
    how = f"a ledger with {PENDING:,} pending awake and billed, in a runtime with a small one"
    yield Figure("memory of a ledger", pending / MEBIBYTE, "MiB", how, 32)
    how = "the same, at most while all of them are flushed: D1 is in that process, too"
    yield Figure("memory of a flush", peak / MEBIBYTE, "MiB", how)


def _wake(client: httpx.Client, account: str, pending: int) -> None:
    """Bill a few more, and see that all before them are pending."""
    for number in range(10):
        body = {"account_id": account, **_entry(f"awake-{number}")}
        client.post("/record", json=body).raise_for_status()
    balance = client.get(f"/balance?account_id={account}").raise_for_status().json()
    if balance["pending_records"] != pending + 10:
        raise SystemExit(f"pending {balance}")


def _peak(cloud: LocalCloudflare, act: Callable[[], httpx.Response]) -> int:
    """Return what the runtime weighs at most during *act*."""
    done, peak = threading.Event(), [0]

    def weigh() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _resident(cloud))

    with ThreadPoolExecutor(1) as pool:
        weighing = pool.submit(weigh)
        act().raise_for_status()
        done.set()
        weighing.result()
    return peak[0]


def _restart(cloud: LocalCloudflare) -> None:
    """Have the runtime start anew, with what lies on disk."""
    os.kill(_runtime(cloud)["pid"], signal.SIGKILL)
    with _client(cloud) as client:
        for _ in range(RESTART_TRIES):
            time.sleep(0.2)
            if client.get("/balance?account_id=nobody").is_success:
                return
    raise SystemExit("the runtime does not start again")


def _fill(cloud: LocalCloudflare, account: str, records: int) -> None:
    with _client(cloud) as client:
        for start in range(0, records, AN_IMPORT):
            entries = [_entry(f"r-{start + number}") for number in range(AN_IMPORT)]
            body = {"account_id": account, "records": entries}
            client.post("/import", json=body).raise_for_status()


def _entry(request_id: str) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "model": "claude-3-5-sonnet",
        "provider": "anthropic",
        "input_tokens": 1000,
        "output_tokens": 500,
        "cost_nano": "10500000",
        "multiplier_tier": "cloud",
        "at": "2026-11-01T12:00:00Z",
    }


def _resident(cloud: LocalCloudflare) -> int:
    return int(_runtime(cloud)["memory_bytes"])


def _runtime(cloud: LocalCloudflare) -> dict[str, Any]:
    runtime: dict[str, Any] = cloud.result("GET", "/local/status")["runtime"]
    return runtime


def _client(cloud: LocalCloudflare) -> httpx.Client:
    url = f"http://127.0.0.1:{cloud.edge_port}"
    return httpx.Client(base_url=url, headers={"host": HOST}, timeout=120)


def _deploy(cloud: LocalCloudflare) -> None:
    """Deploy billing with its database, and a worker that is bound to it as the router is."""
    databases = cloud.account("/d1/database")
    database = cloud.result("POST", databases, json={"name": SCRIPT})["uuid"]
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cloud.result("POST", f"{databases}/{database}/query", json={"sql": file.read_text()})
    objects = {"type": "durable_object_namespace", "class_name": LEDGER}
    bindings = [
        {"name": "BILLING_LEDGER", **objects},
        {"name": "DB", "type": "d1", "id": database},
        {"name": "FLUSH_AT_NANO", "type": "plain_text", "text": NEVER},
        {"name": "FLUSH_SECONDS", "type": "plain_text", "text": "86400"},
    ]
    entry = str((WORKERS / "billing" / "index.ts").relative_to(ROOT))
    code = (ROOT / bundle(entry, SCRIPT).path).read_text(encoding="utf-8")
    migrations = {"new_tag": "v1", "new_sqlite_classes": [LEDGER]}
    cloud.upload(SCRIPT, {"index.mjs": code}, bindings=bindings, migrations=migrations)
    bound = {"type": "service", "name": "BILLING", "service": SCRIPT, "entrypoint": "Billing"}
    cloud.upload(CALLER, {"index.mjs": CALL}, bindings=[bound])
    domain = {"hostname": HOST, "service": CALLER, "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
