"""A waiver accepts one violation for a time, and is itself checked."""

import pytest
from pulumi.runtime import proto

from harness.policy_pack import PACK, Node, request, stack_request, urn
from policies.pack.enforcement import LevelsError, configured_enforcement
from policies.pack.levels import read_decided
from policies.pack.rule import ENVIRONMENTS, Level
from policies.pack.type_tokens import R2_MANAGED_DOMAIN
from policies.pack.waivers import RULE as WAIVERS
from policies.pack.waivers import approved, waivers_of
from policies.rules import REGISTRY
from systems.registry import SYSTEMS
from tests.policies.cases.graphs import CASES as GRAPHS
from tests.policies.day import ahead
from tests.policies.support import analyzer, change_stack, messages

RULE = "r2-no-dev-url"
OPEN = {"enabled": True}
WAIVER = {"rule": RULE, "resource": "door", "reason": "demo of June", "expires": ahead(40)}


def configured(*waivers, **settings):
    return analyzer({"meta-waivers": {"waivers": list(waivers), **settings}})


def run(server, name="door"):
    found = messages(server.Analyze(request(R2_MANAGED_DOMAIN, OPEN, name=name), None), RULE)
    whole = server.AnalyzeStack(stack_request({name: Node(R2_MANAGED_DOMAIN, OPEN)}), None)
    return bool(found), messages(whole, "meta-waivers"), whole


@pytest.mark.parametrize("resource", ["door", urn(R2_MANAGED_DOMAIN, "door")])
def test_a_waiver_in_force_silences_its_violation_and_is_listed(resource):
    found, checked, whole = run(configured({**WAIVER, "resource": resource}))

    assert not found
    assert f"in force until {ahead(40)}: demo of June" in checked[0]
    assert [d.enforcementLevel for d in whole.diagnostics if d.policyName == "meta-waivers"] == [0]


def test_a_waiver_is_listed_only_where_the_level_file_says_so():
    assert run(configured(WAIVER, listed=False))[1] == []


def warned(waiver, **settings):
    """Judge an open door; return the levels of what is said about it."""
    answer = configured(waiver, **settings).Analyze(
        request(R2_MANAGED_DOMAIN, OPEN, name="door"), None
    )
    return [d.enforcementLevel for d in answer.diagnostics if d.policyName == RULE]


def test_what_the_engine_exempts_is_told_as_a_warning():
    exact = {**WAIVER, "resource": urn(R2_MANAGED_DOMAIN, "door")}

    assert warned(exact, exempted=True) == [proto.ADVISORY]
    assert warned(exact) == []
    assert warned(WAIVER, exempted=True) == [], "the engine cannot match a plain name"


def test_what_was_exempted_until_yesterday_stops_again():
    exact = {**WAIVER, "resource": urn(R2_MANAGED_DOMAIN, "door"), "expires": ahead(-1)}

    assert warned(exact, exempted=True) == [proto.MANDATORY]


def test_a_waiver_silences_nothing_else():
    assert run(configured(WAIVER), name="other")[0]


def test_an_expired_waiver_silences_nothing_and_is_a_violation():
    found, checked, _ = run(configured({**WAIVER, "expires": ahead(-1)}))

    assert found
    assert f"the waiver of {RULE} for door expired on {ahead(-1)}" in checked[0]


def test_the_last_day_of_a_waiver_is_a_day_of_it():
    assert not run(configured({**WAIVER, "expires": ahead(0)}))[0]


def test_a_waiver_that_nothing_needs_is_a_violation():
    server = configured(WAIVER)
    whole = server.AnalyzeStack(stack_request({}), None)

    assert "was not needed; take it away" in messages(whole, "meta-waivers")[0]


SYSTEM = "chittyos:system:SuperInstance"


def system(name):
    """Return a stack of one system."""
    return stack_request({name: Node(SYSTEM)})


def test_a_waiver_of_a_system_is_not_asked_of_a_stack_without_it():
    """FW-4: an environment that is cut into stacks has one file of waivers."""
    waiver = {**WAIVER, "system": "superinstance"}

    without = configured(waiver).AnalyzeStack(system("chittyid"), None)
    having = configured(waiver).AnalyzeStack(system("superinstance"), None)

    assert messages(without, "meta-waivers") == []
    assert "was not needed; take it away" in messages(having, "meta-waivers")[0]


def test_a_waiver_of_a_urn_is_asked_of_its_own_stack_alone():
    theirs = urn(R2_MANAGED_DOMAIN, "door").replace(":production:", ":production-b:")

    assert not messages(
        configured({**WAIVER, "resource": theirs}).AnalyzeStack(system("chittyid"), None),
        "meta-waivers",
    )
    own = {**WAIVER, "resource": urn(R2_MANAGED_DOMAIN, "door")}
    whole = configured(own).AnalyzeStack(system("chittyid"), None)
    assert "was not needed; take it away" in messages(whole, "meta-waivers")[0]


def test_a_waiver_of_a_system_silences_its_violation():
    assert not run(configured({**WAIVER, "system": "superinstance"}))[0]


def test_a_waiver_of_the_project_names_a_system_that_there_is():
    """A name that no stack has would keep a waiver that nothing needs, and nobody would hear."""
    named = {
        waiver["system"]
        for environment in ENVIRONMENTS
        for waiver in read_decided(PACK, environment).get(WAIVERS, {}).get("waivers", ())
        if "system" in waiver
    }

    assert named
    assert named <= {each.name for each in SYSTEMS}


def test_a_waiver_that_lasts_too_long_is_a_violation():
    checked = run(configured({**WAIVER, "expires": ahead(400)}))[1]

    assert "ends more than 180 days ahead" in checked[0]


def test_a_finding_about_the_stack_itself_is_waived_as_stack():
    case = next(case for case in GRAPHS if case.rule == "graph-alarms-complete")
    nodes = change_stack(case.good, case.breaks[0])
    waiver = {**WAIVER, "rule": case.rule, "resource": "tunnel"}
    whole = configured(waiver).AnalyzeStack(stack_request(nodes), None)

    assert messages(whole, case.rule) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "nope"}, "names the rule 'nope'"),
        ({"rule": "meta-waivers"}, "names the rule 'meta-waivers'"),
        ({"reason": " "}, "needs the name of a resource and a reason, two words or more"),
        ({"reason": "because"}, "needs the name of a resource and a reason, two words or more"),
        ({"resource": ""}, "needs the name of a resource and a reason, two words or more"),
        ({"expires": "soon"}, "needs a day of expiry such as 2027-01-31"),
    ],
)
def test_a_malformed_waiver_stops_the_run(change, said):
    settings = {"waivers": [{**WAIVER, **change}], "maxDays": 180, "listed": True}
    plan = configured_enforcement(REGISTRY, {"meta-waivers": (Level.MANDATORY, settings)})

    with pytest.raises(LevelsError, match=said):
        waivers_of(plan, REGISTRY)


APPROVAL = {"policy": "Health", "reason": "probe of the balancer", "expires": ahead(0)}


def test_an_approval_holds_until_its_day_for_what_it_names():
    assert approved([APPROVAL], policy="Health")
    assert not approved([APPROVAL], policy="Other")
    assert not approved([{**APPROVAL, "expires": ahead(-1)}], policy="Health")
    assert not approved([{**APPROVAL, "reason": "probe"}], policy="Health")
