"""The local data plane: how fast it starts and changes, what it weighs, what the edge costs."""

import asyncio
import os
import selectors
import signal
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx

from harness.figure import Figure
from local.records.model import Cloud, Module, Route, Worker
from local.runtime import Runtime, S3Credentials
from local.runtime.assembly.configuration import SOCKETS, Variant, write
from local.runtime.assembly.registry import DISKS
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.services import designator, worker_service
from local.runtime.workerd.host_os import workerd_binary
from local.runtime.workerd.process import Workerd
from local.runtime.workerd.supervisor import listen

PROJECT = Path(__file__).parents[1]
CREDENTIALS = S3Credentials("bench", "bench")
MEBIBYTE = 1024 * 1024
HOST = "bench.example.com"
KV = {"type": "kv_namespace", "name": "KV", "namespace_id": "bench"}
TRIVIAL = "export default { fetch: () => new Response('ok') }"
USUAL = """export default { async fetch(request, env) {
  const url = new URL(request.url);
  const found = await env.KV.get("key", "json");
  return Response.json({ path: url.pathname, found, at: Date.now() });
} }"""
RELOADS = 7
CONNECTIONS = 4
ROUNDS = 15
SECONDS = 1.0


def figures() -> Iterator[Figure]:
    """Measure everything on runtimes of their own."""
    with tempfile.TemporaryDirectory() as directory:
        yield from asyncio.run(_life(Path(directory) / "life"))
        yield from _edge(Path(directory) / "edge")


async def _life(directory: Path) -> list[Figure]:
    """Start, change and weigh a runtime of three workers."""
    clouds = [_cloud(directory, f"// {version}") for version in range(RELOADS + 1)]
    runtime = _runtime(directory)
    began = time.perf_counter()
    await runtime.start(clouds[0])
    start = time.perf_counter() - began
    swaps, changes = [], []
    for cloud in clouds[1:]:
        began = time.perf_counter()
        await runtime.apply(cloud)
        changes.append(time.perf_counter() - began)
        swaps.append(runtime.status()["last_swap_ms"])
    weight = runtime.status()["memory_bytes"] / MEBIBYTE
    began = time.perf_counter()
    checked = await runtime.check(clouds[0].workers[0], clouds[0])
    check = time.perf_counter() - began
    await runtime.stop()
    change = statistics.median(changes) * 1000
    return [
        Figure("runtime start", start * 1000, "ms", "three workers, empty state", 1000),
        Figure("reload", change, "ms", "median: coalescing, test start, swap", 2000),
        Figure("gap of a reload", statistics.median(swaps), "ms", "median: requests wait", 500),
        Figure("check of an upload", check * 1000, "ms", "test start with empty state", 2000),
        Figure("start of a worker", checked.startup_time_ms, "ms", "as its upload says", 100),
        Figure("memory", weight, "MiB", "resident, after the reloads, before requests", 200),
    ]


def _edge(directory: Path) -> Iterator[Figure]:
    for name, source, target in (("usual", USUAL, 0.7), ("trivial", TRIVIAL, None)):
        cloud = single(directory / name, source)
        with both(directory / name, cloud) as (bare, edge):
            ratio, rate, added = compared(bare, edge)
        what = "KV read and JSON" if name == "usual" else "a constant, nothing else"
        how = f"same worker ({what}), {CONNECTIONS} connections, runs in turn, median"
        yield Figure(f"edge against bare, {name}", ratio, "of bare", how, target, "higher")
        yield Figure(f"edge, {name}", rate, "requests/s", how)
        yield Figure(f"added by the edge, {name}", added, "ms", "difference of the medians")


def compared(bare: int, edge: int, headers: str = "") -> tuple[float, float, float]:
    """Measure both in turn, so that what else the machine does falls on both alike.

    *headers* are further lines of each request. Default: none.
    """
    runs = [(_load(bare, headers), _load(edge, headers)) for _ in range(ROUNDS)]
    ratio = statistics.median(second.rate / first.rate for first, second in runs)
    rate = statistics.median(second.rate for _, second in runs)
    added = statistics.median(second.latency - first.latency for first, second in runs)
    return ratio, rate, added * 1000


@dataclass(frozen=True)
class Load:
    """Requests a second, and the median of their seconds."""

    rate: float
    latency: float


def _load(port: int, headers: str) -> Load:
    """Ask over a few connections as fast as the answers come."""
    request = f"GET /bench HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n".encode()
    selector = selectors.DefaultSelector()
    sent: dict[socket.socket, float] = {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        sent[connection] = time.perf_counter()
        connection.sendall(request)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        for key, _ in selector.select(1):
            connection = cast("socket.socket", key.fileobj)
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"unexpected answer: {answer[:200]!r}")
            times.append(time.perf_counter() - sent[connection])
            sent[connection] = time.perf_counter()
            connection.sendall(request)
    for connection in sent:
        connection.close()
    return Load(len(times) / SECONDS, statistics.median(times))


@contextmanager
def both(directory: Path, cloud: Cloud) -> Iterator[tuple[int, int]]:
    """Serve a worker in one process behind the edge and bare; answers the two ports."""
    names = ("edge", "s3", "admin", "bare")
    held = {name: listen("127.0.0.1", 0) for name in names}
    ports = {name: each.getsockname()[1] for name, each in held.items()}
    layout = Layout.below(directory)
    key = layout.root / "access-key.json"
    account = Account("0" * 32, "127.0.0.1", ports["edge"], ports["s3"], CREDENTIALS, key)
    layout.create(DISKS)
    bare = {"name": "bare", "http": {}, "service": designator(worker_service("bench"))}
    variant = Variant(sockets=(*SOCKETS, bare))
    layout.config.write_text(write(cloud, account, layout, layout.config, variant))
    with asyncio.Runner() as runner:
        binary = workerd_binary(PROJECT)
        process = runner.run(Workerd.start(binary, layout.config, held, lambda _: None))
        pump = threading.Thread(target=runner.run, args=(process.wait(),))
        pump.start()
        try:
            _watch_nobody(ports["admin"])
            yield ports["bare"], ports["edge"]
        finally:
            os.kill(process.pid, signal.SIGKILL)
            pump.join()
    for each in held.values():
        each.close()


def _watch_nobody(admin: int) -> None:
    """Say that no event is tailed, as the supervisor does: else each is written out."""
    httpx.put(f"http://127.0.0.1:{admin}/tails", json=[]).raise_for_status()


def _runtime(directory: Path) -> Runtime:
    return Runtime(
        directory, edge_port=0, s3_port=0, account_id="0" * 32, s3_credentials=CREDENTIALS
    )


def _worker(directory: Path, name: str, source: str) -> Worker:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}-{abs(hash(source))}.mjs"
    path.write_text(source)
    module = Module("index.mjs", "application/javascript+module", path)
    return Worker(name, "index.mjs", (module,), "2026-11-01", bindings=(KV,))


def _cloud(directory: Path, version: str) -> Cloud:
    names = ("one", "two", "three")
    workers = tuple(_worker(directory, name, f"{USUAL} {version}") for name in names)
    routes = tuple(Route(f"{name}.example.com", name, "domain") for name in names)
    return Cloud(workers=workers, routes=routes, kv_namespaces=("bench",))


def single(directory: Path, source: str) -> Cloud:
    """Make a cloud of one worker, `bench`, at `HOST`."""
    worker = _worker(directory, "bench", source)
    routes = (Route(HOST, "bench", "domain"),)
    return Cloud(workers=(worker,), routes=routes, kv_namespaces=("bench",))
