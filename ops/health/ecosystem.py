"""Are the services well that a deployment rests on, and that it does not bring along (ID-5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from rich.markup import escape
from rich.table import Table
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed

from common.certificates import trusted_at
from common.user_agents import PROBE
from ops.errors import OpsError
from systems.ecosystem import SERVICES, Service

TRIES = 3
PAUSE_SECONDS = 2
TIMEOUT_SECONDS = 10
HEALTH = "/health"
AGENT = {"User-Agent": PROBE}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ILL = {"unhealthy", "error", "down"}
"""What a service says of itself that answers and does not work."""


@dataclass(frozen=True)
class Health:
    """What a service said."""

    service: Service
    url: str
    said: str
    ok: bool


def addresses(environment: Mapping[str, str]) -> dict[Service, str]:
    """Return where each service answers, by the variables of *environment*.

    Raises `OpsError` for the first that is not set, or is no address: nothing has been asked then.
    """
    found = {each: environment.get(each.variable, "").strip() for each in SERVICES}
    for service, url in found.items():
        if not url:
            raise OpsError(
                f"{service.variable} is not set: say where the {service.name} answers, "
                "as https://HOST"
            )
        if not _is_address(url):
            raise OpsError(
                f"{service.variable} is no address of a service: https://HOST is one, with neither "
                "user, password nor query (http:// on this machine alone)"
            )
    return found


def _is_address(url: str) -> bool:
    try:
        httpx.URL(url)
        parts = urlsplit(url)
    except (ValueError, httpx.InvalidURL):
        return False
    ours = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return bool(ours and parts.hostname and "@" not in parts.netloc and not parts.query)


def ask(services: Mapping[Service, str]) -> list[Health]:
    """Ask each of *services* for its health, up to three times, two seconds apart."""
    return [_patiently(service, url) for service, url in services.items()]


def _patiently(service: Service, url: str) -> Health:
    shown = url.rstrip("/") + HEALTH
    retrying = Retrying(
        retry=retry_if_result(lambda health: not health.ok),
        stop=stop_after_attempt(TRIES),
        wait=wait_fixed(PAUSE_SECONDS),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted_at(shown), headers=AGENT) as client:
        health: Health = retrying(_ask, client, service, shown)
    return health


def _ask(client: httpx.Client, service: Service, url: str) -> Health:
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        return Health(service, url, f"no answer ({type(error).__name__})", ok=False)
    status = _status(response)
    ok = response.status_code == httpx.codes.OK and status not in ILL
    return Health(service, url, f"{response.status_code} {status}".strip(), ok)


def _status(response: httpx.Response) -> str:
    try:
        said = response.json()["status"]
    except (ValueError, KeyError, TypeError):
        return ""
    return said if isinstance(said, str) and said.isascii() and said.isalpha() else ""


def table(found: Iterable[Health]) -> Table:
    """Return what came as a table."""
    shown = Table("service", "address", "said", box=None, pad_edge=False)
    for each in found:
        colour = "green" if each.ok else ("red" if each.service.is_needed else "yellow")
        shown.add_row(each.service.name, escape(each.url), f"[{colour}]{escape(each.said)}[/]")
    return shown
