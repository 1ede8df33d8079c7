"""FW-4: what the JSON of a preview says beside its plan."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from config import PlatformConfig
from ops.engine.report import Report
from ops.preview.comment import read_plan
from ops.run import preview_context
from ops.stack.target import Target
from tests.config.examples import loaded

URN = "urn:pulumi:development::chittyos::cloudflare:index/{}::it"
KV = "workersKvNamespace:WorkersKvNamespace"
QUEUE = "queue:Queue"
SETTING = "zoneSetting:ZoneSetting"


@pytest.fixture(scope="module")
def config() -> PlatformConfig:
    return loaded()


def report(*steps: tuple[str, str], **inputs: Any) -> Report:
    """Gather a preview of *steps*, each an operation and a kind."""
    made = Report()
    for op, kind in steps:
        fixed = {"id": "", "parent": "", "provider": "", "outputs": {}, "custom": True}
        state = {**fixed, "type": f"cloudflare:index/{kind}", "urn": URN.format(kind)}
        old = None if op == "create" else {**state, "inputs": inputs}
        new = None if op == "delete" else {**state, "inputs": inputs}
        step = {
            "op": op,
            "urn": URN.format(kind),
            "type": "",
            "provider": "",
            "old": old,
            "new": new,
        }
        for event in ("resourcePreEvent", "resOutputsEvent"):
            made(EngineEvent.from_json({event: {"metadata": step}}))
    return made


def session(config: PlatformConfig | None, root: Path = Path()) -> Any:
    plugins = (SimpleNamespace(name="cloudflare", version="6.23.1", kind="official"),)
    tools = SimpleNamespace(engine=SimpleNamespace(version="3.276.0"), plugins=plugins)
    target = Target("development", "development", {})
    return SimpleNamespace(
        configuration=config, tools=tools, target=target, paths=SimpleNamespace(root=root)
    )


NEEDS = {
    "another kind": ([("same", KV), ("create", QUEUE)], ["Queues Write for the account"]),
    "one of the same kind": ([("same", KV), ("create", KV)], []),
    "of a zone": ([("same", KV), ("create", SETTING)], ["Zone Settings Write for chitty.cc"]),
    "one that goes": ([("same", KV), ("delete", QUEUE)], []),
    "a stack that has nothing yet": ([("create", KV), ("create", QUEUE)], []),
}


@pytest.mark.parametrize(("steps", "more"), NEEDS.values(), ids=NEEDS)
def test_what_a_token_needs_more_is_what_no_resource_needed_before(config, steps, more):
    zone = config.deployment.zones[0].id

    assert list(preview_context.new_permissions(report(*steps, zoneId=zone), config)) == more


def test_a_month_is_priced_by_both_readings_and_the_file_is_read_again(config, tmp_path):
    path = tmp_path / "plan.json"
    preview_context.write(session(config), report(("same", KV)), path)

    plan = read_plan(path)
    assert set(plan["cost"]) == {"proportional", "rounded up"}
    assert all(float(amount) > 5 for amount in plan["cost"].values())
    assert plan["about"]["engine"] == "Pulumi 3.276.0"
    assert plan["about"]["plugins"] == ["cloudflare 6.23.1 (official)"]
    assert len(plan["about"]["commit"]) == 40


def test_what_cannot_be_told_is_left_out(config, tmp_path):
    unknown = report(("same", KV), ("create", "nobody:Knows"))
    failed = report(("same", KV))
    failed.failure = "it broke"

    assert list(preview_context.of(session(config), unknown)) == ["about", "cost"]
    for told in (
        preview_context.of(session(config), failed),
        preview_context.of(session(None), report(("same", KV))),
    ):
        assert list(told) == ["about"]
    assert preview_context.of(session(None, tmp_path), failed)["about"]["commit"] == ""
