"""What a tunnel registers, in which order, and what is refused before that (OP-4)."""

import pulumi
import pytest
from pydantic import ValidationError

from components.kv import Namespace, NamespaceArgs
from components.tunnel import AccessCheck, IngressArgs, Tunnel, TunnelArgs
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT = "ab" * 16
ZONE = "cd" * 16
HOST = "1password-connect.chitty.cc"
TOKEN = "t0ken-canary"
ANSWERS = {"getZeroTrustTunnelCloudflaredToken": {"token": TOKEN}}


def ingress(**changes):
    return IngressArgs(**{"hostname": HOST, "service": "http://nginx:8080", **changes})


def args(*ingresses, name="connect"):
    return TunnelArgs(tunnel=name, ingresses=ingresses or (ingress(),))


def tunnel(given=None, zones=None, **more):
    zones = zones if zones is not None else {HOST: ZONE}
    build = lambda: Tunnel("t", given or args(), account_id=ACCOUNT, zone_ids=zones, **more)  # noqa: E731
    return deploy(build, answers=ANSWERS)


def test_it_ends_with_a_refusal():
    made = tunnel()

    assert made["ZeroTrustTunnelCloudflaredConfig t-configuration"].inputs["config"] == {
        "ingresses": [
            {"hostname": HOST, "service": "http://nginx:8080"},
            {"service": "http_status:404"},
        ]
    }
    assert made["ZeroTrustTunnelCloudflared t"].inputs["configSrc"] == "cloudflare"


def test_the_record_comes_last_and_leads_to_the_tunnel():
    record = tunnel()[f"DnsRecord t-{HOST}"]

    assert record.inputs["type"] == "CNAME"
    assert record.inputs["content"].endswith(".cfargotunnel.com")
    assert record.inputs["proxied"] is True
    assert "ZeroTrustTunnelCloudflaredConfig t-configuration" in record.depends_on
    assert record.delete_before_replace


def test_no_host_is_opened_before_what_serves_it():
    def build():
        served = Namespace("n", NamespaceArgs(title="n"), account_id=ACCOUNT)
        Tunnel("t", args(), account_id=ACCOUNT, zone_ids={HOST: ZONE}, ready=[served])

    made = deploy(build, answers=ANSWERS)

    assert "WorkersKvNamespace n" in made[f"DnsRecord t-{HOST}"].depends_on


def test_what_cloudflared_is_told_of_the_origin():
    check = AccessCheck(team_name="chitty", aud_tags=("aud",))
    given = args(ingress(access=check, connect_timeout_seconds=5, path="^/v1/"))

    rule = tunnel(given)["ZeroTrustTunnelCloudflaredConfig t-configuration"].inputs["config"][
        "ingresses"
    ][0]

    assert rule["path"] == "^/v1/"
    assert rule["originRequest"] == {
        "access": {"required": True, "teamName": "chitty", "audTags": ["aud"]},
        "connectTimeout": 5,
    }


def test_tags_that_are_known_later_are_given_with_the_host():
    given = args(ingress(access=AccessCheck(team_name="chitty")))

    def build():
        tags = {HOST: [pulumi.Output.from_input("tag")]}
        Tunnel("t", given, account_id=ACCOUNT, zone_ids={HOST: ZONE}, audiences=tags)

    made = deploy(build, answers=ANSWERS)

    config = made["ZeroTrustTunnelCloudflaredConfig t-configuration"].inputs["config"]
    assert config["ingresses"][0]["originRequest"]["access"]["audTags"] == ["tag"]


def test_a_check_without_an_audience_is_refused():
    with pytest.raises(RefusedError, match="checks tokens of no application"):
        tunnel(args(ingress(access=AccessCheck(team_name="chitty"))))
    with pytest.raises(RefusedError, match="has audiences, and no ingress that checks"):
        tunnel(audiences={HOST: ["tag"]})


def test_a_host_is_opened_when_what_serves_it_has_the_token():
    def build():
        made = Tunnel("t", args(), account_id=ACCOUNT, zone_ids={HOST: ZONE}, ready=None)
        served = Namespace("n", NamespaceArgs(title="n"), account_id=ACCOUNT)
        made.open([served])

    made = deploy(build, answers=ANSWERS)

    assert "WorkersKvNamespace n" in made[f"DnsRecord t-{HOST}"].depends_on


def test_its_token_is_a_secret():
    seen: list[bool] = []

    async def look(token: pulumi.Output[str]) -> None:
        seen.append(await token.is_secret())

    def build():
        made = Tunnel("t", args(), account_id=ACCOUNT, zone_ids={HOST: ZONE})
        pulumi.export("checked", pulumi.Output.from_input(look(made.token)))

    deploy(build, answers=ANSWERS)

    assert seen == [True]


@pytest.mark.parametrize("seconds", ["5s", 0.5, "5", 0])
def test_a_duration_is_a_whole_number_of_seconds(seconds):
    with pytest.raises(ValidationError):  # C13
        ingress(connect_timeout_seconds=seconds)


def test_a_service_that_leads_nowhere_is_refused():
    with pytest.raises(ValidationError, match=r"ingress 1: .* has no scheme"):
        args(ingress(service="nginx:8080"))


def test_two_configurations_of_one_tunnel_are_refused_before_registration():
    """Incident 17: each `up` would overwrite what the other one configured."""
    other = args(ingress(hostname="other.chitty.cc"))

    def build():
        Tunnel("one", args(), account_id=ACCOUNT, zone_ids={HOST: ZONE})
        Tunnel("two", other, account_id=ACCOUNT, zone_ids={"other.chitty.cc": ZONE})

    with pytest.raises(RefusedError, match="'connect' is configured twice"):
        deploy(build, answers=ANSWERS)


@pytest.mark.parametrize(
    ("zones", "said"),
    [({}, f"{HOST} has no zone"), ({HOST: ZONE, "x.chitty.cc": ZONE}, "x.chitty.cc has a zone")],
)
def test_each_host_has_its_zone(zones, said):
    with pytest.raises(RefusedError, match=said):
        tunnel(zones=zones)
