"""The file of a stack cut in two: what moves says what it said, and nothing else changes."""

import pytest
import yaml

from harness.clone import ROOT
from ops.errors import OpsError
from ops.stack_split.file_split import Names, cut

LEFT = ("chittyconnect", "chittyid", "project_awareness")


def names(stack, left=LEFT):
    return Names(stack, f"{stack}-superinstance", ("superinstance",), left)


def tracked(stack):
    return (ROOT / f"Pulumi.{stack}.yaml").read_text()


def values(text):
    return yaml.safe_load(text)["config"]


@pytest.mark.parametrize("stack", ["development", "staging", "production"])
def test_every_key_is_in_one_file_and_what_the_platform_needs_in_both(stack):
    before, halves = values(tracked(stack)), cut(tracked(stack), names(stack))

    kept, new = values(halves.kept), values(halves.new)
    moved = {key for key in before if key.startswith("superinstance:")}
    assert {key for key in new if not key.startswith(("chittyos:", "cloudflare:"))} == moved
    assert not moved & kept.keys()
    assert kept.keys() | moved == before.keys() | {"chittyos:systems"}
    assert kept["chittyos:systems"] == [*LEFT]
    assert new["chittyos:systems"] == ["superinstance"]
    assert new["chittyos:environment"] == stack


def test_a_name_with_the_stack_in_it_stays_what_it_was():
    new = values(cut(tracked("development"), names("development")).new)

    assert new["superinstance:database"]["name"] == "superinstance-development"


def test_comments_and_order_stay():
    before = tracked("staging").splitlines()
    kept = cut(tracked("staging"), names("staging")).kept.splitlines()

    assert [line for line in kept if line not in before] == [
        f"  chittyos:systems: [{', '.join(LEFT)}]"
    ]
    assert [line for line in before if line in kept and "#" in line] == [
        line for line in kept if "#" in line
    ]


GUESTS = {
    "none yet": ("", ["staging-superinstance"]),
    "one": ("      guests: [staging-chittyid]\n", ["staging-chittyid", "staging-superinstance"]),
}


@pytest.mark.parametrize("owner", ["staging", "'{stack}'"])
@pytest.mark.parametrize(("line", "guests"), GUESTS.values(), ids=GUESTS)
def test_the_owner_of_a_zone_has_the_new_stack_as_a_guest(line, guests, owner):
    zone = "    - name: chitty.cc\n"
    text = tracked("staging").replace(zone, f"{zone}      owner: {owner}\n{line}")

    halves = cut(text, names("staging"))

    (kept,), (new,) = (values(each)["chittyos:zones"] for each in (halves.kept, halves.new))
    assert kept["guests"] == guests
    assert new == {"name": "chitty.cc", "plan": "free", "owner": "staging"}


def test_secrets_are_in_neither_half_of_what_moves():
    sealed = "  superinstance:SERVICE_KEY:\n    secure: v1:sealed\n"

    halves = cut(tracked("staging") + sealed, names("staging"))

    assert "sealed" not in halves.kept + halves.new


@pytest.mark.parametrize("place", [0, -1], ids=["above the block", "below it"])
@pytest.mark.parametrize("last", ["", "  superinstance:KEY:\n    secure: v1:sealed\n"])
def test_what_encrypts_the_secrets_stays_where_they_are_and_goes_nowhere_else(place, last):
    """The engine appends its salt to a file; without it no secret of the stack can be read."""
    salt = "encryptionsalt: v1:of-this-stack\nsecretsprovider: passphrase\n"
    text = tracked("staging") + last

    halves = cut(salt + text if place == 0 else text + salt, names("staging"))

    kept, new = yaml.safe_load(halves.kept), yaml.safe_load(halves.new)
    assert kept["encryptionsalt"] == "v1:of-this-stack"
    assert kept["secretsprovider"] == "passphrase"
    assert new.keys() == {"config"}


def test_a_file_that_is_not_written_in_lines_is_left_alone():
    text = yaml.safe_dump({"config": values(tracked("staging"))}, default_flow_style=True)

    with pytest.raises(OpsError, match="nothing was written; move the blocks by hand"):
        cut(text, names("staging"))
