"""The recorded program stands up on the local Cloudflare, holds still, and leaves nothing."""

import json

import pytest

from harness.local_cloudflare import LocalCloudflare
from tests.engine.contract_program import CANARY, CODE, program
from tests.engine.engine import Engine, EngineStack

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

LISTS = {
    "/storage/kv/namespaces",
    "/r2/buckets",
    "/d1/database",
    "/queues",
    "/workers/scripts",
    "/workers/workers",
    "/workers/domains",
    "/access/apps",
    "/access/policies",
    "/access/groups",
    "/access/service_tokens",
    "/tokens",
    "/load_balancers/monitors",
    "/load_balancers/pools",
    "/rules/lists",
}


def test_the_recorded_program_runs_its_whole_life(engine: Engine, cloud: LocalCloudflare):
    stack = engine.stack(program)

    _stands_up(stack, cloud)
    _holds_still(stack)
    _drops_applied_migrations(stack, cloud)
    _hides_secrets(stack)
    _leaves_nothing(stack, cloud)


def _stands_up(stack: EngineStack, cloud: LocalCloudflare) -> None:
    planned = stack.preview().changes
    assert set(planned.values()) == {"create"}

    assert stack.up().changes == planned
    assert cloud.at("connect.chitty.cc").text == "hi"


def _holds_still(stack: EngineStack) -> None:
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert stack.preview(expect_no_changes=True).changes == {}


def _drops_applied_migrations(stack: EngineStack, cloud: LocalCloudflare) -> None:
    stack.configure("mig", "off")

    updated = stack.up()

    assert updated.changes == {"worker": "update"}
    assert updated.changed["worker"] == ["migrations"]
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert cloud.at("connect.chitty.cc").text == "hi"


def _hides_secrets(stack: EngineStack) -> None:
    exported = json.dumps(stack.export())

    assert CODE in json.loads(json.dumps(stack.resources()["worker"]["inputs"]["content"]))
    assert CANARY not in exported
    assert "cfat_" not in exported


def _leaves_nothing(stack: EngineStack, cloud: LocalCloudflare) -> None:
    assert set(stack.destroy().changes.values()) == {"delete"}
    assert stack.resources() == {}
    for path in LISTS:
        listed = cloud.result("GET", cloud.account(path))
        assert (listed["buckets"] if isinstance(listed, dict) else listed) == [], path
    for path in ("/workers/routes", "/rulesets", "/ssl/certificate_packs"):
        assert cloud.result("GET", f"/zones/{cloud.zone_id}{path}") == [], path
    for path in ("workers/routes", "load_balancers", "healthchecks"):
        assert cloud.result("GET", f"/zones/{cloud.zone_id}/{path}") == [], path
