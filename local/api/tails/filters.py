"""What a tail lets through, as `wrangler tail` asks for it: every filter has to agree."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ConfigDict, Field

from common.json_types import Json
from local.api.errors import ApiError, invalid_request
from local.api.http.call import Body, parse
from local.api.workers.errors import BODY

CLIENT = "cf-connecting-ip"
SELF = "self"

chance = random.SystemRandom().random

Outcome = Literal[
    "ok",
    "canceled",
    "exception",
    "exceededCpu",
    "exceededMemory",
    "exceededWallTime",
    "internalError",
    "killSwitch",
    "loadShed",
    "responseStreamDisconnected",
    "scriptNotFound",
    "unknown",
]


class Filter(Body, ABC):
    """One condition on a message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def admits(self, message: Json) -> bool: ...


class SamplingRate(Filter):
    """The share of all messages that gets through, by chance."""

    sampling_rate: float = Field(gt=0, le=1)

    def admits(self, message: Json) -> bool:  # noqa: ARG002  # whatever it says
        return chance() < self.sampling_rate


class OutcomeIn(Filter):
    """How the event ended."""

    outcome: tuple[Outcome, ...]

    def admits(self, message: Json) -> bool:
        return message["outcome"] in self.outcome


class MethodIn(Filter):
    """The method of the request; an event without a request has none."""

    method: tuple[str, ...]

    def admits(self, message: Json) -> bool:
        return _request(message).get("method") in {each.upper() for each in self.method}


class HeaderMatch(Body):
    """A header by name, and what its value has to contain. Default: anything."""

    key: str
    query: str | None = None


class Header(Filter):
    """A header as the tail shows it: of a credential only the name can be asked for."""

    header: HeaderMatch

    def admits(self, message: Json) -> bool:
        value = _headers(message).get(self.header.key.lower())
        return value is not None and (self.header.query or "") in value


class ClientIp(Filter):
    """Where the request came from."""

    client_ip: tuple[str, ...]

    def admits(self, message: Json) -> bool:
        return _headers(message).get(CLIENT) in self.client_ip


class Query(Filter):
    """A text that a line of the console has to contain."""

    query: str

    def admits(self, message: Json) -> bool:
        parts = (part for line in message["logs"] for part in line["message"])
        return any(self.query in str(part) for part in parts)


class Version(Filter):
    """The version of the worker, by id."""

    scriptVersion: str  # noqa: N815  # the name on the wire

    def admits(self, message: Json) -> bool:
        return bool(message["scriptVersion"] == {"id": self.scriptVersion})


FILTERS: dict[str, type[Filter]] = {
    name: kind
    for kind in (SamplingRate, OutcomeIn, MethodIn, Header, ClientIp, Query, Version)
    for name in kind.model_fields
}


class Filters(Body):
    """The body of a request for a tail."""

    filters: tuple[Json, ...] = ()


def read_filters(body: Any, client: str) -> Callable[[Json], bool]:
    """Read the filters of *body*; `self` among the addresses is *client*. Refuses unknown ones."""
    filters = [_filter(given, client) for given in parse(Filters, body, BODY).filters]
    return lambda message: all(each.admits(message) for each in filters)


def _filter(given: Json, client: str) -> Filter:
    kinds = [FILTERS[name] for name in given if name in FILTERS]
    if len(given) != 1 or not kinds:
        raise _unknown(given)
    found = parse(kinds[0], given, BODY)
    if isinstance(found, ClientIp):
        return ClientIp(client_ip=tuple(client if ip == SELF else ip for ip in found.client_ip))
    return found


def _unknown(given: Json) -> ApiError:
    named = ", ".join(given) or "nothing"
    return invalid_request(f"filter with {named} is unknown; give one of {', '.join(FILTERS)} each")


def _request(message: Json) -> Json:
    return (message["event"] or {}).get("request") or {}


def _headers(message: Json) -> dict[str, str]:
    return _request(message).get("headers") or {}
