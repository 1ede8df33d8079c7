"""A list of addresses under the engine: the running edge sees its changes (PA-8 b)."""

import time

import pytest

from components.address_list import AddressList, AddressListArgs
from components.zone_security import RuleArgs, ZoneSecurity, ZoneSecurityArgs
from harness.clone import ACCOUNT

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "listed.chitty.cc"
CODE = "export default { fetch() { return new Response('hi') } }"


def program(zone: str, *addresses: str) -> None:
    listed = AddressListArgs(name="watched", addresses=addresses, description="seen before")
    watched = AddressList("watched", listed, account_id=ACCOUNT)
    rule = RuleArgs(
        phase="http_request_firewall_custom",
        ref="watched",
        expression=f'http.host eq "{HOST}" and ip.src in $watched',
        action="block",
        description="an address that is watched",
    )
    args = ZoneSecurityArgs(zone="chitty.cc", rules=(rule,))
    ZoneSecurity("chitty.cc", args, zone_id=zone, after=[watched])


def test_a_changed_list_changes_no_rule_and_is_seen_at_once(engine, cloud):
    zone, lists = cloud.zone_id, cloud.account("/rules/lists")
    cloud.upload("listed", {"index.mjs": CODE})
    domain = {"hostname": HOST, "service": "listed", "zone_id": zone}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    stack = engine.stack(lambda: program(zone, "192.0.2.0/24"))

    stack.up()
    assert cloud.at(HOST).status_code == 200
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}

    stack.becomes(lambda: program(zone, "198.51.100.7", "127.0.0.0/8", "192.0.2.0/24"))
    assert stack.up().changes == {"watched": "update"}
    assert cloud.at(HOST).status_code == 403
    assert stack.refresh().changes == {}

    (found,) = cloud.result("GET", lists)
    _empty(cloud, f"{lists}/{found['id']}/items")  # somebody does, by hand
    assert stack.refresh().changes == {"watched": "update"}
    stack.up()
    assert cloud.at(HOST).status_code == 403

    stack.destroy()
    assert cloud.result("GET", lists) == []
    assert cloud.at(HOST).status_code == 200


def _empty(cloud, items: str) -> None:
    begun = cloud.result("PUT", items, json=[])
    path = cloud.account(f"/rules/lists/bulk_operations/{begun['operation_id']}")
    deadline = time.monotonic() + 60
    while cloud.result("GET", path)["status"] != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
