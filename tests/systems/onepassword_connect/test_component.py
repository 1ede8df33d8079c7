"""The host of Connect as resources: order, who reaches whom, what is secret (OP-1 to OP-7)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.policy_pack import Node, request, stack_request
from policies import rules
from policies.pack.levels import read_levels
from policies.pack.server import Analyzer
from systems.platform import build
from tests.policies.support import NOWHERE, configuration
from tests.support import deploy
from tests.systems.onepassword_connect.examples import CANARY, HOST, load, values

TOKEN = "t0ken-of-the-tunnel"
ANSWERS = {"getZeroTrustTunnelCloudflaredToken": {"token": TOKEN}}
TWO = [
    {"name": "first", "engine": "ssh://deploy@connect-1.example.com"},
    {"name": "second", "engine": "ssh://deploy@connect-2.example.com", "subnet": "10.9.8.0/24"},
]
CONTAINERS = {"connect-api", "connect-sync", "cloudflared", "nginx", "nginx-exporter", "health"}
GUARD = "ZeroTrustAccessApplication onepassword_connect-application"
RECORD = f"DnsRecord onepassword_connect-tunnel-{HOST}"


@pytest.fixture(scope="module")
def made():
    return deployed()


def deployed(**changes):
    config = load(values(**changes))
    return deploy(lambda: build(config), stack="production-connect", answers=ANSWERS)


def container(made, name, machine="first"):
    return made[f"Container onepassword_connect-{machine}-{name}"]


def networks(made, name):
    return {
        each["name"].removeprefix("connect-production-connect-")
        for each in container(made, name).inputs["networksAdvanced"]
    }


def environment(made, name):
    return dict(each.split("=", 1) for each in container(made, name).inputs.get("envs") or [])


def plain(value):
    """Take the seals of secrets off."""
    if isinstance(value, dict):
        is_sealed = "4dabf18193072939515e22adb298388d" in value
        return plain(value["value"]) if is_sealed else {k: plain(v) for k, v in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_access_stands_before_the_containers_and_the_record_comes_last(made):
    """OP-C4: OP-4, OP-5: nothing is reached before somebody is asked who they are."""
    first = container(made, "connect-api")
    assert GUARD in made_after(made, first)
    assert "ZeroTrustTunnelCloudflaredConfig onepassword_connect-tunnel-configuration" in (
        made_after(made, first)
    )
    assert {f"Container onepassword_connect-first-{each}" for each in CONTAINERS} <= (
        made[RECORD].depends_on
    )


def made_after(made, resource, machine="first"):
    """Return what *resource* waits for, its component's included."""
    name = f"chittyos:DockerHost onepassword_connect-{machine}"
    return resource.depends_on | made[name].depends_on


def test_machines_are_changed_one_after_another():
    """OP-1: while one is made anew, another goes on."""
    first, second = (
        {"name": name, "engine": f"ssh://deploy@{name}.example.com"} for name in ("first", "second")
    )
    made = deployed(onepassword_connect__machines=[first, second])
    waits = made_after(made, container(made, "nginx", "second"), "second")

    assert {f"Container onepassword_connect-first-{each}" for each in CONTAINERS} <= waits


def test_only_a_service_token_passes_and_fixed_hosts_by_address_too():
    made = deployed(onepassword_connect__fixed_hosts=["203.0.113.7", "203.0.113.9"])
    services = made["ZeroTrustAccessPolicy onepassword_connect-access-policy-services"].inputs
    fixed, other = (
        made[f"ZeroTrustAccessPolicy onepassword_connect-access-policy-fixed-hosts-{number}"].inputs
        for number in (1, 2)
    )
    guard = made[GUARD].inputs

    assert (guard["name"], guard["destinations"]) == (
        "1Password Connect API",
        [{"type": "public", "uri": HOST}],
    )
    assert [each["precedence"] for each in guard["policies"]] == [1, 2, 3]
    assert services["name"] == "ChittyOS Services Only"
    assert services["decision"] == fixed["decision"] == "non_identity"
    assert len(services["includes"]) == len(fixed["includes"]) == 1
    assert fixed["includes"] == other["includes"]
    assert fixed["requires"] == [{"ip": {"ip": "203.0.113.7/32"}}]
    assert other["requires"] == [{"ip": {"ip": "203.0.113.9/32"}}]
    assert "NotificationPolicy onepassword_connect-access-expiry" in made


def test_the_tunnel_leads_to_the_proxy_and_nowhere_else(made):
    """OP-C3: what is no host of it is a 404."""
    tunnel = made["ZeroTrustTunnelCloudflared onepassword_connect-tunnel"]
    rules_ = made[
        "ZeroTrustTunnelCloudflaredConfig onepassword_connect-tunnel-configuration"
    ].inputs["config"]["ingresses"]

    assert tunnel.inputs["name"] == "1password-connect-chittyos"
    assert [rule["service"] for rule in rules_] == ["http://nginx:8080", "http_status:404"]
    assert rules_[0]["originRequest"]["access"]["required"] is True
    assert rules_[0]["originRequest"]["access"]["teamName"] == "chitty"
    assert made[RECORD].inputs["proxied"] is True


def test_nothing_is_published(made):
    assert not any("ports" in each.inputs for each in made.values())


def test_who_reaches_whom(made):
    """Only api and sync, and the tunnel, have a way out; monitoring meets no service of Connect."""
    assert networks(made, "connect-api") == networks(made, "connect-sync") == {"backend", "egress"}
    assert networks(made, "nginx") == {"edge", "backend", "monitoring"}
    assert networks(made, "cloudflared") == {"edge", "monitoring", "uplink"}
    assert networks(made, "health") == {"backend", "monitoring"}
    assert networks(made, "nginx-exporter") == {"monitoring"}
    internal = {
        each.inputs["name"].rpartition("-")[2]: each.inputs["internal"]
        for name, each in made.items()
        if name.startswith("Network ")
    }
    assert internal == {
        "edge": True,
        "backend": True,
        "monitoring": True,
        "egress": False,
        "uplink": False,
    }


def test_the_proxy_believes_the_tunnel_and_listens_where_it_is_asked(made):
    configuration = uploaded(made, "proxy-files-seed")["/seeded/nginx.conf"]
    addresses = {each["name"].rpartition("-")[2]: each.get("ipv4Address") for each in joined(made)}

    assert addresses == {
        "edge": "10.213.40.18",
        "monitoring": "10.213.40.82",
        "uplink": "10.213.40.146",
    }
    assert "set_real_ip_from 10.213.40.18;" in configuration
    assert "listen 10.213.40.19:8080;" in configuration
    assert "listen 10.213.40.83:8081;" in configuration
    assert "set $connect 10.213.40.53:8080;" in configuration
    assert "rate=100r/m" in configuration


def joined(made):
    return container(made, "cloudflared").inputs["networksAdvanced"]


def uploaded(made, seed):
    uploads = plain(made[f"Container onepassword_connect-first-seed-{seed}"].inputs["uploads"])
    return {each["file"]: each["content"] for each in uploads}


def test_the_token_of_the_tunnel_is_a_file_and_no_variable(made):
    """OP-2: a variable would win over the file, even when it is bad."""
    said = environment(made, "cloudflared")

    assert said["TUNNEL_TOKEN_FILE"] == "/run/tunnel/token"
    assert "TUNNEL_TOKEN" not in said
    assert container(made, "cloudflared").inputs["command"] == ["tunnel", "run"]
    assert said["TUNNEL_METRICS"] == "10.213.40.82:20241"
    assert said["TUNNEL_LOGLEVEL"] == "info"
    assert container(made, "cloudflared").inputs["destroyGraceSeconds"] == 40
    assert uploaded(made, "tunnel-token-seed") == {"/seeded/token": TOKEN}


def test_both_services_of_connect_share_data_and_find_each_other(made):
    api, sync = environment(made, "connect-api"), environment(made, "connect-sync")

    assert api["OP_SESSION"] == "/run/credentials/1password-credentials.json"
    assert (api["OP_BUS_PORT"], api["OP_BUS_PEERS"]) == ("11220", "connect-sync:11221")
    assert (sync["OP_BUS_PORT"], sync["OP_BUS_PEERS"]) == ("11221", "connect-api:11220")
    assert api["OP_LOG_LEVEL"] == "info"
    mounts = [container(made, each).inputs["mounts"] for each in ("connect-api", "connect-sync")]
    assert mounts[0] == mounts[1]
    (upload,) = plain(
        made["Container onepassword_connect-first-seed-connect-credentials-seed"].inputs["uploads"]
    )
    assert (upload["permissions"], upload["owner"], upload["group"]) == ("0400", "999", "999")


def test_no_secret_stands_anywhere_but_in_a_sealed_file(made):
    for name, each in made.items():
        text = json.dumps(each.inputs, default=str)
        if CANARY in text or TOKEN in text:
            assert name.startswith("Container onepassword_connect-first-seed-"), name
            assert each.is_secret("uploads")
            others = {key: value for key, value in each.inputs.items() if key != "uploads"}
            assert CANARY not in json.dumps(others)
            assert TOKEN not in json.dumps(others)


def test_every_machine_is_the_whole_of_it_behind_one_tunnel():
    made = deployed(onepassword_connect__machines=TWO)
    engines = {each.inputs["host"] for name, each in made.items() if name.startswith("docker ")}

    assert engines == {machine["engine"] for machine in TWO}
    assert {f"Container onepassword_connect-second-{each}" for each in CONTAINERS} <= (
        made[RECORD].depends_on
    )
    assert sum(name.startswith("ZeroTrustTunnelCloudflared ") for name in made) == 1
    second = container(made, "cloudflared", "second").inputs["networksAdvanced"]
    assert {each.get("ipv4Address") for each in second} == {"10.9.8.18", "10.9.8.82", "10.9.8.146"}


def test_all_of_a_machine_fits_into_two_gigabytes(made):
    """OP-1."""
    memory = [container(made, each).inputs["memory"] for each in CONTAINERS]

    assert sum(memory) <= 1024


def test_a_stack_without_a_host_registers_nothing():
    off = ("host", "team", "machines", "images", "emails", "CREDENTIALS")
    made = deployed(**{f"onepassword_connect__{key}": None for key in off})

    assert not any("onepassword_connect" in name for name in made)


def test_production_policies_have_nothing_to_stop(made):
    server = Analyzer(rules.REGISTRY, NOWHERE)
    levels = read_levels(Path("policies/levels/production.json"))
    server.Configure(
        configuration({rule: settings for rule, (_, settings) in levels.items()}), None
    )
    mandatory = {rule for rule, (level, _) in levels.items() if level.value == "mandatory"}
    nodes = {
        each.name: Node(each.type, each.inputs)
        for each in made.values()
        if each.type.startswith(("docker:", "cloudflare:", "pulumi:providers:"))
    }
    # The recording gives an application no audience, which the edge does.
    access = nodes["onepassword_connect-tunnel-configuration"].props["config"]["ingresses"][0]
    access["originRequest"]["access"]["audTags"] = ["ab" * 32]
    answers = [
        server.Analyze(request(node.type, node.props, name=name), None)
        for name, node in nodes.items()
    ]
    whole = {
        name: replace(node, props={**node.props, "id": f"{name}-id"})
        for name, node in nodes.items()
    }
    answers.append(server.AnalyzeStack(stack_request(whole), None))
    found = [
        f"{each.policyName}: {each.message}"
        for answer in answers
        for each in answer.diagnostics
        if each.policyName in mandatory
    ]

    assert "\n".join(found) == ""
    assert len(nodes) > 25
