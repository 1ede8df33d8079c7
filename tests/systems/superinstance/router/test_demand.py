"""What one call uses on the real runtime is what it is priced with (SI-1, SI-3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.bundle import ROOT, bundle
from systems.superinstance import operations
from tests.systems.superinstance import conftest as billing_stack
from tests.systems.superinstance.router import stack as router_stack
from tests.systems.superinstance.router.stack import RouterStack, key
from tests.workers.stack import eventually

pytestmark = pytest.mark.workerd

COUNTING = (Path(__file__).parent / "counting.mjs").read_text()
ROUTER, BILLING = "counted-router", "counted-billing"
ACCOUNT = "counted"
CALLS = 12
WRITTEN_WITH_A_CALL = 5
"""That it was made, its id, its answer with an index, and its record."""

ENDED_SOON, ENDED_LATER = 2, 1
"""Its record and its answer; its request, with the first after a minute."""

OBJECTS = {
    ROUTER: ("CallJournal", ["admit", "settle", "standing"]),
    BILLING: ("BillingLedger", ["enter", "balance", "usage", "flush"]),
}


def _deploy(router: RouterStack, script: str, entry: str, bindings: list[dict[str, str]]) -> None:
    """Deploy a worker as it is, with a count around it, at a host of its own."""
    object_class, methods = OBJECTS[script]
    counting = COUNTING.replace("CLASS", object_class).replace("METHODS", str(methods))
    code = (ROOT / bundle(entry, script).path).read_text(encoding="utf-8")
    objects = {"type": "durable_object_namespace", "name": "OBJECTS", "class_name": object_class}
    router.cloud.upload(
        script,
        {"index.mjs": counting, "bundle.mjs": code},
        bindings=[*bindings, objects],
        migrations={"new_tag": "v1", "new_sqlite_classes": [object_class]},
    )
    domain = {"hostname": _host(script), "service": script, "zone_id": router.cloud.zone_id}
    router.cloud.result("PUT", router.cloud.account("/workers/domains"), json=domain)


def _host(script: str) -> str:
    return f"{script}.chitty.cc"


def _router_bindings(router: RouterStack) -> Iterator[dict[str, str]]:
    """Give what the router of the tests has, with the counted billing, and answers that go soon."""
    for binding in router_stack.bindings(router.namespaces, router.providers):
        changed = {"BILLING": {"service": BILLING}, "ANSWER_SECONDS": {"text": "1"}}
        yield {**binding, **changed.get(binding["name"], {})}


def _used(router: RouterStack, script: str) -> dict[str, Any]:
    path = f"/used?account_id={ACCOUNT}"
    used: dict[str, Any] = router.cloud.at(_host(script), path).raise_for_status().json()
    return used


def _kept(router: RouterStack) -> bool:
    """Say whether billing was told of all calls, and their answers are gone."""
    written = CALLS * (WRITTEN_WITH_A_CALL + ENDED_SOON)
    told = _used(router, BILLING)["requests"].get("enter", 0)
    return bool(told >= 1 and _used(router, ROUTER)["rows_written"] >= written)


def test_a_call_uses_what_it_is_priced_with(router):
    """SI-1: the demand of a call, counted: requests to objects, their rows, reads of KV."""
    billing = list(billing_stack.bindings(router.billing))
    _deploy(router, BILLING, billing_stack.ENTRY, billing)
    _deploy(router, ROUTER, router_stack.ENTRY, list(_router_bindings(router)))
    router.admit(ACCOUNT)
    headers = {"authorization": f"Bearer {key(ACCOUNT)}"}

    for number in range(CALLS):
        body = router_stack.question(f"q-{number}")
        answer = router.cloud.at(_host(ROUTER), "/v1/escalate", "POST", headers=headers, json=body)
        assert answer.is_success, answer.text
    assert eventually(lambda: _kept(router), 60)
    journal, ledger = _used(router, ROUTER), _used(router, BILLING)

    # A call is one request; one alarm tells of many at best, of one at worst.
    assert journal["requests"]["admit"] == CALLS
    used = journal["requests"]["admit"] + journal["alarms"]
    assert CALLS < used <= CALLS * operations.JOURNAL_REQUESTS_A_CALL
    # The end of its request comes later; an alarm is a row.
    later = CALLS * (ENDED_LATER + 1)
    written = journal["rows_written"] + later
    assert written == CALLS * operations.JOURNAL_ROWS_WRITTEN_A_CALL
    assert journal["rows_read"] <= CALLS * operations.JOURNAL_ROWS_READ_A_CALL
    assert journal["kv_reads"] == operations.KV_READS_A_REQUEST
    assert ledger["requests"]["enter"] <= journal["alarms"]
    assert ledger["rows_written"] <= CALLS * operations.OBJECT_ROWS_WRITTEN_A_RECORD
    assert ledger["rows_read"] <= CALLS * operations.OBJECT_ROWS_READ_A_RECORD
