"""Where a system answers, and what every request of a load test brings with it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect

from common.certificates import trusted_at
from common.user_agents import LOAD_TEST
from systems.load import Asked

LOOPBACK = "127.0.0.1"
TIMEOUT_SECONDS = 10
CONNECTIONS = 100
CLOSE_SECONDS = 2
LONGEST_WAIT = 60
"""Seconds that a refusal may ask to wait."""

ReadSecret = Callable[[str], str]
"""Reads a secret of the system by its name."""


@dataclass(frozen=True)
class Site:
    """A system that is asked."""

    url: str
    """Its first address."""

    edge_port: int | None
    """Port of the local Cloudflare's edge; `None`: the address is asked itself."""

    secret: ReadSecret
    lifted: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers that lift its limits. Default: they hold."""

    def client(self) -> httpx.AsyncClient:
        """Open the connections that all requests share."""
        base = f"http://{LOOPBACK}:{self.edge_port}" if self.edge_port else self.url
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        timeout = httpx.Timeout(TIMEOUT_SECONDS)
        trusted = trusted_at(base)
        return httpx.AsyncClient(base_url=base, limits=limits, timeout=timeout, verify=trusted)

    def request(self, client: httpx.AsyncClient, asked: Asked, number: int) -> httpx.Request:
        """Make the request *asked*, which is the one of that *number*."""
        headers = {**self.headers(asked.bearer), **({"Host": self.host} if self.edge_port else {})}
        body = asked.body(number) if asked.body else None
        return client.build_request(asked.method, asked.path, headers=headers, json=body)

    @asynccontextmanager
    async def socket(self, path: str, bearer: str) -> AsyncIterator[ClientConnection]:
        """Open a WebSocket of the system."""
        scheme = "ws" if self.edge_port or self.url.startswith("http://") else "wss"
        local: dict[str, Any] = {"host": LOOPBACK, "port": self.edge_port, "proxy": None}
        async with connect(
            f"{scheme}://{self.netloc}{path}",
            additional_headers=self.headers(bearer),
            user_agent_header=LOAD_TEST,
            ping_interval=None,
            open_timeout=TIMEOUT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_queue=None,
            **(local if self.edge_port else {}),
        ) as opened:
            yield opened

    def headers(self, bearer: str) -> dict[str, str]:
        """Return the headers of a request that sends the secret *bearer* as its token."""
        token = {"Authorization": f"Bearer {self.secret(bearer)}"} if bearer else {}
        return {"User-Agent": LOAD_TEST, **self.lifted, **token}

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc


async def sleep_or_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for so many *seconds*, or until *stop* is set; return whether it is."""
    if stop.is_set() or seconds <= 0:
        return stop.is_set()
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def explained(headers: Mapping[str, str]) -> bool:
    """Whether a refusal says when to come again, within the minute that limits are counted by."""
    after = headers.get("Retry-After", "")
    return after.isdecimal() and 1 <= int(after) <= LONGEST_WAIT
