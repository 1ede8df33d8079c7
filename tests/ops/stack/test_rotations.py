"""What of a stack can be rotated, how far that is, and which stacks take part (OP-3, OP-5)."""

import re
from datetime import UTC, datetime

import pytest
import yaml

from harness.clone import ROOT
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import rotations
from ops.stack.target import Target
from planning.token_rotation import Turn
from systems.registry import SYSTEMS
from systems.rotations import TokenRotation

UNTIL = datetime(2026, 12, 24, tzinfo=UTC)
TOKEN = "onepassword_connect.service-token"
ACCESS = {"service_tokens": [{"name": "ci"}, {"name": "cd", "secret_version": 3}]}


def target(**config):
    return Target("s", "production", {key.replace("__", ":"): v for key, v in config.items()})


def test_a_wrong_name_lists_those_there_are():
    with pytest.raises(
        OpsError, match=r"no rotation nothing; there are: .*connect-token, .*creden"
    ):
        rotations.find(target(), "nothing")
    with pytest.raises(OpsError, match=r"no service token onepassword_connect.credentials; there"):
        rotations.find_token(target(), "onepassword_connect.credentials")


def test_every_rotation_of_a_system_is_documented_and_no_other():
    text = "".join(path.read_text() for path in (ROOT / "docs").glob("onepassword-connect*.md"))
    documented = set(re.findall(r"ops rotate \S+ ([a-z_]+\.[a-z-]+)", text))

    assert documented == {
        f"{system.name}.{name}" for system in SYSTEMS for name in system.rotations
    }


def test_a_stack_has_the_rotations_of_its_own_systems_alone():
    chosen = target(chittyos__systems=["chittyconnect"])

    with pytest.raises(OpsError, match=r"there are: chittyconnect.connect-token$"):
        rotations.find(chosen, TOKEN)


@pytest.mark.parametrize(
    ("given", "turn"),
    [
        ({}, Turn(1, None)),
        ({"secret_version": 2, "previous_until": "2026-12-24T00:00:00Z"}, Turn(2, UNTIL)),
    ],
)
def test_what_is_configured_is_read_and_written_as_it_is_read(given, turn):
    found, rotation = rotations.find_token(target(), TOKEN)
    stack = target(onepassword_connect__service_token=given)

    assert rotations.configured(stack, found, rotation) == turn
    written = rotations.values_of(found, rotation, Turn(2, UNTIL))
    assert written == {
        "onepassword_connect:service_token.secret_version": "2",
        "onepassword_connect:service_token.previous_until": "2026-12-24T00:00:00+00:00",
    }


def test_what_is_no_secret_version_is_said_with_its_place():
    found, rotation = rotations.find_token(target(), TOKEN)
    stack = target(onepassword_connect__service_token={"secret_version": 0})

    with pytest.raises(OpsError, match=r"^Pulumi.s.yaml: onepassword_connect:service_token: "):
        rotations.configured(stack, found, rotation)


def test_service_tokens_of_the_platform_are_rotated_too():
    stack = target(chittyos__access=ACCESS)
    found, rotation = rotations.find_token(stack, "chittyos.cd")

    assert rotation.resource == "access-token-cd"
    assert rotations.values_of(found, rotation, Turn(4, UNTIL)) == {
        "chittyos:access.service_tokens[1].secret_version": "4",
        "chittyos:access.service_tokens[1].previous_until": "2026-12-24T00:00:00+00:00",
    }


def test_the_secret_that_is_there_is_that_of_the_state():
    _, rotation = rotations.find_token(target(), TOKEN)
    urn = f"urn:pulumi:s::chittyos::x:Token::{rotation.resource}"

    assert (
        rotations.deployed([{"urn": urn, "outputs": {"clientSecretVersion": 2.0}}], rotation) == 2
    )
    assert rotations.deployed([{"urn": urn, "outputs": {}}], rotation) == 1
    with pytest.raises(OpsError, match="has no service token onepassword_connect-access-token"):
        rotations.deployed([], rotation)


HOST = "c.example.com"
LOCAL = {"cloudflare:baseUrl": "http://127.0.0.1:4400/client/v4"}


@pytest.fixture
def stacks(tmp_path):
    """Have stacks of two clouds that lead to the host, one that does not, and what is none."""

    def write(name, url, **more):
        config = {
            "chittyos:environment": "production",
            "chittyos:account": "ab" * 16,
            "chittyconnect:credentials": {"connect_url": url},
            **{key.replace("__", ":"): value for key, value in more.items()},
        }
        (tmp_path / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))

    write("production", f"https://{HOST}")
    write("rehearsal", f"https://{HOST}", **LOCAL)
    write("customer", f"https://{HOST}", chittyos__account="cd" * 16)
    write("staging", "https://d.example")
    (tmp_path / "Pulumi.broken.yaml").write_text("config: [")
    (tmp_path / "Pulumi.yaml").write_text("name: x\n")
    return Paths(tmp_path)


def source_at(**more):
    return target(onepassword_connect__host=HOST, chittyos__account="ab" * 16, **more)


def test_those_who_present_a_token_are_found_by_the_host_it_opens(stacks):
    source = source_at()
    found, _ = rotations.find_token(source, TOKEN)
    (only,) = rotations.presenters(stacks, source, found)

    assert (only.stack, only.system) == ("production", "chittyconnect")
    assert only.keys == (
        "chittyconnect:ONEPASSWORD_ACCESS_CLIENT_ID",
        "chittyconnect:ONEPASSWORD_ACCESS_CLIENT_SECRET",
    )


def test_a_rehearsal_hands_nothing_to_the_stack_that_it_rehearses(stacks):
    source = source_at(**LOCAL)
    found, _ = rotations.find_token(source, TOKEN)

    assert [each.stack for each in rotations.presenters(stacks, source, found)] == ["rehearsal"]


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_stack_is_handed_its_own_token_only_where_somebody_has_set_it(stacks, by_hand):
    """What the program hands over by itself is not pinned in the configuration."""
    key = "chittyconnect:ONEPASSWORD_ACCESS_CLIENT_ID"
    config = dict(source_at().config)
    source = Target("production", "production", {**config, **({key: "x"} if by_hand else {})})
    found, _ = rotations.find_token(source, TOKEN)

    assert len(rotations.readers(stacks, source, found)) == 1
    assert bool(rotations.presenters(stacks, source, found)) is by_hand


@pytest.mark.parametrize("name", ["credentials", "tunnel-token"])
def test_those_who_read_by_a_secret_of_the_host_are_found(stacks, name):
    source = source_at()
    found = rotations.find(source, f"onepassword_connect.{name}")

    assert [each.stack for each in rotations.readers(stacks, source, found)] == ["production"]


def test_a_token_for_machines_is_handed_to_no_stack(stacks):
    source = source_at()
    found, rotation = rotations.find_token(source, "onepassword_connect.fixed-hosts-token")

    assert isinstance(rotation, TokenRotation)
    assert rotations.presenters(stacks, source, found) == []
