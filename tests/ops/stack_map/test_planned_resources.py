"""A program is run against nothing, and what it registers is all that the map knows."""

import json

import pulumi
import pytest

from common.wire_marks import SIGNATURE, UNKNOWN
from components.sdk import cloudflare
from ops.errors import OpsError
from ops.stack_map import deployed_resources, document
from ops.stack_map.planned_resources import registered
from ops.stack_map.readable_inputs import readable
from planning.exposure.exposure import map_of
from planning.exposure.model import Kind
from planning.refusals import RefusedError
from tests.ops.stack_map.example import CANARY, SYSTEMS, ZONES, program
from tests.policies import state as fixture

HEADING = document.Heading("example", "production", "planned")
SECRET = "1b47061264138c4ac30d75fd1eb44270"


@pytest.fixture(scope="module")
def resources():
    return registered(program, "production")


def test_every_system_of_the_program_is_on_the_map(exposure):
    assert [each.name for each in exposure.systems] == ["shop", "desk", "files", "mail", "old"]


def test_every_kind_of_host_is_on_it(exposure):
    assert {way.kind for way in exposure.ways} == set(Kind)


def test_who_may_reach_a_host_is_what_access_decides(exposure):
    found = {f"{way.host}{way.path}": way for way in exposure.ways}

    assert found["desk.example.org/*"].who == (
        "service token robot",
        "group staff (people of @example.org), who also are visitors from DE",
    )
    assert found["desk.example.org/status/*"].open
    assert found["desk.SUBDOMAIN.workers.dev/*"].guard == "Desk"


def test_bindings_lead_where_they_say_though_a_secret_seals_the_list(exposure):
    shop = next(each for each in exposure.targets if each.place.name == "shop")

    assert {each.name: [place.name for place in each.to] for each in shop.bindings} == {
        "CARTS": ["shop-carts"],
        "DATA": ["shop-data"],
        "DESK": ["desk"],
        "KEY": [],
        "ORDERS": ["shop-orders"],
        "PRICES": ["shop-prices"],
        "ROOM": ["Room of shop"],
    }


def test_no_value_of_a_secret_or_a_variable_is_kept(resources, exposure):
    assert "KEY" in repr(exposure)
    assert "shop-worker" in repr(resources)
    for resource in resources:
        if resource.short != "ZeroTrustTunnelCloudflaredConfig":  # an address with a password
            assert CANARY not in repr(resource)
    assert CANARY not in document.render(HEADING, exposure)


def test_a_program_that_asks_for_the_id_of_its_worker_is_answered():
    """Access knows a script by an id that only the list of the account has."""

    def build():
        made = cloudflare.WorkersScript(
            "w", account_id="a", script_name="worker", main_module="x", content=""
        )
        listed = cloudflare.get_workers_scripts_output(
            account_id="a", opts=pulumi.InvokeOutputOptions(depends_on=[made])
        )
        cloudflare.ZeroTrustAccessApplication(
            "app",
            account_id="a",
            name="App",
            destinations=[
                {
                    "type": "worker",
                    "worker_id": pulumi.Output.all(made.script_name, listed.results).apply(
                        lambda both: next(each["tag"] for each in both[1] if each["id"] == both[0])
                    ),
                }
            ],
        )

    found = registered(build, "production")
    application = next(each for each in found if each.short == "ZeroTrustAccessApplication")
    script = next(each for each in found if each.short == "WorkersScript")
    assert application.inputs["destinations"] == [{"type": "worker", "workerId": script.id}]


def test_what_the_program_refuses_is_raised():
    def refuse():
        raise RefusedError("no such thing")

    with pytest.raises(RefusedError, match="no such thing"):
        registered(refuse, "production")


def test_what_is_secret_or_unknown_is_nothing():
    sealed = {SIGNATURE: SECRET, "ciphertext": "x"}
    listed = [{"name": "A", "type": "d1", "databaseId": UNKNOWN, "text": CANARY}, "no object"]

    assert readable({"a": sealed, "b": [sealed, {"c": UNKNOWN}], "bindings": listed}) == {
        "a": None,
        "b": [None, {"c": None}],
        "bindings": [{"name": "A", "type": "d1", "databaseId": None}],
    }
    assert readable({"bindings": sealed}) == {"bindings": None}
    assert (
        readable({"bindings": {SIGNATURE: SECRET, "value": listed}})["bindings"][0]["name"] == "A"
    )


def as_state(resources, *, sealed=False):
    """Write what was registered as a state has it."""
    return [
        {
            "urn": each.urn,
            "type": each.type,
            "custom": each.custom,
            "id": each.id,
            "parent": each.parent,
            "inputs": {
                key: {SIGNATURE: SECRET, "ciphertext": "x"}
                if sealed and key == "bindings"
                else value
                for key, value in each.inputs.items()
            },
            "propertyDependencies": {key: list(urns) for key, urns in each.sources.items()},
        }
        for each in resources
    ]


def test_a_state_of_the_same_resources_has_the_same_map(resources, exposure):
    again = map_of(deployed_resources.of_state(as_state(resources)), ZONES, SYSTEMS)

    assert again == exposure


def test_a_state_whose_bindings_are_encrypted_still_says_what_workers_reach(resources, exposure):
    again = map_of(deployed_resources.of_state(as_state(resources, sealed=True)), ZONES, SYSTEMS)
    shop = next(each for each in again.targets if each.place.name == "shop")

    assert again.ways == exposure.ways
    assert {place.name for each in shop.bindings for place in each.to} == {
        "shop-carts",
        "shop-data",
        "shop-orders",
        "shop-prices",
    }


def test_an_exported_state_is_read_and_what_is_about_to_go_is_left_out(tmp_path):
    kept = fixture.resource(
        "cloudflare:index/workersScript:WorkersScript", "a", {"scriptName": "a"}
    )
    path = fixture.write(tmp_path / "state.json", [kept, {**kept, "delete": True}])

    assert [each.own_name for each in deployed_resources.of_file(path)] == ["a"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deployment": {"resources": [1]}}', "\xff"])
def test_what_is_no_state_is_said(tmp_path, text):
    path = tmp_path / "state.json"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(OpsError, match=r"is no exported state; write one by: pulumi stack"):
        deployed_resources.of_file(path)


def test_the_document_is_the_same_for_the_same_program(exposure):
    one = document.render(HEADING, exposure)

    assert one == document.render(HEADING, map_of(registered(program, "s"), ZONES, SYSTEMS))
    assert json.loads(one)["form"] == document.FORM
