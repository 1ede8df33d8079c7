"""Requests that a deployed system has to answer, as it declares them (PA-15)."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
from rich.markup import escape
from rich.table import Table
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_delay,
    stop_before_delay,
    wait_fixed,
)

from common.certificates import trusted_at
from common.user_agents import PROBE
from ops.health import websockets
from ops.health.probes import Door, no_door
from systems.system import AnySystem, Smoke

TIMEOUT_SECONDS = 10
PATIENCE_SECONDS = 60
"""How long a limit is waited for that says when it ends: verifying twice a minute is no fault."""

LOOPBACK = "http://127.0.0.1"
NOT_SENT = "not sent"

ReadSecret = Callable[[str], str | None]
"""Reads a secret by its key (`system:NAME`); `None` where it cannot be read."""


def unreadable(_: str) -> None:
    """Read no secret."""


@dataclass(frozen=True)
class Result:
    """What came of one request."""

    system: str
    request: Smoke
    came: str
    """What came back, for people: the status, or why there is none."""

    fault: str = ""
    """What is wrong with it; empty when nothing is."""

    took: float | None = None
    """Milliseconds until the answer, where it has a level to stay under."""

    def is_excused(self, without: frozenset[str]) -> bool:
        """Whether it needs something that its service goes on *without*: it is another's fault."""
        return bool(without & set(self.request.needs))

    @property
    def may_come_right(self) -> bool:
        """Whether it is wrong and need not stay so: neither unsent nor stopped by a limit."""
        return bool(self.fault) and self.came not in {NOT_SENT, str(httpx.codes.TOO_MANY_REQUESTS)}

    @property
    def slow(self) -> str:
        """Say that the answer missed its level; "" where it did not."""
        under = self.request.within_ms
        if self.fault or under is None or self.took is None or self.took < under:
            return ""
        return (
            f"{self.system}: {self.request.method} {self.request.path} took {self.took:.0f} ms, "
            f"which is to stay under {under} ms"
        )


def run(  # noqa: PLR0913 - each is another thing that requests are sent with
    systems: Iterable[AnySystem],
    addresses: Iterable[Mapping[str, str]],
    *,
    edge_port: int | None = None,
    secret: ReadSecret = unreadable,
    door: Door = no_door,
    patience: float = 0,
    without: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[Result]:
    """Send what *systems* declare to *addresses* of each (`system`, `url`).

    *edge_port* is that of the local Cloudflare; default: the addresses are asked themselves.
    *secret* reads the tokens that some of them want; default: none can be read. *door*: what is
    sent to an address so that Access lets it pass; default: nothing. *patience*: seconds that all
    of them together have to come right, which one that needs what its system is *without* does not
    take up; default: each is sent once.
    """
    ends = time.monotonic() + max(patience, 0)
    places: dict[str, list[_Where]] = {}
    for address in addresses:
        place = _Where(address["url"], edge_port, door(address))
        places.setdefault(address["system"], []).append(place)
    trusted = trusted_at(LOOPBACK if edge_port else "https:")
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted) as client:
        return [
            _until(
                ends,
                partial(_ask, client, system.name, request, place, secret),
                without.get(system.name, frozenset()),
            )
            for system, request in _declared(systems)
            for place in places.get(system.name, [])[request.address : request.address + 1]
        ]


def wrong(results: Iterable[Result], without: Mapping[str, frozenset[str]]) -> list[Result]:
    """List what is not as declared, but for what its system *without* something cannot do."""
    down = frozenset[str]()
    return [it for it in results if it.fault and not it.is_excused(without.get(it.system, down))]


def needed(results: Iterable[Result]) -> dict[str, frozenset[str]]:
    """Return the checks that *results* need, by their systems."""
    found: dict[str, frozenset[str]] = {}
    for each in results:
        found[each.system] = found.get(each.system, frozenset()) | set(each.request.needs)
    return found


def table(results: Iterable[Result]) -> Table:
    """Lay the results out: system, request, what came, what is wrong."""
    shown = Table("system", "request", "came", box=None, pad_edge=False)
    for result in results:
        colour = "red" if result.fault else "yellow" if result.slow else "green"
        asked = f"{result.request.method} {result.request.path}"
        said = _said(result)
        shown.add_row(result.system, escape(asked), f"[{colour}]{escape(said)}[/{colour}]")
    return shown


def _said(result: Result) -> str:
    if result.fault:
        return f"{result.came}; {result.fault}"
    took, under = result.took, result.request.within_ms
    if took is None or under is None:
        return result.came
    return f"{result.came} in {took:.0f} ms (< {under} ms){' slow' if result.slow else ''}"


def _declared(systems: Iterable[AnySystem]) -> Iterator[tuple[AnySystem, Smoke]]:
    for system in systems:
        for request in system.smoke:
            yield system, request


@dataclass(frozen=True)
class _Where:
    """The address of a system, and the edge of the local Cloudflare that serves it, if one does."""

    url: str
    edge_port: int | None
    door: Mapping[str, str]
    """Headers by which Access lets in."""


def _until(ends: float, ask: Callable[[], Result], without: frozenset[str]) -> Result:
    """Ask until what comes is as declared, or would not be by asking again, or it is *ends*."""
    retrying = Retrying(
        retry=retry_if_result(lambda got: got.may_come_right and not got.is_excused(without)),
        stop=stop_after_delay(ends - time.monotonic()),
        wait=wait_fixed(1),
        retry_error_callback=lambda tried: tried.outcome and tried.outcome.result(),
    )
    result: Result = retrying(ask)
    return result


def _ask(
    client: httpx.Client,
    system: str,
    request: Smoke,
    where: _Where,
    secret: ReadSecret,
) -> Result:
    headers = {"User-Agent": PROBE, **where.door, **request.headers}
    if request.bearer:
        value = secret(f"{system}:{request.bearer}")
        if value is None:
            return Result(system, request, NOT_SENT, f"{request.bearer} cannot be read here")
        headers["Authorization"] = f"Bearer {value}"
    if request.opens:
        return _open(system, request, where, headers)
    return _send(client, system, request, where, headers)


def _open(system: str, request: Smoke, where: _Where, headers: dict[str, str]) -> Result:
    address, listen = where.url + request.path, bool(request.contains)
    opening = Retrying(
        retry=retry_if_exception(lambda error: _refused_for(error) is not None),
        wait=lambda tried: (tried.outcome and _refused_for(tried.outcome.exception())) or 0,
        stop=stop_before_delay(PATIENCE_SECONDS),
        reraise=True,
    )
    try:
        first: str = opening(
            websockets.open_socket, address, headers, edge_port=where.edge_port, listen=listen
        )
    except websockets.NotOpenedError as error:
        limit = _limit(_refused_for(error))
        return Result(system, request, error.came, f"a WebSocket is expected to open{limit}")
    if request.contains not in first:
        return Result(system, request, "open", f"its first message has no {request.contains}")
    return Result(system, request, "open")


def _send(
    client: httpx.Client, system: str, request: Smoke, where: _Where, headers: dict[str, str]
) -> Result:
    address = where.url + request.path
    if where.edge_port:
        address = f"{LOOPBACK}:{where.edge_port}{request.path}"
        headers["Host"] = urlsplit(where.url).hostname or ""
    message = client.build_request(request.method, address, headers=headers, json=request.body)
    try:
        response = _answer(client, message, limited=request.status != httpx.codes.TOO_MANY_REQUESTS)
    except httpx.HTTPError as error:
        return Result(system, request, "nothing", type(error).__name__)
    took = response.elapsed.total_seconds() * 1000 if request.within_ms else None
    return Result(system, request, str(response.status_code), _fault(request, response), took)


def _answer(client: httpx.Client, message: httpx.Request, *, limited: bool) -> httpx.Response:
    """Send *message*, again after a limit that says when it ends if it is *limited*; see there."""
    sender = Retrying(
        retry=retry_if_result(lambda got: limited and _seconds(got) is not None),
        wait=_wait,
        stop=stop_before_delay(PATIENCE_SECONDS),
        retry_error_callback=lambda tried: tried.outcome and tried.outcome.result(),
    )
    answer: httpx.Response = sender(client.send, message)
    return answer


def _seconds(response: httpx.Response) -> int | None:
    """Return the seconds after which a refusal says to come again; `None` for all else."""
    return _ends_after(str(response.status_code), response.headers.get("Retry-After", ""))


def _refused_for(error: BaseException | None) -> int | None:
    """Return the seconds after which a WebSocket may be opened again; `None` for all else."""
    if not isinstance(error, websockets.NotOpenedError):
        return None
    return _ends_after(error.came, error.retry_after)


def _ends_after(status: str, after: str) -> int | None:
    refused = status == str(int(httpx.codes.TOO_MANY_REQUESTS))
    return int(after) if refused and after.isdecimal() else None


def _limit(seconds: int | None) -> str:
    return f"; a limit was met that ends in {seconds} s" if seconds else ""


def _wait(tried: RetryCallState) -> float:
    return (tried.outcome and _seconds(tried.outcome.result())) or 0


def _fault(request: Smoke, response: httpx.Response) -> str:
    if response.status_code != request.status:
        return f"{request.status} is expected{_limit(_seconds(response))}"
    if request.contains not in response.text:
        return f"the body has no {request.contains}"
    return ""
