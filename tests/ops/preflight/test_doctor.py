"""What a deployment would stop at is said before anything is sent (FW-11, FW-12)."""

from dataclasses import replace

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.preflight import deploy_token, doctor, known_resources
from ops.preflight.verdicts import State
from ops.stack.target import read_target
from planning.exposure.graph import Resource
from planning.permission_groups import family
from planning.token_needs import Need
from tests.ops.staging_account import STACK, faults

TOKEN = "CLOUDFLARE_API_TOKEN"
KV = "cloudflare:index/workersKvNamespace:WorkersKvNamespace"

pytestmark = pytest.mark.workerd


@pytest.fixture
def readable(staged):
    """Return what a token needs that may read its own policies as well."""
    own = Need(family("Account API Tokens", "account"), "Read", staged.made.account)
    return [*staged.needs(), own]


def test_a_token_of_the_policy_of_the_stack_has_all_that_it_needs(staged, readable, monkeypatch):
    monkeypatch.setenv(TOKEN, staged.token(readable))

    found = staged.examine()

    assert faults(found) == []
    assert [each for each in found if each.state is State.UNKNOWN] == []
    said = {each.subject: each.said for each in found}
    assert said["permissions"].startswith(f"{len(staged.needs())} of {len(staged.needs())} are")
    assert said["zone chitty.cc"] == "active, on the free plan"
    assert {request.method for request in staged.real.asked} == {"GET"}


def test_each_permission_that_a_token_lacks_is_named(staged, readable, monkeypatch):
    """Incident 14: a script was uploaded, and the rest refused for one permission."""
    for lacking in staged.needs():
        others = [need for need in readable if need.group != lacking.group]
        monkeypatch.setenv(TOKEN, staged.token(others))

        found = [said for subject, said in faults(staged.examine()) if subject == "permissions"]

        place = f"{lacking.family.scope} {lacking.place}"
        why = ", ".join(lacking.why)
        assert found == [f"the token lacks {lacking.group} for {place}, which {why} need"]


def test_a_token_that_may_not_read_itself_is_asked_by_harmless_reads(staged, monkeypatch):
    lacking = family("D1", "account")
    others = [need for need in staged.needs() if need.family != lacking]
    monkeypatch.setenv(TOKEN, staged.token(others))

    found = staged.examine()

    said = f"the token lacks D1 Write for account {staged.made.account}, which D1Database"
    assert [each.startswith(said) for _, each in faults(found) if "lacks" in each] == [True]
    unknown = " ".join(each.said for each in found if each.state is State.UNKNOWN)
    assert "whether it may write is not known, for: Notifications Write" in unknown
    assert "no harmless read shows whether it has: Account Analytics Read" in unknown
    assert {request.method for request in staged.real.asked} == {"GET"}


ENDED = {
    "disabled": ({"status": "disabled"}, "it is disabled, so the API refuses whatever it asks for"),
    "past": ({"expires_on": "2026-01-01T00:00:00Z"}, "it is expired, so the API refuses"),
}


@pytest.mark.parametrize(("more", "said"), ENDED.values(), ids=ENDED)
def test_a_token_that_does_not_hold_is_all_that_is_said(staged, monkeypatch, more, said):
    monkeypatch.setenv(TOKEN, staged.token(staged.needs(), **more))

    ((subject, found),) = faults(staged.examine())

    assert subject == "token"
    assert found.startswith(said)
    assert all("/tokens/" in request.url.path for request in staged.real.asked)


def test_a_token_that_nobody_made_is_refused_with_the_step_that_makes_one(staged, monkeypatch):
    monkeypatch.setenv(TOKEN, "x" * 40)

    found = staged.examine()

    assert faults(found) == [("token", f"{TOKEN} is refused (401, code 1000)")]
    assert found[-1].next.startswith(f"make one by: python -m ops token-policy {STACK}")


def test_a_token_that_ends_soon_is_a_warning(staged, readable, monkeypatch):
    monkeypatch.setenv(TOKEN, staged.token(readable, expires_on="2099-01-01T00:00:00Z"))
    assert ("token", State.GOOD) in {(each.subject, each.state) for each in staged.examine()}

    monkeypatch.setattr("ops.preflight.deploy_token.SOON", deploy_token.SOON * 1200)
    monkeypatch.setenv(TOKEN, staged.token(readable, expires_on="2099-01-01T00:00:00Z"))
    (warned,) = [each for each in staged.examine() if each.subject == "token"]

    assert warned.state is State.WARNING
    assert warned.said.endswith("days, and every deployment with it")


ZONES = {
    "another plan": ({"plan": "pro"}, "the file says the pro plan and it is on free"),
    "another name": ({"name": "example.com"}, f"{'1' * 32} is chitty.cc"),
    "none": ({"id": "9" * 32}, f"{'9' * 32} is no zone that the token is shown (404, code 7003)"),
}


@pytest.mark.parametrize(("change", "said"), ZONES.values(), ids=ZONES)
def test_a_zone_that_is_not_as_the_file_says_is_a_fault(staged, monkeypatch, change, said):
    monkeypatch.setenv(TOKEN, staged.cloud.token)
    zone = {**staged.target.config["chittyos:zones"][0], **change}
    deployment = staged.made.config.deployment
    zones = (deployment.zones[0].model_copy(update=change),)
    config = replace(staged.made.config, deployment=deployment.model_copy(update={"zones": zones}))
    monkeypatch.setattr(doctor, "declared", lambda *_: replace(staged.made, config=config))

    found = staged.examine(staged.with_config(zones=[zone]))

    assert (f"zone {zone['name']}", said) in faults(found)


def test_an_account_that_is_not_that_of_the_token_is_a_fault(staged, monkeypatch):
    monkeypatch.setenv(TOKEN, staged.cloud.token)

    found = dict(faults(staged.examine(staged.with_config(account="e" * 32))))

    assert found["account"] == f"{'e' * 32} is not shown to the token (403, code 10000)"
    assert found["zone chitty.cc"] == f"it is in account {staged.made.account}"


def test_names_that_are_taken_are_a_fault_unless_the_state_has_them(staged, monkeypatch):
    monkeypatch.setenv(TOKEN, staged.cloud.token)
    title = staged.target.config["chittyid:copies"]["namespace"]
    path = staged.cloud.account("/storage/kv/namespaces")
    there = staged.cloud.result("POST", path, json={"title": title})

    taken = staged.examine()
    own = Resource("urn:mine", KV, "mine", {}, id=there["id"])
    monkeypatch.setattr(known_resources, "resources", lambda *_: (own,))
    mine = staged.examine()
    staged.cloud.result("DELETE", f"{path}/{there['id']}")

    said = f"WorkersKvNamespace {title} exists already, and the stack does not know it"
    assert faults(taken) == [("names", said)]
    assert faults(mine) == []


def test_a_state_that_cannot_be_read_leaves_open_whose_a_name_is(staged, monkeypatch):
    def unread(*_):
        raise OpsError("the engine, which reads the state, is not set up; run make setup")

    monkeypatch.setenv(TOKEN, staged.cloud.token)
    monkeypatch.setattr(known_resources, "resources", unread)
    found = staged.examine()

    assert faults(found) == []
    assert [each.said for each in found if each.subject == "state"] == [
        "the engine, which reads the state, is not set up; run make setup"
    ]


def test_a_file_that_nobody_has_completed_is_said_without_a_question_to_anybody(monkeypatch):
    monkeypatch.delenv(TOKEN, raising=False)

    found = list(doctor.examine(Paths(), read_target(Paths(), STACK)))

    assert [(each.subject, each.state) for each in found if each.state is not State.WARNING] == [
        ("configuration", State.GOOD),
        ("secrets", State.FAULT),
        ("account", State.FAULT),
        ("zone chitty.cc", State.FAULT),
        ("token", State.FAULT),
    ]
    secrets = next(each for each in found if each.subject == "secrets")
    assert "chittyid.ADMIN_TOKEN" in secrets.said
    assert secrets.next == f"python -m ops secrets {STACK}"


def test_what_is_wrong_in_the_file_is_a_fault_each(staged, monkeypatch):
    monkeypatch.undo()
    target = staged.with_config(plan="gold")

    found = list(doctor.examine(Paths(), target))

    assert [each.state for each in found] == [State.FAULT]
    assert found[0].said.startswith("Pulumi.staging.yaml: chittyos:plan: 'gold'")
