"""Rulesets of zones in the API: entry points, rules, refs, versions, and what is refused."""

from typing import Any

import pytest

from tests.local.api.conftest import ZONE_ID

pytestmark = pytest.mark.anyio

RULESETS = f"/zones/{ZONE_ID}/rulesets"
CUSTOM = "http_request_firewall_custom"
ENTRY_POINT = f"{RULESETS}/phases/{CUSTOM}/entrypoint"
BLOCK = {"ref": "one", "expression": 'http.host eq "a.chitty.cc"', "action": "block"}
LIMIT = {
    "characteristics": ["ip.src", "cf.colo.id"],
    "period": 60,
    "requests_per_period": 100,
    "mitigation_timeout": 60,
}


def ruleset(*rules, phase=CUSTOM):
    return {"name": "default", "kind": "zone", "phase": phase, "rules": list(rules)}


async def make(world, *rules, phase=CUSTOM):
    return await world.ask("POST", RULESETS, json=ruleset(*rules, phase=phase))


async def test_a_zone_has_one_ruleset_a_phase(world):
    made = await make(world, BLOCK)

    assert await world.ask("GET", f"{RULESETS}/{made['id']}") == made
    assert await world.ask("GET", ENTRY_POINT) == made
    (listed,) = await world.ask("GET", RULESETS)
    assert listed == {name: value for name, value in made.items() if name != "rules"}
    refused = await world.refused("POST", RULESETS, json=ruleset(BLOCK))
    assert refused[:2] == (400, 20217)
    assert refused[2].endswith(f"exceeded maximum number of zone rulesets for phase {CUSTOM}")


async def test_a_phase_without_rules_has_no_entry_point_until_it_is_put(world):
    refused = await world.refused("GET", ENTRY_POINT)
    made = await world.ask("PUT", ENTRY_POINT, json={"rules": [BLOCK]})

    assert refused == (404, 10003, f"could not find entrypoint ruleset in the {CUSTOM} phase")
    assert (made["name"], made["kind"], made["version"]) == ("default", "zone", "1")
    assert (await world.ask("PUT", ENTRY_POINT, json={"rules": []}))["id"] == made["id"]


async def test_a_rule_keeps_its_id_with_its_ref_and_gets_another_without(world):
    """resources.md: without a ref, an insertion gives new ids to the rules after it."""
    other = {"expression": "true", "action": "log"}
    before = await world.ask("PUT", ENTRY_POINT, json={"rules": [BLOCK, other]})
    changed = {**BLOCK, "expression": 'http.host eq "b.chitty.cc"'}
    after = await world.ask("PUT", ENTRY_POINT, json={"rules": [other, changed]})

    named, nameless = before["rules"]
    assert after["rules"][1]["id"] == named["id"]
    assert after["rules"][0]["id"] != nameless["id"]
    assert nameless["ref"] == nameless["id"]
    assert [named["version"], after["rules"][1]["version"]] == ["1", "2"]


async def test_what_did_not_change_keeps_its_version(world):
    before = await world.ask("PUT", ENTRY_POINT, json={"rules": [BLOCK]})
    after = await world.ask("PUT", ENTRY_POINT, json={"rules": [BLOCK]})

    assert after["rules"] == before["rules"]
    assert (before["version"], after["version"]) == ("1", "2")


async def test_versions_before_the_present_one_are_kept(world):
    await world.ask("PUT", ENTRY_POINT, json={"rules": [BLOCK]})
    made = await world.ask("PUT", ENTRY_POINT, json={"rules": []})

    listed = await world.ask("GET", f"{ENTRY_POINT}/versions")
    first = await world.ask("GET", f"{RULESETS}/{made['id']}/versions/1")
    assert [version["version"] for version in listed] == ["2", "1"]
    assert [rule["ref"] for rule in first["rules"]] == ["one"]
    assert (await world.refused("GET", f"{RULESETS}/{made['id']}/versions/9"))[:2] == (404, 10003)


async def test_single_rules_are_added_changed_moved_and_removed(world):
    path = f"{RULESETS}/{(await make(world, BLOCK))['id']}/rules"
    two = {"ref": "two", "expression": "true", "action": "log", "position": {"index": 1}}

    added = await world.ask("POST", path, json=two)
    assert [rule["ref"] for rule in added["rules"]] == ["two", "one"]
    first, second = (rule["id"] for rule in added["rules"])
    moved = await world.ask("PATCH", f"{path}/{first}", json={"position": {"after": second}})
    assert [rule["id"] for rule in moved["rules"]] == [second, first]
    changed = await world.ask("PATCH", f"{path}/{first}", json={"enabled": False})
    assert [rule["enabled"] for rule in changed["rules"]] == [True, False]
    left = await world.ask("DELETE", f"{path}/{second}")
    assert [rule["id"] for rule in left["rules"]] == [first]


async def test_rules_that_are_on_are_told_to_the_edge_by_zone_and_phase(world):
    off = {**BLOCK, "ref": "off", "enabled": False}
    await make(world, BLOCK, off)

    (told,) = world.runtime.cloud.rulesets
    assert (told.zone, told.phase) == ("chitty.cc", CUSTOM)
    assert [rule["expression"] for rule in told.rules] == [BLOCK["expression"]]


async def test_rules_of_other_phases_are_kept_and_not_run(world):
    rule = {"expression": "true", "action": "rewrite", "action_parameters": {}}
    made = await make(world, rule, phase="http_request_transform")

    assert made["rules"][0]["action"] == "rewrite"
    assert world.runtime.cloud.rulesets == ()


async def test_a_cache_rule_runs_and_one_that_could_not_be_is_refused(world):
    """X25: CF411."""
    lifetime = {"mode": "override_origin", "default": 60}
    rule = {
        "expression": "true",
        "action": "set_cache_settings",
        "action_parameters": {"cache": True, "edge_ttl": lifetime},
    }
    phase = "http_request_cache_settings"
    made = await make(world, rule, phase=phase)
    (running,) = world.runtime.cloud.rulesets
    assert running.rules[0]["action_parameters"]["edge_ttl"] == lifetime
    await world.client.request("DELETE", f"{RULESETS}/{made['id']}")

    wrong = {**rule, "action_parameters": {"cache": True, "edge_ttl": {"mode": "override_origin"}}}
    body = {"kind": "zone", "name": "r", "phase": phase, "rules": [wrong]}
    refused = await world.refused("POST", RULESETS, json=body)
    assert refused[0] == 400
    assert "edge_ttl is override_origin without a default" in refused[2]


async def test_what_overrides_leave_of_a_managed_ruleset_is_shown(world):
    """Incident 18: one override, and all other rules are off."""
    single = {"id": "a" * 32, "action": "log"}
    rule = {
        "expression": "true",
        "action": "execute",
        "action_parameters": {
            "id": "efb7b8c949ac4650a09736fc376e9aee",
            "overrides": {"enabled": False, "rules": [single]},
        },
    }
    await make(world, rule, phase="http_request_firewall_managed")

    path = f"http://127.0.0.1:4400/local/zones/{ZONE_ID}/managed-rules"
    (shown,) = await world.ask("GET", path)

    assert shown["ruleset"] == "Cloudflare Managed Ruleset"
    assert (shown["others"], shown["rules"]) == ("off", [single])
    assert world.runtime.cloud.rulesets == ()
    without = {**rule, "action_parameters": {}}
    body = {"kind": "zone", "name": "r", "phase": "ddos_l7", "rules": [without]}
    assert (await world.refused("POST", RULESETS, json=body))[0] == 400


async def test_a_deleted_ruleset_is_gone_and_runs_no_more(world):
    path = f"{RULESETS}/{(await make(world, BLOCK))['id']}"

    answer = await world.client.request("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert world.runtime.cloud.rulesets == ()
    assert (await world.refused("GET", path))[:2] == (404, 10003)


REFUSED: dict[str, tuple[dict[str, Any], int, int, str]] = {
    "no expression": ({"expression": "http.host eq"}, 400, 20127, "unrecognised input"),
    "empty": ({"expression": ""}, 400, 20127, "is empty"),
    "X12: single &": ({"expression": "cf.edge.server_port & 1"}, 400, 20127, "a single &"),
    "X14: tab": ({"expression": "ssl\tand ssl"}, 400, 20127, "has a tab"),
    "X8: depth": ({"expression": "(" * 100 + "ssl" + ")" * 100}, 400, 20127, "99 levels"),
    "length": ({"expression": f'http.host eq "{"a" * 4100}"'}, 400, 20127, "4,096"),
    "X25: allow": ({"action": "allow"}, 400, 20014, "takes block, managed_challenge"),
    "X25: status": (
        {"action_parameters": {"response": {"status_code": 200, "content_type": "text/plain"}}},
        400,
        20014,
        "status_code",
    ),
    "unknown field": ({"acton": "block"}, 400, 20014, "acton"),
    "limit elsewhere": ({"ratelimit": LIMIT}, 400, 20014, "it is for http_ratelimit"),
    "not emulated": ({"expression": "cf.waf.score lt 20"}, 501, 7000, "not emulated: rule one"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cloudflare_would_refuse_is_refused_and_nothing_changes(world, name):
    change, status, code, words = REFUSED[name]

    got = await world.refused("PUT", ENTRY_POINT, json={"rules": [{**BLOCK, **change}]})

    assert got[:2] == (status, code)
    assert words in got[2]
    assert (await world.refused("GET", ENTRY_POINT))[0] == 404


async def test_what_this_project_is_stricter_in_is_taken(world):
    """Other tools write what Cloudflare takes: `and` beside `or`, a quoted pattern."""
    mixed = {**BLOCK, "expression": 'ssl or ssl and http.host matches "a"'}

    assert await world.ask("PUT", ENTRY_POINT, json={"rules": [mixed]})


async def test_a_rate_limit_needs_its_limit_and_one_ref_is_one_rule(world):
    limits = f"{RULESETS}/phases/http_ratelimit/entrypoint"
    limit = {**BLOCK, "ratelimit": LIMIT}

    refused = await world.refused("PUT", limits, json={"rules": [BLOCK]})
    assert (refused[1], "ratelimit because it is missing" in refused[2]) == (20014, True)
    refused = await world.refused("PUT", limits, json={"rules": [limit, limit]})
    assert (refused[1], "another rule has it" in refused[2]) == (20014, True)
    made = await world.ask("PUT", limits, json={"rules": [limit]})
    assert made["rules"][0]["ratelimit"]["requests_per_period"] == 100


async def test_headers_are_set_with_a_value_or_an_expression_and_not_with_both(world):
    phase = "http_response_headers_transform"
    path = f"{RULESETS}/phases/{phase}/entrypoint"

    def rewrite(**change):
        headers = {"x-a": {"operation": "set", **change}}
        parameters = {"headers": headers}
        return {"expression": "true", "action": "rewrite", "action_parameters": parameters}

    assert await world.ask("PUT", path, json={"rules": [rewrite(value="b")]})
    for wrong in (rewrite(), rewrite(value="b", expression="http.host")):
        refused = await world.refused("PUT", path, json={"rules": [wrong]})
        assert (refused[0], "value or an expression" in refused[2]) == (400, True)


async def test_an_entry_point_takes_neither_phase_nor_kind(world):
    got = await world.refused("PUT", ENTRY_POINT, json=ruleset(BLOCK))

    assert got[:2] == (400, 20014)
    assert "kind" in got[2]
