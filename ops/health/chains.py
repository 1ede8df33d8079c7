"""Goes through what a system reads of another stack, link by link, with its own credentials."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.markup import escape
from rich.table import Table

from common.certificates import trusted_at
from common.user_agents import PROBE
from systems.chains import Asker, Chain, Link, Reply

TIMEOUT_SECONDS = 10
SHOWN = 80
LOOPBACK = "http://127.0.0.1"
LOCAL = ".localhost"

ReadSecret = Callable[[str], str | None]
"""Reads a secret by its key (`system:NAME`); `None` where there is none."""


@dataclass(frozen=True)
class Place:
    """Where a chain begins, as it is reached from here."""

    url: str
    host: str | None = None
    """Host to ask for. Default: that of the address."""


@dataclass(frozen=True)
class Passage:
    """A chain of a system, with what it is asked with."""

    system: str
    settings: Any
    chain: Chain
    place: Place
    secret: ReadSecret
    """Reads the secrets of the stack."""

    only: tuple[str, str] | None = None
    """Whose token alone is asked with, and that token: one that is tried. Default: all that are
    configured."""

    def links(self) -> Iterator[tuple[str, Link]]:
        """Ask with every token, and yield whose it is and what each link has shown.

        What stands before the token is the same for all: once that is broken, it ends.
        """
        own = self._own()
        all_of_them = {"": self._read(self.chain.bearer), **own}
        for name, bearer in [self.only] if self.only else all_of_them.items():
            with self._client(bearer) as client:
                asker = Asker(lambda path, c=client: _reply(c, path), name, frozenset(own))  # type: ignore[misc]
                for link in self.chain.links(self.settings, asker):
                    yield name, link

    def _read(self, name: str) -> str:
        return self.secret(f"{self.system}:{name}") or ""

    def _own(self) -> dict[str, str]:
        try:
            found = json.loads(self._read(self.chain.each) or "{}")
        except ValueError:
            return {}
        return {str(name): str(value) for name, value in found.items()}

    def _client(self, bearer: str) -> httpx.Client:
        headers = {"User-Agent": PROBE, "Authorization": f"Bearer {bearer}"}
        client_id, secret = (
            self._read(name) for name in (self.chain.client_id, self.chain.client_secret)
        )
        if client_id and secret:
            headers |= {"CF-Access-Client-Id": client_id, "CF-Access-Client-Secret": secret}
        if self.place.host:
            headers["Host"] = self.place.host
        trusted = trusted_at(self.place.url)
        return httpx.Client(
            base_url=self.place.url, headers=headers, timeout=TIMEOUT_SECONDS, verify=trusted
        )


def place(address: str, *, api_port: int | None = None) -> Place:
    """Return how *address* is reached from here.

    *api_port* is that of the local Cloudflare: names that only workers find are asked for there,
    all others at its edge, which is the port after it. Default: the address itself is asked.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if api_port is None or host in {"127.0.0.1", "localhost"}:
        return Place(address.rstrip("/"))
    if host.endswith(LOCAL):
        return Place(f"{LOOPBACK}:{api_port}/local/hosts/{host}")
    return Place(f"{LOOPBACK}:{api_port + 1}", host)


def table(system: str, what: str, found: list[tuple[str, Link]]) -> Table:
    """Lay the links out: system, link, what came."""
    shown = Table("system", f"link to {what}", "came", box=None, pad_edge=False)
    for name, link in found:
        colour = "red" if link.fault else "green"
        told = f"{link.name} of {name}" if name else link.name
        said = f"{link.came}; {link.fault}" if link.fault else link.came
        shown.add_row(system, escape(told), f"[{colour}]{escape(said)}[/{colour}]")
    return shown


def broken(system: str, found: list[tuple[str, Link]]) -> list[str]:
    """Say which links are broken."""
    return [
        f"{system}: {link.name}{f' of {name}' if name else ''} {link.fault}"
        for name, link in found
        if link.fault
    ]


def _reply(client: httpx.Client, path: str) -> Reply:
    try:
        response = client.get(path)
    except httpx.HTTPError as error:
        return Reply(0, text=f"nothing: {type(error).__name__}")
    try:
        body = response.json()
    except ValueError:
        body = None
    return Reply(response.status_code, body, response.text[:SHOWN], dict(response.headers))
