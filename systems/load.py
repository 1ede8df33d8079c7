"""What a load test asks a system, what has to be held meanwhile, which limits it has to meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
"""What a WebSocket was told, out of its JSON."""


TEST_KEY = "the key of the load test"
"""Stands as bearer for an API key that is made for the test: see `Load.key`."""


@dataclass(frozen=True)
class Asked:
    """A request of a load test."""

    path: str
    """Path and query, at the first address of the system."""

    share: int = 1
    """How many of the requests are this one, beside the shares of the others. Default: 1."""

    method: str = "GET"
    body: Callable[[int], Message] | None = None
    """Makes the JSON to send, of the number of the request. Default: nothing is sent."""

    bearer: str = ""
    """Name of the secret of the system that is sent as bearer token. Default: none is."""

    is_tallied: bool = False
    """Whether the system counts each that is answered well: see `Load.tally`. Default: no."""


@dataclass(frozen=True)
class Key:
    """An API key of an account, which is made for a load test and taken away after it."""

    account_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """What the system says it has counted: of each request that it has answered well, one."""

    asked: Asked
    count: Callable[[Message], int]
    what: str
    """What it has done with each: `billed`."""

    patience_seconds: float = 60
    """How long it may take to count the last one. Default: a minute."""


@dataclass(frozen=True)
class Followed:
    """The WebSocket that a load test follows many times."""

    path: str
    number: Callable[[Message], int | None]
    """Number of a message, one more than that of the one before; `None` where it has none."""

    bearer: str = ""
    """Name of the secret of the system that is sent as bearer token. Default: none is."""

    ping: str = "ping"
    pong: str = "pong"
    """What is said so that the socket is not idle, and what must come back."""


@dataclass(frozen=True)
class Credential:
    """What lifts the limits of a system for a load test."""

    header: str
    secret: str
    """Name of the secret of the system that it is signed with."""

    sign: Callable[[str, int], str]
    """Makes it of that secret, for so many seconds."""

    longest_seconds: int
    """How long it can be good for."""


@dataclass(frozen=True)
class Levels:
    """What a system has to keep to under load."""

    p95_ms: int
    """Milliseconds, from when a request was due, that 95 of 100 answers stay within."""

    errors_percent: float
    """Of 100 requests, how many may go wrong."""

    sockets_percent: float
    """Of 100 WebSockets, how many have to be opened and stay open."""


@dataclass(frozen=True)
class Limit:
    """A limit of one address, as a token bucket, and the request that meets it."""

    name: str
    says: str
    """What stands in the body of a refusal by it."""

    per_minute: int
    burst: int
    asked: Asked | None = None
    """What meets it. Default: the WebSocket of the system does."""

    within: str = ""
    """Name of the limit that counts its requests as well. Default: none does."""

    per_second: int | None = None
    """How quickly it is met, where *within* would be met first. Default: all at once."""

    is_exact: bool = False
    """Whether it is counted in one place. Default: where the system runs in several places, each
    counts for itself, and all together let through more."""

    open_most: int | None = None
    """How many WebSockets may be open at a time. Default: it limits none."""

    def most(self, seconds: float) -> int:
        """Return how many requests it lets through in so many *seconds*, from a full bucket."""
        return self.burst + int(seconds * self.per_minute / 60) + 1

    @property
    def filled_after(self) -> float:
        """Return the seconds after which an empty bucket is full again."""
        return self.burst * 60 / self.per_minute


@dataclass(frozen=True)
class Load:
    """The load test of a system. Counts and times are those of a whole test."""

    requests: tuple[Asked, ...]
    levels: Levels
    followed: Followed | None = None
    """The WebSocket that is followed. Default: there is none."""

    credential: Credential | None = None
    """What lifts the limits of the system. Default: nothing does; a key has a limit of its own."""

    key: Key | None = None
    """The API key that `TEST_KEY` stands for. Default: none is made."""

    tally: Tally | None = None
    """What is held against the answers afterwards. Default: nothing is."""

    local_only: str = ""
    """Why it is for the local Cloudflare alone. Default: it is for staging as well."""

    rate: int = 100
    """Requests a second. Default: 100."""

    seconds: int = 300
    """How long they are sent. Default: 5 minutes."""

    sockets: int = 100
    """WebSockets that are followed. Default: 100."""

    socket_seconds: int = 600
    """How long they are followed. Default: 10 minutes."""

    limits: tuple[Limit, ...] = field(default=())
    """Limits that hold without the credential; the first counts every request. Default: none."""
