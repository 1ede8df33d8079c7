"""Ask every address of a stack whether it answers, and how fast."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

import httpx
from rich.markup import escape
from rich.table import Table
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from common.certificates import trusted_at
from common.user_agents import PROBE
from ops.errors import OpsError
from ops.health.certificates import Certificate, shown_by
from ops.health.service_levels import FURTHER

LOCAL_SECONDS = 15
REAL_SECONDS = 90
"""How long a fresh custom domain may take to answer."""

VERSION_HEADER, OVERRIDE_HEADER = "X-Worker-Version", "Cloudflare-Workers-Version-Overrides"
"""Says which version of a worker has answered; asks for one of those that share the requests."""

REMEMBERED_SECONDS = 12
"""How long a service may say of its checks what they were, and a little more."""

TIMEOUT_SECONDS = 10
WIDTH = 70

Door = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Returns the headers by which an address lets in; none where it asks for nothing."""


def no_door(_: Mapping[str, str]) -> Mapping[str, str]:
    """Return no headers."""
    return {}


@dataclass(frozen=True)
class Answer:
    """What one address said."""

    system: str
    address: str
    ok: bool
    said: str

    first: float | None = None
    """Milliseconds of the first request that was answered, its connection included."""

    further: tuple[float, ...] = ()
    """Milliseconds of the requests after it, on the same connection."""

    certificate: Certificate | None = None
    """What the server showed for itself; `None` for plain http, or where it was not seen."""

    without: frozenset[str] = frozenset()
    """What it goes on without, by the names of its checks: others are down, and it is not."""

    version: str = ""
    """Id of the version of the worker that answered; "" where the answer does not say."""


def ask_all(
    addresses: Iterable[Mapping[str, str]],
    *,
    edge_port: int | None = None,
    patience: float | None = None,
    door: Door = no_door,
) -> list[Answer]:
    """Ask each system of *addresses* (`system`, `url`, `check`: the path that says its health).

    Where an address has a `version`, that one has to answer: the code before it is healthy too.
    With `script` as well, it is asked for by its id, for it shares the requests with another.
    *edge_port* is that of the local Cloudflare; default: the addresses are asked themselves.
    *patience*: seconds until what does not answer is given up, counted once for all of them.
    *door*: what is sent to an address so that Access lets it pass; default: nothing.
    """
    asked = list(addresses)
    if not asked:
        raise OpsError("the stack exports no addresses; run up first")
    ends = time.monotonic() + (patience or patience_for(edge_port))
    return [_ask_patiently(one, edge_port, door, ends) for one in asked]


def ask_once(
    address: Mapping[str, str], *, edge_port: int | None = None, door: Door = no_door
) -> Answer:
    """Ask an address (see `ask_all`) once, and return whatever came."""
    request, blank = _asked(address, edge_port, door)
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted_at(str(request.url))) as client:
        return _ask(client, request, blank, address.get("version", ""))


def patience_for(edge_port: int | None) -> float:
    """Return the seconds that all addresses together have to answer."""
    return LOCAL_SECONDS if edge_port else REAL_SECONDS


def without(answers: Iterable[Answer]) -> dict[str, frozenset[str]]:
    """Return what each system goes on without, at whichever of its addresses."""
    found: dict[str, frozenset[str]] = {}
    for answer in answers:
        found[answer.system] = found.get(answer.system, frozenset()) | answer.without
    return found


def await_word(
    address: Mapping[str, str], sought: Iterable[str], *, edge_port: int | None = None
) -> frozenset[str]:
    """Ask an address what it goes on without, until it names one of *sought* or would have.

    A service remembers its checks for a while: what is down since a moment ago it says later.
    """
    wanted = frozenset(sought)
    request, shown = _request(address["url"] + address["check"], edge_port)
    blank = Answer(address["system"], shown, ok=False, said="")
    retrying = Retrying(
        retry=retry_if_result(lambda answer: not answer.without & wanted),
        stop=stop_after_delay(REMEMBERED_SECONDS),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else blank,
    )
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted_at(str(request.url))) as client:
        answer: Answer = retrying(_ask, client, request, blank)
        return answer.without


def local_address(address: str, edge_port: int) -> str:
    """Write where the host of *address* answers on this machine."""
    parts = urlsplit(address)
    return urlunsplit(("http", f"{parts.hostname}.localhost:{edge_port}", parts.path, "", ""))


def table(answers: list[Answer]) -> Table:
    """Lay the answers out: system, address, what answered."""
    shown = Table("system", "address", "answered", box=None, pad_edge=False)
    for answer in answers:
        colour = ("yellow" if answer.without else "green") if answer.ok else "red"
        said = f"[{colour}]{escape(answer.said)}[/{colour}]"
        shown.add_row(answer.system, escape(answer.address), said)
    return shown


def _ask_patiently(
    address: Mapping[str, str], edge_port: int | None, door: Door, ends: float
) -> Answer:
    retrying = Retrying(
        retry=retry_if_result(lambda answer: not answer.ok),
        stop=stop_after_delay(ends - time.monotonic()),
        wait=wait_fixed(0.5),
    )
    request, blank = _asked(address, edge_port, door)
    trusted = trusted_at(str(request.url))
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted) as client:
        try:
            version = address.get("version", "")
            answer: Answer = retrying(_ask, client, request, blank, version)
        except RetryError as error:
            last: Answer = error.last_attempt.result()
            return last
        return _ask_on(client, request, answer)


def _asked(
    address: Mapping[str, str], edge_port: int | None, door: Door
) -> tuple[httpx.Request, Answer]:
    """Make the request for *address*, and the answer that has not come yet."""
    more = dict(door(address))
    if script := address.get("script"):
        more[OVERRIDE_HEADER] = f'{script}="{address["version"]}"'
    request, shown = _request(address["url"] + address["check"], edge_port, more)
    return request, Answer(address["system"], shown, ok=False, said="")


def _request(
    address: str, edge_port: int | None, more: Mapping[str, str] | None = None
) -> tuple[httpx.Request, str]:
    """Make the request for *address* with *more* headers, and write where it goes for people."""
    headers = {"User-Agent": PROBE, **(more or {})}
    if not edge_port:
        return httpx.Request("GET", address, headers=headers), address
    url = f"http://127.0.0.1:{edge_port}{urlsplit(address).path}"
    headers["Host"] = urlsplit(address).hostname or ""
    return httpx.Request("GET", url, headers=headers), local_address(address, edge_port)


def _ask(client: httpx.Client, request: httpx.Request, blank: Answer, expected: str = "") -> Answer:
    """Send *request*; where a version is *expected*, its answer alone is one."""
    try:
        response = client.send(request)
    except httpx.HTTPError as error:
        return replace(blank, said=f"nothing: {type(error).__name__}")
    version = response.headers.get(VERSION_HEADER, "")
    stale = _stale(version, expected)
    return replace(
        blank,
        ok=response.is_success and not stale,
        said=_said(response) + stale,
        first=_took(response) if response.is_success else None,
        certificate=shown_by(response),
        without=_failed(response) if response.is_success else frozenset(),
        version=version,
    )


def _stale(version: str, expected: str) -> str:
    """Say that another version than the *expected* one has answered; "" where that is not so."""
    if not expected or version == expected:
        return ""
    return f", by {f'version {version}' if version else 'no version that it names'}, not {expected}"


def _ask_on(client: httpx.Client, request: httpx.Request, answer: Answer) -> Answer:
    """Ask more often what has answered once: how fast it is, and whether it is always there."""
    took = []
    for _ in range(FURTHER):
        with suppress(httpx.HTTPError):
            response = client.send(request)
            if response.is_success:
                took.append(_took(response))
    failed = FURTHER - len(took)
    said = f"{answer.said}, then {failed} of {FURTHER} failed" if failed else answer.said
    return replace(answer, ok=not failed, said=said, further=tuple(took))


def _failed(response: httpx.Response) -> frozenset[str]:
    """Return the checks that failed of a service that answers all the same."""
    try:
        checks = response.json()["checks"]
        return frozenset(name for name, came in checks.items() if came == "failed")
    except (ValueError, TypeError, KeyError, AttributeError):
        return frozenset()


def _took(response: httpx.Response) -> float:
    return response.elapsed.total_seconds() * 1000


def _said(response: httpx.Response) -> str:
    try:
        body = response.json()
        told = " ".join(str(body[key]) for key in ("service", "version", "status") if key in body)
    except (ValueError, TypeError):
        told = response.text.strip().splitlines()[0] if response.text.strip() else ""
    return f"{response.status_code} {told[:WIDTH]}".strip()
