"""A runtime that runs nothing: it remembers what it was given and keeps data in memory."""

import base64
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

from common.json_types import Json
from local.records.model import Checked, Cloud, RefusedError, Worker
from local.runtime.analytics import query as points
from local.runtime.configuration.redaction import without_secrets

MAX_SAFE = 2**53 - 1
CLASS = re.compile(r"export class (\w+)")


def error(status: int, message: str, code: str = "refused") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})


def _number(value: Any) -> Any:
    """Bind a number as JavaScript has it."""
    return float(value) if isinstance(value, int) and abs(value) > MAX_SAFE else value


def _encoded(kept: Json) -> Json:
    return {**kept, "value": base64.b64encode(kept["value"]).decode()}


@dataclass(frozen=True)
class Sent:
    method: str
    rest: list[str]
    content: bytes
    headers: dict[str, str]
    params: dict[str, str]


@dataclass
class FakeRuntime:
    """Refuses code that says SYNTAX ERROR, and a cloud with a worker named *poison*."""

    cloud: Cloud = field(default_factory=Cloud)
    applied: int = 0
    poison: str = ""
    kv: dict[str, dict[str, Json]] = field(default_factory=dict)
    objects: dict[str, dict[str, tuple[bytes, Json]]] = field(default_factory=dict)
    databases: dict[str, sqlite3.Connection] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    faults: list[Json] = field(default_factory=list)
    development: list[Json] = field(default_factory=list)
    clock: float = 0
    probes: list[Json] = field(default_factory=list)
    ill: dict[str, str] = field(default_factory=dict)
    """Why checks of an address fail, by the address."""

    stored: dict[str, list[str]] = field(default_factory=dict)
    """Ids of Durable Objects, by their namespace."""

    points: Path = Path("nowhere")
    """File with the points of Analytics Engine."""

    now: datetime | None = None

    hits: Json = field(default_factory=dict)
    """How often rules have fired, by their ids."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    """Lines of the log, each with its level."""

    entries: list[Json] = field(default_factory=list)
    """What the journal has, the oldest first. Default: a line that says what it was asked for."""

    observers: dict[str, list[Callable[[Json], None]]] = field(default_factory=dict)

    async def datasets(self) -> list[str]:
        return points.datasets(self.points, self.now)

    async def select_points(self, sql: str) -> list[tuple[Any, ...]]:
        return points.select(self.points, sql, self.now)

    def without_secrets(self, value: Any) -> Any:
        return without_secrets(value, self.cloud)

    def note(self, message: str, level: str = "info") -> None:
        self.notes.append((message, level))

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        assert worker in cloud.workers
        code = "".join(m.path.read_text(errors="replace") for m in worker.modules)
        if "SYNTAX ERROR" in code:
            raise RefusedError("Uncaught SyntaxError: Unexpected identifier at worker.mjs:1:8")
        exported: dict[str, tuple[str, ...]] = dict.fromkeys(CLASS.findall(code), ("fetch",))
        for needed in worker.durable_objects:
            if needed.class_name not in exported:
                raise RefusedError(f"class {needed.class_name} is not exported")
        return Checked(("fetch",), exported, 3)

    async def apply(self, cloud: Cloud) -> None:
        if any(worker.name == self.poison for worker in cloud.workers):
            raise RefusedError("the configuration does not start")
        self.cloud = cloud
        self.applied += 1

    async def develop(self, workers: Collection[str], seconds: float) -> Json:
        known = {worker.name for worker in self.cloud.workers}
        if missing := sorted(set(workers) - known):
            raise RefusedError(f"there is no worker {missing[0]}")
        self.development = [{"workers": sorted(workers), "seconds": seconds}] if workers else []
        return {"development": self.development}

    async def admin(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        assert not isinstance(content, AsyncIterator)
        for header in (headers or {}).values():
            header.encode("ascii")
        family, name, *rest = (unquote(part) for part in path[1:].split("/"))
        sent = Sent(method, rest, content or b"", dict(headers or {}), dict(params or {}))
        answer: httpx.Response = getattr(self, f"_{family}")(name, sent)
        return answer

    def _edge(self, name, sent):
        if (sent.method, name) == ("GET", "hits"):
            return httpx.Response(200, json=self.hits)
        assert (sent.method, name) == ("POST", "problems")
        rules = json.loads(sent.content)["rules"]
        unknown = ("cf.waf." in rule["expression"] for rule in rules)
        return httpx.Response(200, json=["not emulated: cf.waf" if it else None for it in unknown])

    def _kv(self, name, sent):
        if name not in self.cloud.kv_namespaces:
            return error(404, f"there is no KV namespace {name}", "unknown_namespace")
        held = self.kv.setdefault(name, {})
        if sent.rest == ["keys"]:
            return self._keys(held, sent.params)
        if sent.method == "POST":
            return self._many(held, sent.rest[0], json.loads(sent.content))
        key = sent.rest[1]
        if sent.method == "GET":
            return self._value(held, *sent.rest)
        if sent.method == "PUT":
            metadata = json.loads(unquote(sent.headers.get("cf-kv-metadata", "null")))
            expiration = sent.params.get("expiration")
            held[key] = {"value": sent.content, "metadata": metadata, "expiration": expiration}
        else:
            held.pop(key, None)
        return httpx.Response(200, json={})

    def _many(self, held, what, content):
        if what == "read":
            found = [held.get(key) for key in content["keys"]]
            return httpx.Response(200, json=[each and _encoded(each) for each in found])
        for each in content:
            kept = {name: each.get(name) for name in ("metadata", "expiration")}
            held[each["key"]] = {**kept, "value": base64.b64decode(each["value"])}
        return httpx.Response(200, json={})

    def _value(self, held, what, key):
        if key not in held:
            return error(404, f"there is no key {key}", "unknown_key")
        if what == "metadata":
            return httpx.Response(200, json={**held[key], "value": None})
        return httpx.Response(200, content=held[key]["value"])

    def _keys(self, held, params):
        start = params.get("cursor", "")
        names = sorted(n for n in held if n.startswith(params.get("prefix", "")) and n > start)
        cut = names[: int(params["limit"])]
        more = len(cut) < len(names)
        keys = [{"name": name, "metadata": held[name]["metadata"]} for name in cut]
        cursor = {"cursor": cut[-1]} if more else {}
        return httpx.Response(200, json={"keys": keys, "list_complete": not more, **cursor})

    def _d1(self, name, sent):
        if name not in self.cloud.databases:
            return error(404, f"there is no database {name}", "unknown_database")
        database = self.databases.setdefault(name, sqlite3.connect(":memory:"))
        body = json.loads(sent.content)
        try:
            found = [self._query(database, q, sent.params) for q in body.get("batch", [body])]
        except sqlite3.Error as problem:
            database.rollback()
            return error(400, f"{problem}: SQLITE_ERROR")
        database.commit()
        return httpx.Response(200, json=found)

    def _query(self, database, statement, params):
        values = [_number(value) for value in statement.get("params", [])]
        rows = database.execute(statement["sql"], values)
        columns = [column[0] for column in rows.description or ()]
        results: Any = [dict(zip(columns, row, strict=True)) for row in rows]
        if params.get("format") == "raw":
            results = {"columns": columns, "rows": [list(row.values()) for row in results]}
        return {"results": results, "success": True, "meta": {"size_after": 4096}}

    def _r2(self, name, sent):
        held = self.objects.setdefault(name, {})
        if not sent.rest:
            return httpx.Response(200, json={"objects": len(held), "bytes": 0, "uploads": 0})
        if sent.rest == ["objects"]:
            found = [described for _, described in held.values()]
            return httpx.Response(200, json={"objects": found, "truncated": False})
        return self._object(held, sent.rest[1], sent)

    def _object(self, held, key, sent):
        if sent.method == "PUT":
            described = {"key": key, "size": len(sent.content), "etag": "e"}
            held[key] = (sent.content, described | {"type": sent.headers.get("content-type", "")})
            return httpx.Response(200, json=described)
        if sent.method == "DELETE":
            held.pop(key, None)
            return httpx.Response(200, json={})
        if key not in held:
            return error(404, "no such object", "NoSuchKey")
        content, described = held[key]
        return httpx.Response(200, content=content, headers={"content-type": described["type"]})

    def _queues(self, name, sent):
        held = self.messages.setdefault(name, [])
        if sent.method == "GET":
            return httpx.Response(200, json={"backlogCount": len(held), "backlogBytes": 0})
        body = json.loads(sent.content)
        held.extend(body["messages"] if sent.rest == ["batch"] else [body])
        return httpx.Response(200, json={})

    def status(self) -> Json:
        return {"reloads": self.applied, "workers": [w.name for w in self.cloud.workers]}

    async def run_lifecycle(self) -> Json:
        return {bucket.name: {"deleted": 0} for bucket in self.cloud.buckets}

    async def trigger_cron(self, worker: str, cron: str) -> Json:
        return {"outcome": "ok", "worker": worker, "cron": cron}

    def stored_objects(self, namespace: str) -> list[str]:
        return self.stored.get(namespace, [])

    async def query_object(
        self, namespace: str, *, object_id: str | None, name: str | None, statements: list[Json]
    ) -> list[Json]:
        assert namespace in self.stored
        if any(not each["sql"].startswith("SELECT") for each in statements):
            raise RefusedError("only reading is possible here")
        rows = [[object_id or name, each["sql"], each["params"]] for each in statements]
        return [{"columns": [], "rows": [row], "meta": {}} for row in rows]

    def set_clock(self, offset_seconds: float) -> None:
        self.clock = offset_seconds

    @property
    def clock_offset(self) -> float:
        return self.clock

    async def probe(self, check: Json) -> Json:
        self.probes.append(check)
        reason = self.ill.get(check["address"], "")
        if reason == "cut short":
            raise httpx.ReadError(reason)
        return {"failure_reason": reason, "response_code": 0 if reason else 200, "rtt": 3}

    async def set_faults(self, faults: list[Json]) -> None:
        self.faults = faults

    def logs(
        self,
        *,
        worker: str | None = None,
        since: float = 0,
        limit: int = 1000,
        probes: bool = False,
    ) -> list[Json]:
        asked = {"worker": worker, "since": since, "limit": limit, "probes": probes}
        after = [each for each in self.entries if each.get("time", since + 1) > since]
        return after[-limit:] if self.entries else [asked | {"message": "hello"}]

    def watch_edge(self, observe: Callable[[Json], None]) -> AbstractAsyncContextManager[None]:
        return self.watch("", observe)

    @asynccontextmanager
    async def watch(self, worker: str, observe: Callable[[Json], None]) -> AsyncIterator[None]:
        self.observers.setdefault(worker, []).append(observe)
        try:
            yield
        finally:
            self.observers[worker].remove(observe)
