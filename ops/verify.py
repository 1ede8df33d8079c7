"""Ask every address of a stack whether it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx
from rich.markup import escape
from rich.table import Table
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from ops.errors import OpsError

LOCAL_SECONDS = 15
REAL_SECONDS = 90
"""How long a fresh custom domain may take to answer."""

TIMEOUT_SECONDS = 10
WIDTH = 70


@dataclass(frozen=True)
class Answer:
    """What one address said."""

    system: str
    address: str
    ok: bool
    said: str


def ask_all(
    addresses: Iterable[Mapping[str, str]],
    *,
    edge_port: int | None = None,
    patience: float | None = None,
) -> list[Answer]:
    """Ask each system of *addresses* (`system`, `url`, `check`: the path that says its health).

    *edge_port* is that of the local Cloudflare; default: the addresses are asked themselves.
    *patience*: seconds until an address that does not answer is given up.
    """
    asked = list(addresses)
    if not asked:
        raise OpsError("the stack exports no addresses; run up first")
    seconds = patience or (LOCAL_SECONDS if edge_port else REAL_SECONDS)
    return [
        _ask_patiently(one["system"], one["url"] + one["check"], edge_port, seconds)
        for one in asked
    ]


def local_address(address: str, edge_port: int) -> str:
    """Write where the host of *address* answers on this machine."""
    parts = urlsplit(address)
    return urlunsplit(("http", f"{parts.hostname}.localhost:{edge_port}", parts.path, "", ""))


def table(answers: list[Answer]) -> Table:
    """Lay the answers out: system, address, what answered."""
    shown = Table("system", "address", "answered", box=None, pad_edge=False)
    for answer in answers:
        colour = "green" if answer.ok else "red"
        said = f"[{colour}]{escape(answer.said)}[/{colour}]"
        shown.add_row(answer.system, escape(answer.address), said)
    return shown


def _ask_patiently(system: str, address: str, edge_port: int | None, seconds: float) -> Answer:
    retrying = Retrying(
        retry=retry_if_result(lambda answer: not answer.ok),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(0.5),
    )
    try:
        answer: Answer = retrying(_ask, system, address, edge_port)
    except RetryError as error:
        last: Answer = error.last_attempt.result()
        return last
    return answer


def _ask(system: str, address: str, edge_port: int | None) -> Answer:
    url, shown, host = address, address, urlsplit(address).hostname or ""
    if edge_port:
        shown = local_address(address, edge_port)
        url = f"http://127.0.0.1:{edge_port}{urlsplit(address).path}"
    try:
        response = httpx.get(url, headers={"Host": host}, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        return Answer(system, shown, ok=False, said=f"nothing: {type(error).__name__}")
    return Answer(system, shown, response.is_success, _said(response))


def _said(response: httpx.Response) -> str:
    took = f"{response.elapsed.total_seconds() * 1000:.0f} ms"
    try:
        body = response.json()
        told = " ".join(str(body[key]) for key in ("service", "version", "status") if key in body)
    except (ValueError, TypeError):
        told = response.text.strip().splitlines()[0] if response.text.strip() else ""
    return f"{response.status_code} {told[:WIDTH]} ({took})".replace("  ", " ")
