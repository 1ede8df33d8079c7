"""Keys of a KV namespace: each a line with value, metadata and expiry, in the order of the keys.

Values are read a hundred at once, as text. What that shows not to be UTF-8 is read again by itself,
byte for byte.
"""

import base64
import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import httpx

from common.json_types import Json
from ops.backup.backup_folder import private_file
from ops.backup.parallel import in_order
from ops.backup.progress import Copied, Tell
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.cloudflare_api.answer import RefusedError
from ops.errors import OpsError

A_READ = 100
"""Keys that are read at once: Cloudflare takes no more."""

A_WRITE = 5_000
"""Keys that are written at once at most: Cloudflare takes 10,000."""

MOST_BYTES = 40_000_000
"""Bytes that are written at once at most: Cloudflare takes 100 MB."""

WRITES_AT_ONCE = 2
A_LIST = 1_000
LEAST_LIFETIME = 60
"""Seconds that a key has to live still: KV takes none that ends sooner."""

KEPT = ("key", "expiration", "metadata")
REPLACED = "\N{REPLACEMENT CHARACTER}"


def is_empty(account: Account, store: Store) -> bool:
    """Return whether the namespace has no key."""
    return not account.result("GET", f"{_root(store)}/keys", params={"limit": 10})


def save(account: Account, store: Store, file: Path, tell: Tell) -> Copied:
    """Write every key of the namespace to *file*; return how many, and their bytes."""
    done = Copied()
    with private_file(file) as out:
        for lines in in_order(lambda keys: _read(account, store, keys), _keys(account, store)):
            for size, line in lines:
                out.write(line)
                done.add(size)
            tell(done)
    return done


def clear(account: Account, store: Store, tell: Tell) -> None:
    """Delete every key of the namespace."""
    gone = Copied()
    while keys := account.result("GET", f"{_root(store)}/keys", params={"limit": A_LIST}):
        names = [each["name"] for each in keys]
        account.result("POST", f"{_root(store)}/bulk/delete", json=names)
        gone.entries += len(names)
        tell(gone)


def restore(account: Account, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
    """Write what *file* has from line *begin* on; yield how many lines are done, now and again.

    A key whose time is over meanwhile is left out: nobody would find it.
    """
    done = Copied(entries=begin)
    with file.open("rb") as lines:
        chunks = _chunks(islice(lines, begin, None))
        work = in_order(lambda chunk: _write(account, store, chunk), chunks, at_once=WRITES_AT_ONCE)
        for count, size in work:
            done.add(size, count)
            tell(done)
            yield done.entries


def _keys(account: Account, store: Store) -> Iterator[list[Json]]:
    for page in account.pages(f"{_root(store)}/keys", {"limit": A_LIST}):
        for start in range(0, len(page), A_READ):
            yield page[start : start + A_READ]


def _read(account: Account, store: Store, keys: list[Json]) -> list[tuple[int, bytes]]:
    """Return a line for each of *keys* that is still there, and the bytes of its value."""
    texts = _texts(account, store, [each["name"] for each in keys])
    found = []
    for key in keys:
        text = texts.get(key["name"])
        if text is None or REPLACED in text:
            value = account.content(f"{_root(store)}/values/{quote(key['name'], safe='')}")
        else:
            value = text.encode()
        if value is not None:
            found.append((len(value), _line(key, value)))
    return found


def _texts(account: Account, store: Store, names: list[str]) -> dict[str, str]:
    """Return the values of keys as text; none where they are too much for one answer."""
    try:
        told = account.result("POST", f"{_root(store)}/bulk/get", json={"keys": names})
    except RefusedError as error:
        if error.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return {}
        raise
    return {name: text for name, text in told["values"].items() if isinstance(text, str)}


def _line(key: Json, value: bytes) -> bytes:
    record: Json = {"key": key["name"]}
    try:
        record["text"] = value.decode()
    except UnicodeDecodeError:
        record["base64"] = base64.b64encode(value).decode()
    for name in ("expiration", "metadata"):
        if key.get(name) is not None:
            record[name] = key[name]
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) == A_WRITE or size + len(line) > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def _write(account: Account, store: Store, lines: list[bytes]) -> tuple[int, int]:
    """Write keys at once; return how many lines that were, and their bytes."""
    soonest = time.time() + LEAST_LIFETIME
    read = [json.loads(line) for line in lines]
    pairs = [_pair(each) for each in read if each.get("expiration", soonest) >= soonest]
    if pairs:
        told = account.result("PUT", f"{_root(store)}/bulk", json=pairs) or {}
        _retry(account, store, pairs, told.get("unsuccessful_keys") or [])
    return len(lines), sum(map(len, lines))


def _retry(account: Account, store: Store, pairs: list[Json], left: list[str]) -> None:
    again = [each for each in pairs if each["key"] in set(left)]
    if not again:
        return
    told = account.result("PUT", f"{_root(store)}/bulk", json=again) or {}
    if told.get("unsuccessful_keys"):
        raise OpsError(
            f"KV has not taken {len(told['unsuccessful_keys'])} keys of {store.label}; run the "
            "same command again, it goes on there"
        )


def _pair(record: Json) -> Json:
    pair: Json = {name: record[name] for name in KEPT if name in record}
    if "base64" in record:
        return {**pair, "value": record["base64"], "base64": True}
    return {**pair, "value": record["text"]}


def _root(store: Store) -> str:
    return f"/storage/kv/namespaces/{store.id}"
