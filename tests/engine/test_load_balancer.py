"""Load balancers and health checks under the engine, against the local API (PA-11, PA-14)."""

import re
from collections import Counter

import pulumi
import pytest
import yaml

from components.health_check import HealthCheck, HealthCheckArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from harness.clone import ACCOUNT
from systems import health_and_balancing
from tests.config.examples import ROOT, loaded

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "global.chitty.cc"
PAGE = ROOT / "docs" / "project-awareness.md"
SECRET = "c4nary-of-a-service-token"


def pool(name: str, *addresses: str, **changes):
    origins = [{"name": it.partition(".")[0], "address": it, "host": it} for it in addresses]
    return {"pool": name, "origins": origins, **changes}


def program(zone: str, **changes) -> None:
    american = pool("primary_workers", "us-west.chitty.cc", "us-east.chitty.cc")
    european = pool("european_workers", "eu.chitty.cc", monitor={"interval": 30})
    whole = {
        "host": HOST,
        "pools": [american, european],
        "fallback": "primary_workers",
        "region_pools": {"WEU": ("european_workers", "primary_workers")},
        "emails": ("platform@chitty.cc",),
        **changes,
    }
    LoadBalancer(
        "global",
        LoadBalancerArgs.model_validate(whole),
        account_id=ACCOUNT,
        zone_id=zone,
        headers={"CF-Access-Client-Secret": pulumi.Output.secret(SECRET)},
    )
    check = HealthCheckArgs(
        check="connect_health",
        address="connect.chitty.cc",
        contains='"status":"healthy"',
        regions=("WNAM", "ENAM", "SEAS"),
        emails=("platform@chitty.cc",),
    )
    HealthCheck("health", check, account_id=ACCOUNT, zone_id=zone)


def test_they_go_up_hold_still_change_and_go(engine, cloud):
    zone = cloud.zone_id
    below = cloud.account("/load_balancers")
    balancers, checks = f"/zones/{zone}/load_balancers", f"/zones/{zone}/healthchecks"
    stack = engine.stack(lambda: program(zone))

    stack.up()
    (balancer,) = cloud.result("GET", balancers)
    pools = {each["name"]: each for each in cloud.result("GET", f"{below}/pools")}
    (check,) = cloud.result("GET", checks)
    (american, european) = (pools["primary_workers"]["id"], pools["european_workers"]["id"])

    assert balancer["default_pools"] == [american, european]
    assert balancer["region_pools"] == {"WEU": [european, american]}
    assert pools["primary_workers"]["origins"][0]["header"] == {"Host": ["us-east.chitty.cc"]}
    assert check["http_config"]["port"] == 443
    assert SECRET not in str(stack.export())
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert stack.preview(expect_no_changes=True).changes == {}

    shares = {"primary_workers": 0.9, "european_workers": 0.1}
    weighed = {"region_pools": {}, "pool_weights": shares}
    stack.becomes(lambda: program(zone, **weighed)).up()
    (changed,) = cloud.result("GET", balancers)
    assert (changed["id"], changed["steering_policy"]) == (balancer["id"], "random")
    assert changed["random_steering"]["pool_weights"] == {american: 0.9, european: 0.1}
    assert "region_pools" not in changed
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}

    stack.destroy()
    for path in (balancers, checks, f"{below}/pools", f"{below}/monitors"):
        assert cloud.result("GET", path) == []


EXAMPLE = yaml.safe_load(
    re.findall(r"```yaml\n(chittyos:add_ons.*?)```", PAGE.read_text(), re.DOTALL)[0]
)
"""The pools of the source, as the documents show them."""

WHO = """export default { fetch(request) {
  const { hostname, pathname } = new URL(request.url);
  const body = pathname === "/health" ? '{"status":"healthy"}' : hostname.split(".")[0];
  return new Response(body);
} }"""


def balanced(**changes) -> None:
    """Register the balancer of the example as the platform does."""
    (example,) = EXAMPLE["chittyos:balancers"]
    given = {**EXAMPLE, "chittyos:balancers": [{**example, **changes}]}
    config = loaded("development", **given)
    health_and_balancing.build_balancers(
        config, health_and_balancing.wanted_balancers(config), pulumi.ResourceOptions()
    )


def test_the_pools_of_the_source_answer_those_who_are_near_to_them(engine, cloud):
    """PA-14: steered by region, with pools that take over and a fallback; TTL 60 where it acts."""
    (example,) = EXAMPLE["chittyos:balancers"]
    stack = engine.stack(balanced)
    zone, host = cloud.zone_id, example["host"]
    cloud.upload("origins", {"index.mjs": WHO})
    names = [origin["host"] for pool in example["pools"] for origin in pool["origins"]]
    for name in names:
        domain = {"hostname": name, "service": "origins", "zone_id": zone}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)

    def answering(region: str) -> set[str]:
        headers = {"x-local-region": region} if region else {}
        return set(Counter(cloud.at(host, headers=headers).text for _ in range(40)))

    stack.up()
    cloud.result("POST", "/local/checks?all=true")
    american = {"project-awareness", "project-awareness-west"}
    european = {"project-awareness-eu", "project-awareness-eu-central"}
    for region, expected in {"WNAM": american, "WEU": european, "": american}.items():
        assert answering(region) == expected, region
    (made,) = cloud.result("GET", f"/zones/{zone}/load_balancers")
    assert (made["steering_policy"], made["proxied"], made.get("ttl")) == ("geo", True, None)

    ill = [name for name in names if name.partition(".")[0] in european]
    _take_away(cloud, ill)
    assert answering("WEU") == american  # the next pool of the region takes over
    _take_away(cloud, names)
    assert cloud.at(host, headers={"x-local-region": "WEU"}).status_code == 530  # of the fallback

    stack.becomes(lambda: balanced(proxied=False)).up()
    (made,) = cloud.result("GET", f"/zones/{zone}/load_balancers")
    assert (made["proxied"], made["ttl"]) == (False, 60)
    stack.destroy()
    assert cloud.result("GET", f"/zones/{zone}/load_balancers") == []


def _take_away(cloud, names) -> None:
    """Take the hosts of origins from their worker, and have every origin checked."""
    domains = cloud.result("GET", cloud.account("/workers/domains"))
    for each in domains:
        if each["hostname"] in names:
            cloud.client.delete(cloud.account(f"/workers/domains/{each['id']}"))
    for _ in range(3):
        cloud.result("POST", "/local/checks?all=true")
