"""A zone that hosts of several stacks lie in has one owner, which knows its guests."""

import pytest

from config import ConfigError, Environment
from tests.config import examples
from tests.config.examples import load, put, source
from tests.config.test_other_stacks import OWNER, beside, plain, said

ZONES = "chittyos:zones"
GUESTS = f"{ZONES}.0.guests"
GUEST = "staging-chittyid"


def owner(guests=(GUEST,)):
    """Return what the file of the owner says, which has all systems but the guest's."""
    values = put(put(examples.good("staging"), OWNER, "staging"), GUESTS, list(guests))
    left = {key: each for key, each in values.items() if not key.startswith("chittyid:")}
    named = ["chittyconnect", "project_awareness", "superinstance"]
    return {**left, "chittyos:systems": named}


def guest(**changes):
    """Return what the file of the guest says: one system, with hosts in the owner's zone."""
    values = put(examples.good("staging"), OWNER, "staging")
    kept = {k: v for k, v in values.items() if k.partition(":")[0] in {"chittyos", "chittyid"}}
    return {**kept, "chittyos:systems": ["chittyid"], **changes}


@pytest.fixture
def around(tmp_path):
    beside(tmp_path, "staging", owner())
    return beside(tmp_path, GUEST, guest())


def test_the_owner_reads_what_its_guests_configure(around):
    (found,) = load("staging", source(owner(), "staging"), around=around).guests

    assert (found.stack, found.zones) == (GUEST, frozenset({"chitty.cc"}))
    assert list(found.settings) == ["chittyid"]
    assert found.settings["chittyid"].host == "id-staging.chitty.cc"


def test_a_guest_leaves_to_the_owner_what_a_zone_has_once(around):
    loaded = load(GUEST, source(guest(), GUEST), around=around)

    assert loaded.deployment.environment is Environment.STAGING
    assert loaded.host_zones == frozenset({"chitty.cc"})
    assert loaded.leaves_to_owner("id-staging.chitty.cc")
    assert loaded.guests == ()


def test_a_stack_that_the_owner_does_not_know_leaves_nothing_to_it(tmp_path):
    around = beside(tmp_path, "staging", owner(guests=()))

    loaded = load(GUEST, source(guest(), GUEST), around=around)

    assert not loaded.leaves_to_owner("id-staging.chitty.cc")


def test_the_owner_leaves_nothing_to_anybody(around):
    loaded = load("staging", source(owner(), "staging"), around=around)

    assert not loaded.leaves_to_owner("connect-staging.chitty.cc")


FAULTS = {
    "itself": ("staging", "is this stack itself; remove it"),
    "no file": (
        "nobody",
        "Pulumi.nobody.yaml cannot be read; write it first, or remove nobody here",
    ),
    "of another owner": (
        GUEST,
        f"Pulumi.{GUEST}.yaml does not name staging as the owner of chitty.cc; say it there",
    ),
}


@pytest.mark.parametrize(("name", "text"), FAULTS.values(), ids=FAULTS)
def test_a_guest_that_is_none_is_refused_with_what_to_do(tmp_path, name, text):
    around = beside(tmp_path, GUEST, {key: v for key, v in guest().items() if key != ZONES})

    assert said("staging", owner(guests=(name,)), around) == [(f"{ZONES}[0].guests[0]", text)]


def test_only_the_owner_has_guests(around):
    given = put(guest(), GUESTS, ["staging"])

    assert said(GUEST, given, around) == [
        (
            f"{ZONES}[0].guests[0]",
            "staging owns chitty.cc and has guests there; name staging in its file",
        )
    ]


def test_what_is_wrong_with_a_guest_stops_the_owner_and_names_its_file(tmp_path):
    around = beside(tmp_path, GUEST, put(guest(), "chittyid:host", "not a host"))

    with pytest.raises(ConfigError, match=rf"Pulumi\.{GUEST}\.yaml: chittyid:host"):
        load("staging", source(owner(), "staging"), around=around)


def test_a_secret_of_a_guest_is_neither_needed_nor_read(tmp_path):
    sealed = {"secure": f"v1:{examples.CANARY}"}
    around = beside(tmp_path, GUEST, guest(**{"chittyid:ADMIN_TOKEN": sealed}))

    loaded = load("staging", source(owner(), "staging"), around=around)

    assert examples.CANARY not in repr(loaded.guests)


def test_two_stacks_do_not_both_set_what_is_valid_for_a_whole_zone(tmp_path):
    """FW-4: whichever is brought up last would overwrite what the other has set."""
    around = beside(tmp_path, "production", put(plain("production"), OWNER, "production"))

    assert said("staging", put(examples.good("staging"), OWNER, "staging"), around) == [
        (
            f"{ZONES}[0].owner",
            (
                "is 'staging', and Pulumi.production.yaml says 'production' of chitty.cc: one "
                "stack sets what is valid for a whole zone; name the same in both files"
            ),
        )
    ]


def test_zones_of_the_same_name_in_two_accounts_have_an_owner_each(tmp_path):
    theirs = put(plain("production"), f"{ZONES}.0.id", "ef" * 16)
    around = beside(tmp_path, "production", theirs)

    assert said("staging", put(examples.good("staging"), OWNER, "staging"), around) == []
