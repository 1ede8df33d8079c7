"""A worker with a dataset under the engine, against the local API (PA-13)."""

import pytest

from components.sdk import cloudflare
from harness.clone import ACCOUNT

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

DATASET = {"name": "REQUESTS", "type": "analytics_engine", "dataset": "requests"}


def program() -> None:
    cloudflare.WorkersScript(
        "worker",
        account_id=ACCOUNT,
        script_name="writer",
        main_module="worker.mjs",
        content="export default { fetch() { return new Response('hi') } }",
        compatibility_date="2026-11-01",
        bindings=[{"name": "REQUESTS", "type": "analytics_engine", "dataset": "requests"}],
    )


def test_a_dataset_is_bound_and_differs_no_more(engine, cloud):
    stack = engine.stack(program)
    stack.up()

    kept = cloud.result("GET", cloud.account("/workers/scripts/writer/settings"))
    assert kept["bindings"] == [DATASET]
    assert stack.preview().changes == {}
    stack.refresh()
    assert stack.preview().changes == {}
    stack.destroy()
