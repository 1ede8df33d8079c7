"""Bodies of the bulk requests of Workers KV, checked as a whole before anything is written.

Whatever is wrong with one has code 10012 (workers-sdk#547 and #666, cloudflare-go#1324).
"""

import base64
import json
import time
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

from common.json_types import Json
from local.api.errors import ApiError, BodyErrors
from local.api.http.call import FORM_LIMIT, Body, Call
from local.api.kv.limits import METADATA_HEADER, check_key, check_value, lifetime, metadata_headers

MALFORMED = 10012
ENTRIES_LIMIT = 10_000

T = TypeVar("T")


def malformed(detail: str) -> ApiError:
    """Refuse a body of the family: all of it, whatever its fault is."""
    return ApiError(400, MALFORMED, f"could not parse the request body: {detail}")


BODY = BodyErrors(malformed, malformed)


class Pair(Body):
    """A pair of a bulk write. Expiration in seconds, since the epoch or (`_ttl`) from now."""

    key: str
    value: str
    base64: bool = False
    expiration: int | None = None
    expiration_ttl: int | None = None
    metadata: Any = None


@dataclass(frozen=True)
class Write:
    """One value as it is written: its *headers* and *params* are those the runtime takes."""

    key: str
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)
    params: Json = field(default_factory=dict)

    @property
    def for_runtime(self) -> Json:
        """The same for many that are written at once."""
        numbers = {name: int(value) for name, value in self.params.items()}
        described = unquote(self.headers.get(METADATA_HEADER, "null"))
        value = base64.b64encode(self.value).decode()
        return {"key": self.key, "value": value, "metadata": json.loads(described), **numbers}


async def read_pairs(call: Call) -> list[Write]:
    """Read the pairs to write, or refuse them all when one of them is wrong."""
    now = time.time()
    return await _read(call, lambda entry: _write(call.parse(Pair, entry), now))


async def read_keys(call: Call) -> list[str]:
    """Read the keys to delete, or refuse them all when one of them is wrong."""
    return await _read(call, check_key)


async def _read(call: Call, read: Callable[[Any], T]) -> list[T]:
    entries = await call.json(FORM_LIMIT)
    if not isinstance(entries, list):
        raise malformed("the body is no list")
    if len(entries) > ENTRIES_LIMIT:
        raise malformed(
            f"received {len(entries)} entries, but max allowed per request is: {ENTRIES_LIMIT}"
        )
    return [_entry(place, read, entry) for place, entry in enumerate(entries)]


def _entry(place: int, read: Callable[[Any], T], entry: Any) -> T:
    try:
        return read(entry)
    except ApiError as error:
        raise malformed(f"entry {place}: {error.message}") from error


def _write(pair: Pair, now: float) -> Write:
    return Write(
        check_key(pair.key),
        check_value(_decoded(pair)),
        metadata_headers(pair.metadata),
        lifetime(pair.expiration, pair.expiration_ttl, now),
    )


def _decoded(pair: Pair) -> bytes:
    if not pair.base64:
        return pair.value.encode()
    try:
        return base64.b64decode(pair.value, validate=True)
    except (Base64Error, ValueError) as error:  # the latter for what is not ASCII
        raise malformed(f"could not base64 decode value for key: {pair.key!r}") from error
