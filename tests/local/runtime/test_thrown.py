"""What RPC methods of Durable Objects throw is in the log, whatever their caller does (W26)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.local.runtime.conftest import Start
from tests.support_runtime import RunningRuntime, eventually, objects, script, serving

pytestmark = pytest.mark.workerd

STORE = """import { DurableObject } from "cloudflare:workers";
class Base extends DurableObject {
  inherited() { throw new RangeError("inherited"); }
}
export class Store extends Base {
  #hidden = "hidden";
  sync() { throw new TypeError("sync"); }
  async later() { await scheduler.wait(1); throw new TypeError("later"); }
  text() { throw "a text"; }
  fine() { return this.#hidden; }
  stream() { return new Blob(["streamed"]).stream(); }
  async caught() {
    try { this.sync(); } catch {}
    await scheduler.wait(1);
    try { await this.later(); } catch {}
    return "caught";
  }
  fetch() { throw new TypeError("in fetch"); }
}
export default { async fetch(request, env) {
  const method = new URL(request.url).pathname.slice(1);
  const store = env.STORE.getByName("one");
  if (method === "fetch") return store.fetch(request).catch(() => new Response("went wrong"));
  const shown = (error) => `${error.name ?? ""}: ${error.message ?? error}`;
  return new Response(await store[method]().catch(shown));
} }"""
BINDING = {"type": "durable_object_namespace", "name": "STORE", "class_name": "Store"}


@pytest.fixture
def edge(start: Start, tmp_path: Path) -> RunningRuntime:
    worker = script(tmp_path, STORE, bindings=(BINDING,), durable_objects=objects("Store"))
    return start(serving(worker))


def messages(edge: RunningRuntime) -> list[str]:
    return [e["message"] for e in edge.runtime.logs(worker="app") if e["kind"] == "exception"]


def kinds(edge: RunningRuntime) -> list[str]:
    return [entry["kind"] for entry in edge.runtime.logs(worker="app")]


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("sync", "TypeError: sync"),
        ("later", "TypeError: later"),
        ("inherited", "RangeError: inherited"),
        ("fetch", "TypeError: in fetch"),
    ],
)
def test_what_a_method_throws_is_in_the_log_though_the_caller_catches_it(edge, method, told):
    answer = edge.get(f"/{method}")

    assert answer.status == 200
    assert answer.text in {told, "went wrong"}
    eventually(lambda: messages(edge), [told])
    eventually(lambda: kinds(edge), ["exception", "outcome"])  # the end of the request comes last
    logged = edge.runtime.logs(worker="app")
    assert f"Store.{method}" in logged[0]["stack"] or f"Base.{method}" in logged[0]["stack"]
    assert "local-wrapper" not in str(logged)
    assert "\x01" not in str(logged)


def test_a_worker_that_makes_stacks_of_its_own_is_called_all_the_same(start, tmp_path):
    odd = f"Error.prepareStackTrace = (error, frames) => frames;\n{STORE}"
    worker = script(tmp_path, odd, bindings=(BINDING,), durable_objects=objects("Store"))
    edge = start(serving(worker))

    assert [edge.get("/fine").text, edge.get("/sync").text] == ["hidden", "TypeError: sync"]


def test_what_is_no_error_is_in_the_log_too(edge):
    edge.get("/text")

    eventually(lambda: messages(edge), ["Error: a text"])


def test_what_a_method_catches_of_its_own_is_not(edge):
    answers = [edge.get(f"/{method}").text for method in ("caught", "fine", "stream", "sync")]

    assert answers == ["caught", "hidden", "streamed", "TypeError: sync"]
    eventually(lambda: messages(edge), ["TypeError: sync"])


def test_who_follows_the_worker_sees_an_exception_and_no_line_of_ours(edge):
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def follow() -> list[Any]:
        async with edge.runtime.watch("app", seen.put_nowait):
            await asyncio.to_thread(edge.get, "/sync")
            return [await seen.get(), await seen.get()]

    events = {event["event"].get("rpcMethod"): event for event in edge.run(follow())}
    thrown = events["sync"]
    assert (thrown["outcome"], thrown["logs"]) == ("exception", [])
    assert thrown["exceptions"][0]["message"] == "sync"
    assert events[None]["outcome"] == "ok"
