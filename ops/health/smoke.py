"""Requests that a deployed system has to answer, as it declares them (PA-15)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from rich.markup import escape
from rich.table import Table

from common.certificates import trusted_at
from common.user_agents import PROBE
from systems.system import AnySystem, Smoke

TIMEOUT_SECONDS = 10
LOOPBACK = "http://127.0.0.1"

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


def run(
    systems: Iterable[AnySystem],
    addresses: Iterable[Mapping[str, str]],
    *,
    edge_port: int | None = None,
    secret: ReadSecret = unreadable,
) -> list[Result]:
    """Send what *systems* declare to *addresses* of each (`system`, `url`).

    *edge_port* is that of the local Cloudflare; default: the addresses are asked themselves.
    *secret* reads the tokens that some of them want; default: none can be read.
    """
    urls: dict[str, list[str]] = {}
    for address in addresses:
        urls.setdefault(address["system"], []).append(address["url"])
    trusted = trusted_at(LOOPBACK if edge_port else "https:")
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted) as client:
        return [
            _ask(client, system.name, request, _Where(url, edge_port), secret)
            for system, request in _declared(systems)
            for url in urls.get(system.name, [])[request.address : request.address + 1]
        ]


def table(results: Iterable[Result]) -> Table:
    """Lay the results out: system, request, what came, what is wrong."""
    shown = Table("system", "request", "came", box=None, pad_edge=False)
    for result in results:
        colour = "red" if result.fault else "green"
        said = f"{result.came}; {result.fault}" if result.fault else result.came
        asked = f"{result.request.method} {result.request.path}"
        shown.add_row(result.system, escape(asked), f"[{colour}]{escape(said)}[/{colour}]")
    return shown


def _declared(systems: Iterable[AnySystem]) -> Iterator[tuple[AnySystem, Smoke]]:
    for system in systems:
        for request in system.smoke:
            yield system, request


@dataclass(frozen=True)
class _Where:
    """The address of a system, and the edge of the local Cloudflare that serves it, if one does."""

    url: str
    edge_port: int | None


def _ask(
    client: httpx.Client,
    system: str,
    request: Smoke,
    where: _Where,
    secret: ReadSecret,
) -> Result:
    headers = {"User-Agent": PROBE, **request.headers}
    if request.bearer:
        value = secret(f"{system}:{request.bearer}")
        if value is None:
            return Result(system, request, "not sent", f"{request.bearer} cannot be read here")
        headers["Authorization"] = f"Bearer {value}"
    return _send(client, system, request, where, headers)


def _send(
    client: httpx.Client, system: str, request: Smoke, where: _Where, headers: dict[str, str]
) -> Result:
    address = where.url + request.path
    if where.edge_port:
        address = f"{LOOPBACK}:{where.edge_port}{request.path}"
        headers["Host"] = urlsplit(where.url).hostname or ""
    try:
        response = client.request(request.method, address, headers=headers, json=request.body)
    except httpx.HTTPError as error:
        return Result(system, request, "nothing", type(error).__name__)
    return Result(system, request, str(response.status_code), _fault(request, response))


def _fault(request: Smoke, response: httpx.Response) -> str:
    if response.status_code != request.status:
        return f"{request.status} is expected"
    if request.contains not in response.text:
        return f"the body has no {request.contains}"
    return ""
