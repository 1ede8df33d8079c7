"""Under the real engine, no answer of a wrong server empties the state."""

import json

import pulumi
import pytest

from components.sdk import cloudflare
from tests.engine.engine import Engine, EngineFailure, EngineStack
from tests.provider.cloudflare.fake_api import FakeApi

pytestmark = pytest.mark.engine

ACCOUNT = "0" * 32
JSON = {"content-type": "application/json"}


def stores() -> None:
    cloudflare.WorkersKvNamespace("kv", account_id=ACCOUNT, title="KV")
    cloudflare.R2Bucket("files", account_id=ACCOUNT, name="files")
    cloudflare.D1Database("db", account_id=ACCOUNT, name="db", read_replication={"mode": "auto"})
    queue = cloudflare.Queue("events", account_id=ACCOUNT, queue_name="events")
    cloudflare.WorkersScript(
        "worker",
        account_id=ACCOUNT,
        script_name="worker",
        main_module="worker.mjs",
        content="export default {}",
        compatibility_date="2026-11-01",
    )
    pulumi.export("queue", queue.queue_id)


def kept(stack: EngineStack) -> dict[str, tuple[object, ...]]:
    """Return what the state has of each resource; the engine drops other notes at a refresh."""
    found = stack.resources().items()
    return {name: (it["id"], it["inputs"], it["outputs"]) for name, it in found}


def refusal(code: int) -> bytes:
    return json.dumps({"success": False, "errors": [{"code": code, "message": "no"}]}).encode()


ANSWERS = {
    "404 to everything": (404, JSON, refusal(7003)),
    "a web page": (404, {"content-type": "text/html"}, b"<h1>Not found</h1>"),
    "another account": (403, JSON, refusal(10000)),
    "200 with success: false": (200, JSON, refusal(10000)),
    "a redirect": (302, {"location": "https://login.example.com/"}, b""),
}


def test_nothing_leaves_the_state_and_one_sentence_says_why(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(stores)
    stack.up()
    before = kept(stack)
    assert set(before) == {"kv", "files", "db", "events", "worker"}

    for answer in ANSWERS.values():
        fake.always = answer
        with pytest.raises(EngineFailure, match="then run it again") as failed:
            stack.refresh()
        assert fake.base_url in str(failed.value)
        assert kept(stack) == before

    fake.always = None
    stack.refresh()
    assert set(stack.resources()) == set(before)


def test_what_is_really_gone_leaves_the_state(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(stores)
    stack.up()
    del fake.objects[f"/accounts/{ACCOUNT}/r2/buckets/files"]

    stack.refresh()

    assert set(stack.resources()) == {"kv", "db", "events", "worker"}
