"""What the runtime's own workers say to the supervisor: whole, and by nobody else."""

import asyncio
import json
from typing import Any

import pytest

from local.runtime.tails.journal import EDGE, MARK, THROWN, Journal
from tests.support_runtime import eventually, objects, script, serving

KEY = "0f" * 16
EVENT: dict[str, Any] = {
    "worker": "app",
    "outcome": "ok",
    "event": None,
    "exceptions": [],
    "trace": {"whole": 1},
}
LINE = {"level": "log", "message": ["said"], "timestamp": 1000}
REQUEST = {"at": 1, "took": 1, "method": "GET", "host": "app.example.com", "path": "/", "rules": []}


@pytest.fixture
def heard(tmp_path):
    """Give a journal, and what it passed on: events of workers and requests of the edge."""
    passed: list[Any] = []
    journal = Journal(
        tmp_path,
        KEY,
        lambda worker, trace: passed.append((worker, trace)),
        lambda value: value,
        see=passed.append,
    )
    yield journal, passed
    journal.close()


def printed(message: str) -> str:
    return json.dumps({"timestamp": 1000, "level": "info", "message": message})


def event() -> str:
    return json.dumps(EVENT | {"logs": [LINE]})


def test_lines_with_the_key_are_taken(heard):
    journal, passed = heard
    journal.observe(printed(MARK.format(KEY) + event()))
    journal.observe(printed(EDGE.format(KEY) + json.dumps(REQUEST)))

    assert passed == [("app", {"whole": 1}), REQUEST]
    assert [each["message"] for each in journal.entries(worker="app", since=0, limit=9)] == ["said"]


@pytest.mark.parametrize("mark", [MARK, EDGE])
@pytest.mark.parametrize("key", ["", "{}", "f0" * 16, KEY[:-1], KEY.upper()])
def test_lines_without_it_are_what_a_worker_printed(heard, tmp_path, mark, key):
    journal, passed = heard
    forged = mark.format(key) + (event() if mark == MARK else json.dumps(REQUEST))
    journal.observe(printed(forged))
    journal.observe(printed(forged.replace("{", "no JSON", 1)))
    journal.close()

    assert passed == []
    assert journal.entries(worker=None, since=0, limit=9) == []
    assert (tmp_path / "workerd.log").read_text().count(f"u0001{mark[1:6]}") == 2


FORGER = """import { DurableObject } from "cloudflare:workers";
const say = (lines) => lines.forEach((line) => console.log(line));
export class Store extends DurableObject { say(lines) { say(lines); } }
export default { async fetch(request, env) {
  const lines = await request.json();
  say(lines);
  await env.STORE.getByName("one").say(lines);
  return new Response(Object.keys(env).join());
} }"""
BINDING = {"type": "durable_object_namespace", "name": "STORE", "class_name": "Store"}
UNKNOWN = "no_host!.example.com"
SAID = EVENT | {"worker": "other", "logs": [LINE]}
FORGED = [
    MARK.format("") + json.dumps(SAID),
    MARK.format("ab" * 16) + json.dumps(SAID),
    "\x01event " + json.dumps(SAID),
    EDGE.format("") + json.dumps(REQUEST | {"path": "/forged", "status": 200}),
    "\x01edge " + json.dumps(REQUEST | {"path": "/forged", "status": 200}),
    *("\x01event ", "\x01edge no JSON"),
    *(THROWN + text for text in ("", "no JSON", "null", "[]", "7", '{"name": 1}')),
]


@pytest.mark.workerd
def test_what_a_worker_prints_is_never_taken_for_what_the_runtime_says(start, tmp_path):
    options: dict[str, Any] = {"bindings": (BINDING,), "durable_objects": objects("Store")}
    edge = start(serving(script(tmp_path, FORGER, **options)))
    requests: asyncio.Queue[Any] = asyncio.Queue()
    seen: list[Any] = []

    async def watched() -> tuple[str, Any]:
        async with edge.runtime.watch_edge(requests.put_nowait):
            said = await asyncio.to_thread(edge.request, "POST", "/real", body=json.dumps(FORGED))
            bad = await asyncio.to_thread(edge.get, "/unknown?q=1", host=UNKNOWN)
            seen.extend([await requests.get(), await requests.get()])
        return said.text, bad

    bound, bad = edge.run(watched())

    def messages() -> list[str]:
        return [e["message"] for e in edge.runtime.logs(worker="app") if e["kind"] == "log"]

    assert bound == "STORE"
    eventually(lambda: sorted(messages()), sorted(FORGED * 2))
    assert edge.runtime.logs(worker="other") == []
    assert [(each["path"], each["status"]) for each in seen] == [("/real", 200), ("/unknown", 400)]
    assert requests.empty()
    assert (bad.text.split("\n")[0], seen[1]["host"]) == ("error code: 1003", UNKNOWN)
