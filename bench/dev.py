"""`make dev` against `wrangler dev` on the same worker: from a saved file to its new answer."""

import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from ops.development.bundles import watching
from ops.development.development import Development
from ops.development.upload import Account
from ops.development.workers import Worker
from ops.stack.target import BASE_URL, Target

PROJECT = Path(__file__).parents[1]
ROUNDS = 15
UP_SECONDS = 60.0
POLL_SECONDS = 0.002
HOST = "bench.chitty.cc"
DATE = "2026-05-01"
"""A compatibility date that the runtime of this wrangler knows."""

SOURCE = """export default {
  async fetch(request: Request, env: { KV: { get(key: string, type: "json"): Promise<unknown> } }) {
    const found = await env.KV.get("key", "json");
    return Response.json({ path: new URL(request.url).pathname, found, version: "VERSION" });
  },
};
"""
WRANGLER = {
    "name": "bench",
    "main": "index.ts",
    "compatibility_date": DATE,
    "kv_namespaces": [{"binding": "KV", "id": "bench"}],
}
Ask = Callable[[], httpx.Response]


def figures() -> Iterator[Figure]:
    """Save a file of each in turn and wait for its answer."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        ours, theirs = Path(directory) / "ours", Path(directory) / "theirs"
        cloud = stack.enter_context(_cloud(ours))
        first = _seconds(lambda: cloud.at(HOST))
        stack.enter_context(_developing(cloud, ours))
        wrangler = stack.enter_context(_wrangler(theirs))
        pairs = [
            (_saved(ours, n, lambda: cloud.at(HOST)), _saved(theirs, n, wrangler))
            for n in range(1, ROUNDS + 1)
        ]
    mine, others = (statistics.median(each) for each in zip(*pairs, strict=True))
    how = f"median of {ROUNDS} saves of each in turn: the file is written, the new answer is read"
    yield Figure("make dev against wrangler dev", mine / others, "times", how, 1)
    yield Figure("make dev", mine, "s", "the same saves", 0.5)
    yield Figure("wrangler dev", others, "s", "the same saves, wrangler 4.86")
    yield Figure("first answer after an upload", first * 1000, "ms", "of the same worker", 300)


@contextmanager
def _cloud(folder: Path) -> Iterator[LocalCloudflare]:
    """Run a local Cloudflare that has the worker."""
    folder.mkdir()
    _write(folder, 0)
    with local_cloudflare(folder.parent / "cloudflare") as cloud:
        path = cloud.account("/storage/kv/namespaces")
        namespace = cloud.result("POST", path, json={"title": "bench"})["id"]
        binding = {"type": "kv_namespace", "name": "KV", "namespace_id": namespace}
        code = "export default { fetch: () => new Response('deployed') };"
        cloud.upload("bench", {"index.mjs": code}, bindings=[binding], compatibility_date=DATE)
        domain = {"hostname": HOST, "service": "bench"}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
        yield cloud


@contextmanager
def _developing(cloud: LocalCloudflare, folder: Path) -> Iterator[None]:
    """Develop the worker, in this process, as `ops dev` does."""
    os.environ["CLOUDFLARE_API_TOKEN"] = cloud.token
    config = {BASE_URL: cloud.api_url, "chittyos:account": cloud.account_id}
    account = Account(Target("development", "development", config))
    worker = Worker("bench", "index.ts", node=False, checksum="", hosts=())
    account.enter(["bench"])
    ended = threading.Event()
    with watching(folder, [worker]) as bundles, _silent():
        running = Development(account, [worker], folder, {})

        def run() -> None:
            while not ended.is_set():
                running.step(bundles)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            _await(lambda: cloud.at(HOST), "version 0")
            yield
        finally:
            ended.set()
            thread.join()
    account.close()


@contextmanager
def _silent() -> Iterator[None]:
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        yield


@contextmanager
def _wrangler(folder: Path) -> Iterator[Ask]:
    """Run `wrangler dev` on the same worker; give what asks it."""
    folder.mkdir()
    _write(folder, 0)
    (folder / "wrangler.json").write_text(json.dumps(WRANGLER))
    port, inspector = _free_port(), _free_port()
    command = [str(PROJECT / "node_modules/.bin/wrangler"), "dev", "--local", f"--port={port}"]
    process = subprocess.Popen(
        [*command, f"--inspector-port={inspector}"],
        cwd=folder,
        env={**os.environ, "CI": "1", "WRANGLER_SEND_METRICS": "false", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:

        def ask() -> httpx.Response:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=30, trust_env=False)

        _await(ask, "version 0")
        yield ask
    finally:
        process.terminate()
        process.wait()


def _saved(folder: Path, version: int, ask: Ask) -> float:
    """Save another version and wait for its answer; return how many seconds that took."""
    began = time.perf_counter()
    _write(folder, version)
    _await(ask, f"version {version}")
    return time.perf_counter() - began


def _write(folder: Path, version: int) -> None:
    (folder / "index.ts").write_text(SOURCE.replace("VERSION", f"version {version}"))


def _await(ask: Ask, text: str) -> None:
    ends = time.monotonic() + UP_SECONDS
    pattern = re.compile(rf"{text}\b")
    while time.monotonic() < ends:
        with contextlib.suppress(httpx.HTTPError):
            if pattern.search(ask().text):
                return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{text} was not answered within {UP_SECONDS:.0f} s")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
