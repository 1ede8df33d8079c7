"""What a system reaches through several others, so that it is known which of them is broken."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What came back of one question."""

    status: int
    """0 where nothing did."""

    body: Any = None
    """The JSON; `None` for what is none."""

    text: str = ""
    """The beginning of it as it came, or why nothing came."""

    headers: Mapping[str, str] = field(default_factory=dict)


Ask = Callable[[str], Reply]
"""Asks for a path, with all credentials that the system presents there."""


@dataclass(frozen=True)
class Asker:
    """With whose bearer token a chain is asked."""

    ask: Ask
    name: str = ""
    """Whose token it is. Default: that of all who have none of their own."""

    others: frozenset[str] = frozenset()
    """Who has one of their own."""


@dataclass(frozen=True)
class Link:
    """One link of a chain."""

    name: str
    came: str
    """What was seen, for people; never a secret."""

    fault: str = ""
    """What is wrong with it and what to do; "" where nothing is."""


@dataclass(frozen=True)
class Chain:
    """Something of another stack that a system reads, through Access and whatever else there is."""

    what: str
    """What is read, for people: "a credential of 1Password Connect"."""

    url: str
    """Where the block has the address: `credentials.connect_url`. Without one there is no chain."""

    bearer: str
    """Name of the secret that is sent as bearer token."""

    each: str
    """Name of the secret that has tokens of some alone: JSON, by whose they are."""

    client_id: str
    """Name of the secret with the id of the service token of Access."""

    client_secret: str
    """Name of the secret with its other half."""

    links: Callable[[Any, Asker], Iterator[Link]]
    """Asks link after link, by the settings of the system; ends with the first that is broken."""

    credential: str = "token"
    """What the bearer token is called, for people. Default: `token`."""
