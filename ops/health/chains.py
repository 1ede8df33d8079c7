"""Goes through what a system reads of another stack, link by link, with its own credentials."""

import json
from collections.abc import Callable, Iterator, Mapping
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
UNREADABLE = (
    "not readable here: where it is a reference sign in with `op signin`, else look at the "
    "passphrase of the stack"
)

ReadSecret = Callable[[str], str | None]
"""Reads a secret by its key (`system:NAME`); `None` where there is none."""

IsSet = Callable[[str], bool]
"""Whether a key has a value, readable here or not."""

Door = Callable[[], Mapping[str, str]]
"""Gives the headers by which Access lets pass to a host of the stack itself."""


def no_door() -> Mapping[str, str]:
    """Know of no host behind Access in the stack."""
    return {}


def _never(_: str) -> bool:
    return False


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

    is_set: IsSet = _never
    """Tells a secret that cannot be read here from one that is not set. Default: none is set."""

    door: Door = no_door
    """What the program hands over where nobody has set it. Default: nothing."""

    def links(self) -> Iterator[tuple[str, Link]]:
        """Ask with every token, and yield whose it is and what each link has shown.

        What cannot be read here is broken before anything is asked.
        """
        if lacking := self._unreadable():
            yield "", Link(lacking, "nothing", UNREADABLE)
            return
        own = self._own()
        all_of_them = {"": self._read(self.chain.bearer), **own}
        for name, bearer in [self.only] if self.only else all_of_them.items():
            with self._client(bearer) as client:
                asker = Asker(lambda path, c=client: _reply(c, path), name, frozenset(own))  # type: ignore[misc]
                for link in self.chain.links(self.settings, asker):
                    yield name, link

    def _unreadable(self) -> str:
        """Return what cannot be presented, for its value cannot be read here; "" for nothing."""
        chain = self.chain
        tokens = {} if self.only else {chain.bearer: chain.credential, chain.each: chain.credential}
        halves = dict.fromkeys((chain.client_id, chain.client_secret), "Access")
        return next(
            (
                title
                for name, title in {**tokens, **halves}.items()
                if self.is_set(f"{self.system}:{name}") and not self._read(name)
            ),
            "",
        )

    def _read(self, name: str) -> str:
        return self.secret(f"{self.system}:{name}") or ""

    def _own(self) -> dict[str, str]:
        try:
            found = json.loads(self._read(self.chain.each) or "{}")
        except ValueError:
            return {}
        return {str(name): str(value) for name, value in found.items()}

    def _client(self, bearer: str) -> httpx.Client:
        headers = {"User-Agent": PROBE, "Authorization": f"Bearer {bearer}", **self._passing()}
        if self.place.host:
            headers["Host"] = self.place.host
        trusted = trusted_at(self.place.url)
        return httpx.Client(
            base_url=self.place.url, headers=headers, timeout=TIMEOUT_SECONDS, verify=trusted
        )

    def _passing(self) -> Mapping[str, str]:
        """Return the service token of Access: what is set, or else what the program hands over."""
        client_id, secret = (
            self._read(name) for name in (self.chain.client_id, self.chain.client_secret)
        )
        if client_id and secret:
            return {"CF-Access-Client-Id": client_id, "CF-Access-Client-Secret": secret}
        return self.door() if not client_id else {}


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
