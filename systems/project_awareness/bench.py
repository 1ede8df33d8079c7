"""Project Awareness on the local Cloudflare: starts, suggestions under load, memory (FW-3)."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from common.certificates import trusted_at
from harness.clone import ACCOUNT, Clone, make_clone
from harness.figure import Figure
from harness.object_starts import object_starts
from systems.project_awareness.names import NAME

RATE = 100
SECONDS = 10
WARM = 200
STARTS = 5
MILLISECONDS = 1000
MEBIBYTE = 1024 * 1024
HOST = "project-awareness-development.chitty.cc"
SCRIPT = "chittyops-project-awareness-development"
OWN, BESIDE = "chittyops-project-awareness", "chittyconnect"
"""How names of workers begin: of this system, and of the one that was there before it."""

STORE = "chittyops_projects_development"
SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/bench"
BARE_HOST = "bare-kv.chitty.cc"
BARE = """export default {
  async fetch(request, env) {
    const found = await env.KV.get(new URL(request.url).searchParams.get("key"), "json");
    return Response.json(found);
  },
};"""
"""Reads from KV what suggestions are made of, and nothing else.

It is on the same edge, in the same zone: every rule looks at its requests as well.
"""

LIMITS = {
    f"{name}_{what}": 1_000_000
    for name in ("all", "strangers", "suggestions")
    for what in ("per_minute", "burst")
}
PROJECT = {"project_id": "bench", "working_directory": "/bench"}
SYNC = {"source_platform": "claude-code", "sync_type": "project_switch", "project": PROJECT}


def figures() -> Iterator[Figure]:
    """Measure; takes about two minutes."""
    with _deployed() as clone:
        yield from _starts(clone)
        every = _memory(clone, _hosts(clone))
        yield from asyncio.run(_suggestions(clone))
        both, one = _memory_of(clone, OWN, BESIDE), _memory_of(clone, OWN)
    yield Figure("memory of the runtime", every, "MiB", "resident, every host asked 50 times")
    how = f"with {OWN}* and {BESIDE}*, of that with {OWN}* alone, {one:.4g} MiB"
    yield Figure("memory, both systems against one", both / one, "times", how, 1.5)
    yield Figure("memory, every system against one", every / one, "times", "of the same")
    yield from object_starts(25)


@contextmanager
def _deployed() -> Iterator[Clone]:
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "clone")
        _raise_limits(clone.configuration())
        try:
            _ops(clone, "start")
            _ops(clone, "up", "development")
            yield clone
        finally:
            clone.local("stop")


def _raise_limits(file: Path) -> None:
    """Let the bench ask as often as it likes, as a load test may; a credential would cost time."""
    whole = yaml.safe_load(file.read_text())
    whole["config"][f"{NAME}:limits"] = LIMITS
    file.write_text(yaml.safe_dump(whole))


def _memory_of(clone: Clone, *beginnings: str) -> float:
    """Return the resident MiB with the workers alone whose names have one of *beginnings*.

    The others are deleted, and all is started anew: a stack has all of its systems or none.
    """
    for script in clone.api("/workers/scripts"):
        if not script["id"].startswith(beginnings):
            _api(clone, "DELETE", f"/workers/scripts/{script['id']}?force=true")
    clone.local("stop")
    _ops(clone, "start")
    return _memory(clone, _hosts(clone))


def _ops(clone: Clone, *arguments: str) -> None:
    done = clone.ops(*arguments)
    if done.code:
        raise SystemExit(done.said)


def _starts(clone: Clone) -> Iterator[Figure]:
    script = clone.api(f"/workers/services/{SCRIPT}")["default_environment"]["script"]
    how = "startup_time_ms of the upload: loading the module in a fresh workerd"
    yield Figure("worker cold start", float(script["startup_time_ms"]), "ms", how, 50)
    how = f"median of {STARTS}: all stopped and started, then /api/info, its connection included"
    yield Figure("first request", statistics.median(_first_requests(clone)), "ms", how, 50)


def _first_requests(clone: Clone) -> Iterator[float]:
    for _ in range(STARTS):
        clone.local("stop")
        _ops(clone, "start")
        begun = time.perf_counter()
        clone.ask(HOST, "GET", "/api/info").raise_for_status()
        yield (time.perf_counter() - begun) * MILLISECONDS


@dataclass(frozen=True)
class Target:
    """What is asked, again and again."""

    client: httpx.AsyncClient
    host: str
    path: str

    async def ask(self) -> httpx.Response:
        answer = await self.client.get(self.path, headers={"Host": self.host})
        return answer.raise_for_status()


async def _suggestions(clone: Clone) -> list[Figure]:
    key = _written(clone)
    async with _client(clone) as client:
        awareness = Target(client, HOST, SUGGESTIONS)
        bare = Target(client, BARE_HOST, f"/?key={key}")
        for target in (awareness, bare):
            await _at_even_rate([target.ask] * WARM)
        if (await awareness.ask()).headers["X-Cache"] != "HIT":
            raise SystemExit("suggestions are not answered from the cache; nothing to compare")
        alone = await _at_even_rate([awareness.ask] * (RATE * SECONDS))
        both = [awareness.ask, bare.ask] * (RATE * SECONDS)
        in_turn = await _at_even_rate(both, rate=RATE * 2)
    return _compared(alone, in_turn[::2], in_turn[1::2])


def _compared(alone: list[float], ours: list[float], bare: list[float]) -> list[Figure]:
    how = f"GET at {RATE} requests/s for {SECONDS} s, all answered"
    turn = f"asked in turn, each at {RATE}/s for {SECONDS} s"
    against = f"a worker that reads the same from KV; {turn}"
    ratio, middle = _p95(ours) / _p95(bare), statistics.median(ours) / statistics.median(bare)
    return [
        Figure("suggestions, p95", _p95(alone), "ms", how, 50),
        Figure("suggestions against bare, p95", ratio, "times", against, 1.3),
        Figure("suggestions against bare, median", middle, "times", "the same"),
        Figure("bare, p95", _p95(bare), "ms", "the same"),
    ]


async def _at_even_rate(
    asks: Sequence[Callable[[], Awaitable[Any]]], rate: float = RATE
) -> list[float]:
    """Ask at an even rate whatever the answers do; return the milliseconds of each, in order."""

    async def timed(ask: Callable[[], Awaitable[Any]]) -> float:
        begun = time.perf_counter()
        await ask()
        return (time.perf_counter() - begun) * MILLISECONDS

    tasks = []
    for ask in asks:
        tasks.append(asyncio.create_task(timed(ask)))
        await asyncio.sleep(1 / rate)
    return await asyncio.gather(*tasks)


def _written(clone: Clone) -> str:
    """Tell of a project; return the key of its copy in KV, and have the bare worker read it."""
    clone.ask(HOST, "POST", "/api/projects/sync", json=SYNC).raise_for_status()
    namespaces = clone.api("/storage/kv/namespaces")
    (store,) = [each["id"] for each in namespaces if each["title"] == STORE]
    _deploy_bare(clone, store)
    while not (keys := clone.api(f"/storage/kv/namespaces/{store}/keys")):
        time.sleep(0.1)
    return str(keys[0]["name"])


def _deploy_bare(clone: Clone, store: str) -> None:
    binding = {"type": "kv_namespace", "name": "KV", "namespace_id": store}
    metadata = {"main_module": "bare.mjs", "compatibility_date": "2024-08-29"}
    files: dict[str, Any] = {
        "metadata": (None, json.dumps({**metadata, "bindings": [binding]}), "application/json"),
        "bare.mjs": ("bare.mjs", BARE, "application/javascript+module"),
    }
    _api(clone, "PUT", "/workers/scripts/bare-kv", files=files)
    domain = {"hostname": BARE_HOST, "service": "bare-kv", "zone_id": "1" * 32}
    _api(clone, "PUT", "/workers/domains", json=domain)


def _api(clone: Clone, method: str, path: str, **sent: Any) -> None:
    token = (clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{clone.port}/client/v4/accounts/{ACCOUNT}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    trusted = trusted_at(url)
    answer = httpx.request(method, url, headers=headers, verify=trusted, timeout=60, **sent)
    answer.raise_for_status()


def _client(clone: Clone) -> httpx.AsyncClient:
    token = (clone.root / ".local" / "development-token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{clone.port + 1}"
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30, verify=trusted_at(url))


def _hosts(clone: Clone) -> list[str]:
    return [str(each["hostname"]) for each in clone.api("/workers/domains")]


def _memory(clone: Clone, hosts: Sequence[str]) -> float:
    """Return the resident MiB of the runtime after *hosts* were asked."""
    for _ in range(50):
        for host in hosts:
            clone.ask(host, "GET", "/health").raise_for_status()
    token = (clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{clone.port}/local/status"
    headers = {"Authorization": f"Bearer {token}"}
    status = httpx.get(url, headers=headers, verify=trusted_at(url), timeout=30).json()["result"]
    return float(status["runtime"]["memory_bytes"]) / MEBIBYTE


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
