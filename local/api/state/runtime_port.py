"""What the API asks of the runtime. `local.runtime.Runtime` is the one that serves."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn, Protocol, TypedDict, Unpack
from urllib.parse import quote

import httpx

from common.json_types import Json
from local.api.errors import ApiError, runtime_failed, runtime_unavailable
from local.records.model import Checked, Cloud, Worker
from local.runtime.errors import NotServingError


class RuntimePort(Protocol):
    """The runtime as the API sees it."""

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        """Start *worker* with empty state; raises `RefusedError` with the compiler's message."""
        ...

    async def apply(self, cloud: Cloud) -> None:
        """Make *cloud* what is served; on `RefusedError` the last good one goes on serving."""
        ...

    async def admin(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask the private worker that holds every binding."""
        ...

    async def develop(self, workers: Collection[str], seconds: float) -> Json:
        """Run *workers* in processes of their own; raises `RefusedError` where that cannot be."""
        ...

    def status(self) -> Json: ...

    async def run_lifecycle(self) -> Json: ...

    async def trigger_cron(self, worker: str, cron: str) -> Json: ...

    def stored_objects(self, namespace: str) -> list[str]:
        """Return the ids of the Durable Objects that *namespace* keeps, in order."""
        ...

    async def query_object(
        self, namespace: str, *, object_id: str | None, name: str | None, statements: list[Json]
    ) -> list[Json]:
        """Read from the storage of one object; raises `RefusedError` where that cannot be."""
        ...

    async def datasets(self) -> list[str]:
        """Name the datasets of Analytics Engine that have a point."""
        ...

    async def select_points(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a SELECT of SQLite over the points; raises `RefusedError` where that fails."""
        ...

    def set_clock(self, offset_seconds: float) -> None: ...

    @property
    def clock_offset(self) -> float:
        """Seconds that the moved clock is ahead."""
        ...

    async def probe(self, check: Json) -> Json:
        """Ask an origin once; raises `NotServingError` or `httpx.HTTPError` without a verdict."""
        ...

    async def set_faults(self, faults: list[Json]) -> None: ...

    def logs(
        self,
        *,
        worker: str | None = None,
        since: float = 0,
        limit: int = 1000,
        probes: bool = False,
    ) -> list[Json]: ...

    def note(self, message: str, level: str = "info") -> None:
        """Add a line of the runtime's own to what `logs` answers."""
        ...

    def without_secrets(self, value: Any) -> Any:
        """Return *value*, any JSON, with a mark for each secret of the account in its texts."""
        ...

    def watch(
        self, worker: str, observe: Callable[[Json], None]
    ) -> AbstractAsyncContextManager[None]:
        """Have *observe* called with every event of *worker* while the context is open."""
        ...

    def watch_edge(self, observe: Callable[[Json], None]) -> AbstractAsyncContextManager[None]:
        """Have *observe* called with every request that the edge answers, in the same way."""
        ...


UNKNOWN = frozenset(
    {
        "NoSuchBucket",
        "unknown_database",
        "unknown_namespace",
        "unknown_path",
        "unknown_queue",
        "unknown_worker",
    }
)
"""What the admin worker says of a thing that it does not have. It is asked for things that the
records have, so that is never a key that is not there, but a runtime that runs something older."""


class Sent(TypedDict, total=False):
    """What goes along with a request."""

    content: bytes | AsyncIterator[bytes] | None
    headers: Mapping[str, str] | None
    params: Mapping[str, str] | None


async def ask(
    runtime: RuntimePort, method: str, *path: str, **sent: Unpack[Sent]
) -> httpx.Response:
    """Ask the admin worker for the resource at *path*, a sequence of names in clear."""
    address = "/" + "/".join(map(_segment, path))
    try:
        answer = await runtime.admin(method, address, **sent)
    except (httpx.HTTPError, NotServingError) as error:
        raise runtime_unavailable(str(error) or type(error).__name__) from error
    if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
        raise runtime_failed(message(answer))
    is_unknown = answer.status_code == httpx.codes.NOT_FOUND and problem(answer) in UNKNOWN
    if answer.is_server_error or is_unknown:
        raise runtime_unavailable(message(answer))
    return answer


def _segment(name: str) -> str:
    """Encode *name* as one segment, its dots too: clients take `..` for a step back."""
    return quote(name, safe="").replace(".", "%2E")


def problem(answer: httpx.Response) -> str | None:
    """Return the code of a refusal by the admin worker; `None` where the answer has none."""
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None


def message(answer: httpx.Response) -> str:
    """Return the reason of a refusal by the admin worker."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text or f"status {answer.status_code}"


def refuse(answer: httpx.Response, code: int) -> NoReturn:
    raise ApiError(answer.status_code, code, message(answer))
