"""Load balancers and health checks under the engine, against the local API (PA-11, PA-14)."""

import pulumi
import pytest

from components.health_check import HealthCheck, HealthCheckArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from harness.clone import ACCOUNT

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "global.chitty.cc"
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
