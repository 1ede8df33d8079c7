"""What of the host of Connect is changed for another, and in which order (OP-3, OP-4, OP-5)."""

import base64
import json

import pytest

from planning.tunnel_tokens import new_secret
from systems.onepassword_connect.rotations import ROTATIONS
from systems.rotations import SecretRotation
from tests.systems.onepassword_connect.examples import CREDENTIALS, load, values
from tests.systems.onepassword_connect.test_component import (
    CONTAINERS,
    TWO,
    container,
    deployed,
    plain,
    uploaded,
)


@pytest.fixture(scope="module")
def made():
    return deployed()


def test_a_new_secret_of_the_tunnel_is_a_new_token_that_a_preview_knows():
    """OP-4: what is known beforehand is shown beforehand, and nothing is asked for."""
    secret = new_secret()
    made = deployed(onepassword_connect__TUNNEL_SECRET=secret)
    tunnel = made["ZeroTrustTunnelCloudflared onepassword_connect-tunnel"]
    token = uploaded(made, "tunnel-token-seed")["/seeded/token"]

    assert tunnel.is_secret("tunnelSecret")
    assert plain(tunnel.inputs["tunnelSecret"]) == secret
    assert json.loads(base64.b64decode(token))["s"] == secret
    assert json.loads(base64.b64decode(token))["a"] == "ab" * 16
    assert (
        "tunnelSecret"
        not in deployed()["ZeroTrustTunnelCloudflared onepassword_connect-tunnel"].inputs
    )


def test_whoever_leads_to_a_service_goes_before_it_does(made):
    """OP-1: cloudflared leaves a machine before anything behind it does, and comes back last."""
    causes = {
        name: {
            urn.rpartition("first-")[2]
            for urn in container(made, name).request.propertyDependencies["labels"].urns
        }
        & CONTAINERS
        for name in ("cloudflared", "health", "nginx")
    }

    assert causes == {
        "cloudflared": {"nginx", "health", "connect-api"},
        "health": {"connect-api", "connect-sync"},
        "nginx": set(),
    }


def test_other_credentials_have_a_volume_of_their_own(made):
    """What one server has fetched is sealed for it: another one begins with nothing."""
    other = deployed(onepassword_connect__CREDENTIALS=CREDENTIALS.replace("2", "3"))
    names = [
        [
            mount["source"]
            for mount in container(each, "connect-api").inputs["mounts"]
            if not mount["readOnly"]
        ]
        for each in (made, other)
    ]

    assert names[0] != names[1]
    assert all(name.startswith("connect-production-connect-connect-data-") for (name,) in names)


@pytest.mark.parametrize(
    ("setting", "token"), [("service_token", "services"), ("fixed_hosts_token", "fixed-hosts")]
)
def test_a_service_token_gets_a_new_secret_beside_the_one_before(setting, token):
    """OP-5."""
    turned = {"secret_version": 2, "previous_until": "2026-12-24T00:00:00Z"}
    made = deployed(
        **{f"onepassword_connect__{setting}": turned},
        onepassword_connect__fixed_hosts=["203.0.113.7"],
    )
    inputs = made[f"ZeroTrustAccessServiceToken onepassword_connect-access-token-{token}"].inputs

    assert inputs["clientSecretVersion"] == 2
    assert inputs["previousClientSecretExpiresAt"] == "2026-12-24T00:00:00+00:00"


@pytest.mark.parametrize("name", ["credentials", "tunnel-token"])
def test_one_machine_alone_is_a_gap_that_is_said(name):
    """OP-1: with a second one there is none."""
    one = load(values()).blocks["onepassword_connect"].settings
    two = load(values(onepassword_connect__machines=TWO)).blocks["onepassword_connect"].settings

    rotation = ROTATIONS[name]

    assert isinstance(rotation, SecretRotation)
    assert "there is one machine" in rotation.gap(one)
    assert rotation.gap(two) == ""
    assert rotation.gap(one.model_copy(update={"machines": ()})) == ""
