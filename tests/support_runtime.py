"""A runtime of the local Cloudflare for tests: real workerd, free ports, a directory of its own."""

import asyncio
import hashlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from local.records.model import Cloud, DurableObject, Module, Route, Worker
from local.runtime import Runtime, S3Credentials

ACCOUNT = "0" * 32
CREDENTIALS = S3Credentials("test-access-key", "test-secret-key")
COMPATIBILITY_DATE = "2026-11-01"
HOST = "app.example.com"
COUNTING_SOCKETS = """import { DurableObject } from "cloudflare:workers";
export class Echo extends DurableObject {
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    let count = 0;
    server.addEventListener("message", ({ data }) => server.send(`${data} ${++count}`));
    return new Response(null, { status: 101, webSocket: client });
  }
}
export default { fetch: (request, env) => env.ECHO.getByName("one").fetch(request) };"""
"""A worker whose Durable Object answers each message of a WebSocket with it and its number."""

Result = TypeVar("Result")


class Answer:
    """An answer of the edge, read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class RunningRuntime:
    """A `Runtime` on an event loop in a thread, so that tests and their clients may block."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory = directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        settings: dict[str, Any] = {"edge_port": 0, "s3_port": 0, "account_id": ACCOUNT} | options
        self.runtime = Runtime(directory, s3_credentials=CREDENTIALS, **settings)

    def run(self, work: Coroutine[Any, Any, Result], timeout: float = 60) -> Result:
        """Run *work* on the runtime's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def close(self) -> None:
        self.run(self.runtime.stop())
        self.close_loop()

    def close_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def s3_url(self) -> str:
        return f"http://127.0.0.1:{self.runtime.s3_port}"

    def request(  # noqa: PLR0913  # what a client can say
        self,
        method: str,
        path: str,
        *,
        host: str = HOST,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 30,
    ) -> Answer:
        """Ask the edge as a client of *host* would, over a connection of its own."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.runtime.edge_port, timeout=timeout
        )
        try:
            connection.request(method, path, body, {"Host": host, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    @contextmanager
    def stream(
        self, method: str, path: str, *, host: str = HOST, body: bytes | str | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Ask the edge, and read the answer while it comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.runtime.edge_port, timeout=30)
        try:
            connection.request(method, path, body, {"Host": host})
            yield connection.getresponse()
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def admin(self, method: str, path: str, **options: Any) -> Any:
        return self.run(self.runtime.admin(method, path, **options))

    def apply(self, cloud: Cloud) -> None:
        self.run(self.runtime.apply(cloud))


@contextmanager
def running(directory: Path, cloud: Cloud, **options: Any) -> Iterator[RunningRuntime]:
    """Run *cloud* in *directory* until the block ends."""
    harness = RunningRuntime(directory, **options)
    try:
        harness.run(harness.runtime.start(cloud))
    except BaseException:
        harness.close_loop()
        raise
    try:
        yield harness
    finally:
        harness.close()


def script(directory: Path, source: str, name: str = "app", **fields: Any) -> Worker:
    """Make a worker of one module, written content-addressed below *directory*."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    path = directory / "scripts" / digest / "index.mjs"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    module = Module("index.mjs", "application/javascript+module", path)
    worker = Worker(name, "index.mjs", (module,), COMPATIBILITY_DATE)
    return replace(worker, **fields)


def objects(*classes: str, key: str = "test", sqlite: bool = True) -> tuple[DurableObject, ...]:
    """Durable Object namespaces of *classes*."""
    return tuple(DurableObject(name, f"{key}-{name}", sqlite) for name in classes)


def serving(*workers: Worker, host: str = HOST, **fields: Any) -> Cloud:
    """Make a cloud whose first worker has the custom domain *host*."""
    routes = (Route(host, workers[0].name, "domain"),) if workers else ()
    return Cloud(workers=workers, **{"routes": routes, **fields})


def json_of(**fields: Any) -> bytes:
    """Write *fields* as the body of a request."""
    return json.dumps(fields).encode()


def eventually(ask: Callable[[], Result], expected: Result, seconds: float = 20) -> None:
    """Ask until the answer is *expected*; fail with the last one when it never is."""
    end = time.monotonic() + seconds
    while (answer := ask()) != expected and time.monotonic() < end:
        time.sleep(0.1)

    assert answer == expected
