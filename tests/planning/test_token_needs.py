"""What a token needs follows from the resources of a stack, by Cloudflare's own words (FW-11)."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from planning.exposure.graph import Resource
from planning.permission_groups import FAMILIES, OF_PHASE, family
from planning.refusals import RefusedError
from planning.token_needs import NEEDS, covers, needs_of, policies_for

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, ZONE, OTHER = "a" * 32, "b" * 32, "c" * 32
CALLED = re.compile(r"cloudflare\.([A-Z]\w+)\((?!.*Args\()")
ACCEPTED = re.compile(r"Accepted Permissions\n+((?:\s+- `[^`]+`\n+)+)")
AS_DOCUMENTED = {"Account Rule Lists Write": "Account Filter Lists Edit"}
"""Names of the API → names that the SDK has for them."""


def resource(type_, name="it", /, module="cloudflare:index/x", **inputs):
    return Resource(urn=f"urn:{name}", type=f"{module}:{type_}", name=name, inputs=inputs)


def groups(needs):
    return [(need.group, need.place) for need in needs]


def module_of(type_):
    """Return the source of the module of the SDK that has *type_*; "" for what it has not."""
    spec = find_spec("pulumi_cloudflare")
    folders = (spec.submodule_search_locations if spec else None) or []
    folder = next(iter(folders))
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_).lower()
    path = Path(folder) / f"{name}.py"
    return path.read_text() if path.is_file() else ""


def test_every_resource_that_a_component_makes_is_in_the_table():
    made = {
        name
        for path in (ROOT / "components").glob("*.py")
        for name in CALLED.findall(path.read_text())
        if not name.endswith("Args") and name != "Provider"
    }

    assert len(made) > 30
    assert made - NEEDS.keys() == {"Ruleset"}


@pytest.mark.parametrize("type_", [name for name in NEEDS if ACCEPTED.search(module_of(name))])
def test_it_is_one_of_the_permissions_that_the_sdk_documents(type_):
    (listed,) = ACCEPTED.findall(module_of(type_))[:1]
    accepted = set(re.findall(r"`([^`]+)`", listed))
    ours = {f"{name} Write" for name, _ in NEEDS[type_]}

    assert ours & accepted or {AS_DOCUMENTED.get(name) for name in ours} & accepted


def test_the_sdk_documents_most_of_the_table():
    assert len([name for name in NEEDS if ACCEPTED.search(module_of(name))]) > 25


def test_every_family_has_ids_of_its_own():
    ids = [each for one in FAMILIES for each in (one.read_id, one.write_id) if each]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    assert all(family(name, "zone") for name in OF_PHASE.values())


def test_one_permission_serves_all_resources_that_need_it_in_one_place():
    needs = needs_of(
        [
            resource("Queue"),
            resource("QueueConsumer"),
            resource("WorkersRoute", zoneId=ZONE),
            resource("WorkersRoute", "more", zoneId=OTHER),
        ],
        ACCOUNT,
        [ZONE, OTHER],
    )

    assert groups(needs) == [
        ("Account Settings Read", ACCOUNT),
        ("Queues Write", ACCOUNT),
        ("Workers Routes Write", ZONE),
        ("Zone Read", ZONE),
        ("Workers Routes Write", OTHER),
        ("Zone Read", OTHER),
    ]
    assert needs[1].why == ("Queue", "QueueConsumer")


def test_rules_need_the_permission_of_their_phase_and_notes_that_of_their_setting():
    dynamic = "pulumi-python:dynamic/chittyos"
    needs = needs_of(
        [
            resource("Ruleset", zoneId=ZONE, phase="http_ratelimit"),
            resource("Ruleset", zoneId=ZONE, phase="http_request_cache_settings"),
            resource("ZoneFound", module=dynamic, zone_id=ZONE, setting="dnssec"),
            resource("ZoneFound", module=dynamic, zone_id=OTHER, setting="ssl"),
        ],
        ACCOUNT,
        [],
    )

    assert groups(needs)[1:] == [
        ("Cache Settings Write", ZONE),
        ("DNS Write", ZONE),
        ("Zone WAF Write", ZONE),
        ("Zone Settings Write", OTHER),
    ]


def test_datasets_are_read_by_commands():
    bound = resource("WorkersScript", bindings=[{"name": "D", "type": "analytics_engine"}])

    assert ("Account Analytics Read", ACCOUNT) in groups(needs_of([bound], ACCOUNT, []))


def test_a_preview_only_reads_but_for_the_token_of_a_tunnel():
    kinds = [resource("D1Database"), resource("ZeroTrustTunnelCloudflared")]

    needs = needs_of(kinds, ACCOUNT, [ZONE], read_only=True)

    assert groups(needs) == [
        ("Account Settings Read", ACCOUNT),
        ("Cloudflare Tunnel Write", ACCOUNT),
        ("D1 Read", ACCOUNT),
        ("Zone Read", ZONE),
    ]


def test_components_and_what_is_not_cloudflares_need_nothing():
    other = [
        resource("Worker", module="chittyos:cloudflare"),
        resource("X", module="docker:index/x"),
    ]

    assert groups(needs_of(other, ACCOUNT, [])) == [("Account Settings Read", ACCOUNT)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (resource("Snippet"), "Snippet it needs is not known, because of its type; add it to"),
        (resource("Ruleset", zoneId=ZONE, phase="magic_transit"), "its phase 'magic_transit'"),
        (resource("WorkersRoute"), "its zone"),
    ],
)
def test_what_nobody_knows_the_permission_of_is_refused(wrong, said):
    with pytest.raises(RefusedError, match=said):
        needs_of([wrong], ACCOUNT, [])


def test_policies_of_needs_cover_each_of_them_and_no_other():
    kinds = [resource("Queue"), resource("WorkersRoute", zoneId=ZONE)]
    needs = needs_of(kinds, ACCOUNT, [ZONE])

    policies = policies_for(needs)

    assert all(covers(policies, need, ACCOUNT) for need in needs)
    for missing in needs:
        left = policies_for([need for need in needs if need != missing])
        assert [need for need in needs if not covers(left, need, ACCOUNT)] == [missing]
    (elsewhere,) = needs_of([resource("WorkersRoute", zoneId=OTHER)], ACCOUNT, [])[1:]
    assert not covers(policies, elsewhere, ACCOUNT)


def test_policies_are_as_the_api_takes_them():
    assert policies_for(needs_of([resource("Queue")], ACCOUNT, [])) == [
        {
            "effect": "allow",
            "permission_groups": [
                {"id": "c1fde68c7bcc44588cbb6ddbc16d6480", "name": "Account Settings Read"},
                {"id": "366f57075ffc42689627bcf8242a1b6d", "name": "Queues Write"},
            ],
            "resources": {f"com.cloudflare.api.account.{ACCOUNT}": "*"},
        }
    ]
