"""The router against a bare worker that passes everything on, before the same look-alike (SI-2).

Both are asked in turn, so that what else the machine does falls on both.
"""

import hashlib
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from components.bundle import ROOT, bundle
from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from harness.look_alikes import ModelProviders, model_providers

ROUTER_HOST, BARE_HOST = "superinstance-bench.chitty.cc", "bare-bench.chitty.cc"
LEAST_HOST = "least-bench.chitty.cc"
WORKERS = "systems/superinstance/workers"
MIGRATIONS = ROOT / "systems/superinstance/migrations/superinstance"
LEAST = """import { DurableObject, RpcTarget } from "cloudflare:workers";
class Held extends RpcTarget {
  constructor(journal) { super(); this.journal = journal; }
  settle(id, answer) { this.journal.keep(id, answer); }
}
export class CallJournal extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, answer TEXT)");
  }
  admit() { return new Held(this); }
  keep(id, answer) { this.ctx.storage.sql.exec("INSERT INTO kept VALUES (?, ?)", id, answer); }
}
export default { async fetch(request, env) {
  const { request_id, body } = await request.json();
  using call = await env.CALLS.getByName("bench").admit();
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
  const sent = { method: "POST", headers, body: JSON.stringify(body) };
  const said = await (await fetch(env.URL + "/v1/messages", sent)).text();
  await call.settle(request_id, said);
  return new Response(said);
} };"""
"""The least that a router with a journal does: lets a call in, and has its answer on disk."""

BARE = """export default { fetch(request, env) {
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
  return fetch(env.URL + "/v1/messages", { method: "POST", headers, body: request.body });
} };"""
SLOW = "claude+slow=100+tokens=20"
"""A model whose first byte takes 100 ms: quicker than any real one."""

PLAIN = "claude"
MODELS = [
    {
        "name": name,
        "provider": "anthropic",
        "id": name,
        "max_output": 4096,
        "prices": [{"since": "2024-10-22", "input": 3000, "output": 15000}],
    }
    for name in (PLAIN, SLOW)
]
CONNECTIONS = 8
"""Each with a key of its own, which has its limit; all of one account."""

STREAMS = 60
ROUNDS = 9
ROUND_SECONDS = 3
RECORD_ROUNDS = 6
RECORDS_A_ROUND = 100
MS = 1_000
LOOPBACK = "127.0.0.1"

Ask = Callable[[http.client.HTTPConnection, int, str], float]
"""Sends one request on a connection; returns the seconds to its first byte."""


def figures() -> Iterator[Figure]:
    """Measure; takes about two minutes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        model_providers() as providers,
        local_cloudflare(Path(folder) / "cloudflare") as cloud,
    ):
        _deploy(cloud, providers)
        yield from _first_bytes(cloud.edge_port)
        yield from _rates(cloud.edge_port)
        yield from _records(cloud)


def _first_bytes(port: int) -> Iterator[Figure]:
    for model, how, target in (
        (SLOW, "look-alike that takes 100 ms", 1.15),
        (PLAIN, "look-alike that takes none", None),
    ):
        routed, bare = _in_turn(port, model)
        said = f"median of {STREAMS} streams of each in turn"
        yield Figure(f"first byte of a stream, {how}", routed / bare, "of bare", said, target)
        yield Figure(f"added by the router, {how}", (routed - bare) * MS, "ms", said)


def _in_turn(port: int, model: str) -> tuple[float, float]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    seen: dict[Ask, list[float]] = {_stream_routed: [], _stream_bare: []}
    for number in range(STREAMS + 5):
        for ask, times in seen.items():
            times.append(ask(connection, number % CONNECTIONS, model))
    connection.close()
    routed, bare = (statistics.median(times[5:]) for times in seen.values())
    return routed, bare


def _rates(port: int) -> Iterator[Figure]:
    asks = (_escalate, _pass_on, _least)
    rounds = [tuple(_rate(port, ask) for ask in asks) for _ in range(ROUNDS)]
    how = f"{CONNECTIONS} connections, {ROUNDS} rounds of {ROUND_SECONDS} s of each in turn, median"
    ratio = statistics.median(routed / bare for routed, bare, _ in rounds)
    yield Figure("requests/s of /v1/escalate against bare", ratio, "of bare", how, 0.6, "higher")
    least = statistics.median(least / bare for _, bare, least in rounds)
    said = f"a worker that has an object let in and note each call, and nothing else; {how}"
    yield Figure(
        "requests/s that an object asked twice leaves", least, "of bare", said, None, "higher"
    )
    rate = statistics.median(routed for routed, _, _ in rounds)
    yield Figure("requests/s of /v1/escalate", rate, "requests/s", how)


def _records(cloud: LocalCloudflare) -> Iterator[Figure]:
    """Ask with billing in and out, in turn: whoever waited for it would see it."""
    seen: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * RECORD_ROUNDS):
        is_out = number % 2 == 1
        faults = [{"worker": "bench-billing", "durable_object": "BillingLedger"}] if is_out else []
        cloud.result("POST", "/local/faults", json={"faults": faults})
        seen[is_out] += _last_bytes(cloud.edge_port)
    cloud.result("POST", "/local/faults", json={"faults": []})
    how = f"{RECORD_ROUNDS} rounds of {RECORDS_A_ROUND} answers with billing in and out in turn"
    for name, of_100 in (("median", 50), ("95 of 100", 95)):
        held, free = (statistics.quantiles(seen[out], n=100)[of_100 - 1] for out in (False, True))
        figure = f"added by billing to the last byte, {name}"
        yield Figure(figure, (held - free) * MS, "ms", how, 2)


def _last_bytes(port: int) -> list[float]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    times = []
    for number in range(RECORDS_A_ROUND):
        begun = time.monotonic()
        _escalate(connection, number % CONNECTIONS, PLAIN)
        times.append(time.monotonic() - begun)
    connection.close()
    return times


def _rate(port: int, ask: Ask) -> float:
    end = time.monotonic() + ROUND_SECONDS

    def ask_on(account: int) -> int:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        count = 0
        while time.monotonic() < end:
            ask(connection, account, PLAIN)
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(ask_on, range(CONNECTIONS))) / ROUND_SECONDS


def _stream_routed(connection: http.client.HTTPConnection, account: int, model: str) -> float:
    return _send(connection, ROUTER_HOST, "/v1/messages", _message(model, stream=True), account)


def _stream_bare(connection: http.client.HTTPConnection, account: int, model: str) -> float:
    return _send(connection, BARE_HOST, "/", _message(model, stream=True), account)


def _escalate(connection: http.client.HTTPConnection, account: int, model: str) -> float:
    asked = {"request_id": f"{account}-{time.monotonic_ns()}", "query": "Why is the sky blue?"}
    body = {**asked, "max_tokens": 100, "model_preference": model}
    return _send(connection, ROUTER_HOST, "/v1/escalate", body, account)


def _pass_on(connection: http.client.HTTPConnection, account: int, model: str) -> float:
    return _send(connection, BARE_HOST, "/", _message(model, stream=False), account)


def _least(connection: http.client.HTTPConnection, account: int, model: str) -> float:
    asked = {"request_id": f"{account}-{time.monotonic_ns()}"}
    body = {**asked, "body": _message(model, stream=False)}
    return _send(connection, LEAST_HOST, "/", body, account)


def _message(model: str, *, stream: bool) -> Mapping[str, Any]:
    messages = [{"role": "user", "content": "Why is the sky blue?"}]
    return {"model": model, "max_tokens": 100, "messages": messages, "stream": stream}


def _send(
    connection: http.client.HTTPConnection,
    host: str,
    path: str,
    body: Mapping[str, Any],
    account: int,
) -> float:
    headers = {"host": host, "authorization": f"Bearer {_key(account)}"}
    begun = time.monotonic()
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read(1)
    first = time.monotonic() - begun
    rest = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{host}{path} answers {answer.status}: {rest.decode()[:200]}")
    return first


def _key(account: int) -> str:
    return f"key-of-the-bench-{account}"


def _deploy(cloud: LocalCloudflare, providers: ModelProviders) -> None:
    """Deploy billing, the router with a key for each connection, and the bare worker."""
    databases = cloud.account("/d1/database")
    database = cloud.result("POST", databases, json={"name": "bench"})["uuid"]
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cloud.result("POST", f"{databases}/{database}/query", json={"sql": file.read_text()})
    ledger = _object("BILLING_LEDGER", "BillingLedger")
    texts = {"ENVIRONMENT": "bench", "FLUSH_AT_NANO": "5000000000", "FLUSH_SECONDS": "300"}
    secrets = _texts("secret_text", STRIPE_WEBHOOK_SECRET="whsec_of-the-bench-5f1d9c")  # noqa: S106
    bound = [ledger, {"type": "d1", "name": "DB", "id": database}, *secrets]
    _upload(cloud, "billing", [*bound, *_texts("plain_text", **texts)], "BillingLedger")
    _upload(cloud, "router", [*_router_bindings(cloud, providers)], "CallJournal")
    code = {"index.mjs": BARE}
    cloud.upload("bench-bare", code, bindings=list(_texts("plain_text", URL=providers.url)))
    _least_worker(cloud, providers)
    hosts = {ROUTER_HOST: "bench-router", BARE_HOST: "bench-bare", LEAST_HOST: "bench-least"}
    for host, script in hosts.items():
        domain = {"hostname": host, "service": script, "zone_id": cloud.zone_id}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)


def _least_worker(cloud: LocalCloudflare, providers: ModelProviders) -> None:
    bindings = [_object("CALLS", "CallJournal"), *_texts("plain_text", URL=providers.url)]
    made = {"new_tag": "v1", "new_sqlite_classes": ["CallJournal"]}
    cloud.upload("bench-least", {"index.mjs": LEAST}, bindings=bindings, migrations=made)


def _upload(cloud: LocalCloudflare, worker: str, bindings: list[Any], object_class: str) -> None:
    entry = f"{WORKERS}/{worker}/index.ts"
    code = (ROOT / bundle(entry, f"bench-{worker}").path).read_text(encoding="utf-8")
    made = {"new_tag": "v1", "new_sqlite_classes": [object_class]}
    cloud.upload(f"bench-{worker}", {"index.mjs": code}, bindings=bindings, migrations=made)


def _router_bindings(cloud: LocalCloudflare, providers: ModelProviders) -> Iterator[dict[str, str]]:
    yield {
        "type": "service",
        "name": "BILLING",
        "service": "bench-billing",
        "entrypoint": "Billing",
    }
    yield _object("CALLS", "CallJournal")
    path = cloud.account("/storage/kv/namespaces")
    for name, value in (("API_KEYS", None), ("RATE_LIMITS", {"requests_per_minute": 10_000})):
        namespace = cloud.result("POST", path, json={"title": name})["id"]
        yield {"type": "kv_namespace", "name": name, "namespace_id": namespace}
        for account in range(CONNECTIONS):
            known: Mapping[str, Any] = value or {"id": f"bench-{account}", "account_id": "bench"}
            digest = hashlib.sha256(_key(account).encode()).hexdigest()
            cloud.result("PUT", f"{path}/{namespace}/values/{digest}", content=json.dumps(known))
    yield from _texts(
        "plain_text",
        ENVIRONMENT="bench",
        CORS_ORIGIN="",
        MODELS=json.dumps(MODELS),
        REQUESTS_PER_MINUTE="100",
        PROVIDER_TIMEOUT_SECONDS="60",
        ANSWER_SECONDS="86400",
        REQUIRE_BALANCE="false",
        ANTHROPIC_URL=providers.url,
        OPENAI_URL=providers.url,
    )
    yield from _texts("secret_text", API_TOKENS="[]", ANTHROPIC_API_KEY="k", OPENAI_API_KEY="k")


def _object(name: str, class_name: str) -> dict[str, str]:
    return {"type": "durable_object_namespace", "name": name, "class_name": class_name}


def _texts(kind: str, **texts: str) -> Iterator[dict[str, str]]:
    return ({"type": kind, "name": name, "text": text} for name, text in texts.items())
