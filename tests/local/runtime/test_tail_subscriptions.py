"""Whole events go to those who watch, and the tail worker says them only while somebody does."""

import asyncio
import json
import subprocess
from pathlib import Path

import httpx
import pytest

from common.json_types import Json
from local.records.model import Cloud, Worker
from local.runtime.configuration.redaction import without_secrets
from local.runtime.errors import NotServingError
from local.runtime.tails.tail_subscriptions import TailSubscriptions

TAIL = Path("local/runtime/tails/service/index.mjs").resolve()
QUIET: Json = {"outcome": "ok", "logs": [], "exceptions": [], "event": None}
SCRIPT = """
const { default: tail } = await import(process.argv[1]);
const quiet = JSON.parse(process.argv[2]);
const said = [];
console.log = (line) => said.push(JSON.parse(line.slice(line.indexOf("{"))));
const happen = (worker, change) => tail.tail([{ ...quiet, ...change }], {}, { props: { worker } });
const tell = (workers) =>
  tail.fetch(new Request("http://x", { method: "PUT", body: JSON.stringify(workers) }));
happen("a"); happen("b");
await tell(["b"]);
happen("a"); happen("b"); happen("a", { outcome: "exception" });
await tell([]);
happen("a"); happen("b");
process.stdout.write(JSON.stringify(said));
"""


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Admin:
    """Remembers who was said to be watched."""

    def __init__(self):
        self.told = []
        self.problem: Exception | None = None

    async def __call__(self, method, path, *, content):
        assert (method, path) == ("PUT", "/tails")
        self.told.append(json.loads(content))
        if self.problem:
            raise self.problem
        return httpx.Response(200, request=httpx.Request(method, "http://admin/tails"))


@pytest.fixture
def admin():
    return Admin()


@pytest.fixture
async def subscriptions(admin):
    secret = {"name": "S", "type": "secret_text", "text": "s3cret"}
    longer = {"name": "L", "type": "secret_text", "text": "s3cret-and-more"}
    worker = Worker("a", "w.mjs", (), "2026-01-01", bindings=(secret, longer))
    made = TailSubscriptions(admin, lambda: Cloud(workers=(worker,)))
    yield made
    await made.close()


def test_quiet_events_are_said_until_told_and_then_for_who_is_watched():
    command = ["node", "--input-type=module", "-e", SCRIPT, str(TAIL), json.dumps(QUIET)]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    assert [(line["worker"], "trace" in line) for line in said] == [
        ("a", True),
        ("b", True),
        ("b", True),
        ("a", False),
    ]


@pytest.mark.anyio
async def test_the_tail_worker_is_told_before_the_watching_begins(subscriptions, admin):
    seen: list[Json] = []
    async with subscriptions.subscribe("b", seen.append), subscriptions.subscribe("a", seen.append):
        assert admin.told == [["b"], ["a", "b"]]
        subscriptions.observe("a", QUIET)

    assert seen == [QUIET]


@pytest.mark.anyio
async def test_an_event_nobody_wants_has_the_tail_worker_told_once(subscriptions, admin):
    async with subscriptions.subscribe("b", lambda _: None):
        pass
    for _ in range(3):
        subscriptions.observe("b", QUIET)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert admin.told == [["b"], []]


@pytest.mark.anyio
@pytest.mark.parametrize("problem", [NotServingError("down"), httpx.ConnectError("gone")])
async def test_watching_begins_also_while_nothing_runs(subscriptions, admin, problem):
    admin.problem = problem
    seen: list[Json] = []
    async with subscriptions.subscribe("a", seen.append):
        subscriptions.observe("a", QUIET)

    assert seen == [QUIET]


@pytest.mark.anyio
async def test_an_observer_that_fails_stops_nobody(subscriptions):
    def fail(_):
        raise RuntimeError("no")

    seen: list[Json] = []
    async with subscriptions.subscribe("a", fail), subscriptions.subscribe("a", seen.append):
        subscriptions.observe("a", QUIET)

    assert seen == [QUIET]


@pytest.mark.anyio
async def test_no_secret_of_the_account_is_passed_on(subscriptions):
    seen: list[Json] = []
    async with subscriptions.subscribe("b", seen.append):
        subscriptions.observe(
            "b", {"logs": [{"message": ["s3cret-and-more", {"in": ["a s3cret"]}, 1]}]}
        )

    assert seen == [{"logs": [{"message": ["REDACTED", {"in": ["a REDACTED"]}, 1]}]}]


def test_the_secrets_of_the_cloud_that_is_served_now_are_taken_out():
    def having(text: str) -> Cloud:
        binding = {"name": "S", "type": "secret_text", "text": text}
        return Cloud(workers=(Worker("a", "w.mjs", (), "2026-01-01", bindings=(binding,)),))

    clouds = [having("former"), having("present")]
    texts = [without_secrets("former and present", cloud) for cloud in (*clouds, clouds[0])]
    assert texts == ["[secret] and present", "former and [secret]", "[secret] and present"]


def test_a_secret_in_an_address_is_taken_out_too():
    binding = {"type": "secret_text", "name": "S", "text": "a/b+c=="}
    cloud = Cloud(workers=(Worker("a", "w.mjs", (), "2026-01-01", bindings=(binding,)),))

    assert without_secrets("/hook/a%2Fb%2Bc%3D%3D/in", cloud) == "/hook/[secret]/in"
