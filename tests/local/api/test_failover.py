"""Load balancers and health checks of the whole local Cloudflare, through the official SDK."""

import itertools
import warnings
from collections import Counter
from typing import Any

import pytest

from harness.local_cloudflare import local_cloudflare
from tests.local.runtime.test_balancers import origin
from tests.support_runtime import eventually

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import cloudflare
    from cloudflare import Cloudflare

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

NAMES = itertools.count()
CODE = """export default { fetch(request) {
  const { pathname } = new URL(request.url);
  const status = pathname === "/health" ? 200 : 404;
  return Response.json({ by: "worker", status: "healthy" }, { status });
} }"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("failover") / "cf") as running:
        yield running


@pytest.fixture(scope="module")
def sdk(cloud):
    with Cloudflare(api_token=cloud.token, base_url=cloud.api_url, max_retries=0) as client:
        yield client


def server(port):
    return {"name": f"o{port}", "address": "127.0.0.1", "port": port, "enabled": True, "weight": 1}


@pytest.fixture
def balanced(cloud, sdk):
    """Balance a host of its own over pools of servers of this machine; give the host and ids."""
    account, number = cloud.account_id, next(NAMES)
    host = f"lb{number}.chitty.cc"
    made: dict[str, Any] = {"pools": []}

    def balance(*pools, **settings):
        monitor = sdk.load_balancers.monitors.create(
            account_id=account, type="http", path="/", expected_codes="2xx", interval=60,
            load_balancer_monitor_timeout=1,
        )  # fmt: skip
        for index, ports in enumerate(pools):
            pool = sdk.load_balancers.pools.create(
                account_id=account, name=f"p{number}-{index}", monitor=monitor.id,
                origins=[server(port) for port in ports],
            )  # fmt: skip
            made["pools"].append(pool.id)
        balancer = sdk.load_balancers.create(
            zone_id=cloud.zone_id, name=host, default_pools=made["pools"],
            fallback_pool=made["pools"][-1], proxied=True, **settings,
        )  # fmt: skip
        made.update(monitor=monitor.id, balancer=balancer.id)
        return host, made["pools"]

    yield balance
    sdk.load_balancers.delete(made["balancer"], zone_id=cloud.zone_id)
    for pool in made["pools"]:
        sdk.load_balancers.pools.delete(pool, account_id=account)
    sdk.load_balancers.monitors.delete(made["monitor"], account_id=account)


def answered(cloud, host, times=10):
    return Counter(cloud.at(host).json()["by"] for _ in range(times))


def check(cloud):
    return cloud.result("POST", "/local/checks?all=true")


def test_a_dead_pool_is_left_at_the_next_check_and_taken_again(cloud, sdk, balanced):
    """PA-14: failover within one check, back again, and the fallback when all are down."""
    with origin("a") as a, origin("b") as b:
        host, pools = balanced([a], [b])
        check(cloud)
        assert answered(cloud, host) == {"a": 10}

    assert cloud.at(host).status_code == 521  # nobody has looked yet
    with origin("b", b):
        check(cloud)
        assert answered(cloud, host) == {"b": 10}
        with origin("a", a):
            assert answered(cloud, host) == {"b": 10}
            check(cloud)
            assert answered(cloud, host) == {"a": 10}
    check(cloud)
    health = sdk.load_balancers.pools.health.get(pools[0], account_id=cloud.account_id)
    (place,) = health.pop_health.model_extra.values()
    assert place["origins"][0]["127.0.0.1"]["failure_reason"] == "TCP connection failed"
    with origin("b", b):
        assert answered(cloud, host) == {"b": 10}  # the fallback, though it counts as dead


def test_requests_meet_only_the_living_origins_of_a_pool(cloud, balanced):
    with origin("a") as a, origin("b") as b:
        host, _ = balanced([a, b])
        check(cloud)
        assert set(answered(cloud, host, 40)) == {"a", "b"}
    with origin("a", a):
        check(cloud)

        assert answered(cloud, host, 20) == {"a": 20}


def test_checks_run_by_themselves_when_they_are_due(cloud, balanced):
    """By the moved clock: nobody waits for the interval."""
    with origin("a") as a, origin("b") as b:
        host, _ = balanced([a], [b])
        check(cloud)
    with origin("b", b):
        cloud.result("POST", "/local/clock", json={"offset_seconds": 3600})
        eventually(lambda: cloud.at(host).status_code, 200)
        assert answered(cloud, host) == {"b": 10}
    cloud.result("POST", "/local/clock", json={"offset_seconds": 0})


def test_what_was_found_outlives_a_restart(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud, origin("b") as b:
        below = cloud.account("/load_balancers")
        body = {"type": "http", "path": "/", "interval": 3600}
        monitor = cloud.result("POST", f"{below}/monitors", json=body)["id"]
        ids = [
            cloud.result("POST", f"{below}/pools", json={
                "name": name, "monitor": monitor, "origins": [server(port)]})["id"]
            for name, port in (("dead", 1), ("alive", b))
        ]  # fmt: skip
        body = {"name": "lb.chitty.cc", "default_pools": ids, "fallback_pool": ids[0]}
        cloud.result("POST", f"/zones/{cloud.zone_id}/load_balancers", json=body)
        check(cloud)
        assert answered(cloud, "lb.chitty.cc") == {"b": 10}
        cloud.upload("any", {"worker.mjs": CODE})  # starts the runtime anew

        assert answered(cloud, "lb.chitty.cc") == {"b": 10}


def test_a_health_check_watches_a_worker_that_lives_here(cloud, sdk):
    """PA-11."""
    cloud.upload("watched", {"worker.mjs": CODE})
    domain = {"hostname": "watched.chitty.cc", "service": "watched", "zone_id": cloud.zone_id}
    made = cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    asked = {"path": "/health", "port": 443, "expected_body": '"STATUS":"healthy"'}
    zone = {"zone_id": cloud.zone_id}
    created = sdk.healthchecks.create(
        **zone, name="watched", address="watched.chitty.cc", type="HTTPS", http_config=asked
    )
    check(cloud)
    well = sdk.healthchecks.get(created.id, **zone)
    sdk.healthchecks.edit(
        created.id, **zone, name="watched", address="watched.chitty.cc",
        type="HTTPS", http_config={**asked, "path": "/nowhere"},
    )  # fmt: skip
    check(cloud)
    wrong = sdk.healthchecks.get(created.id, **zone)
    cloud.result("DELETE", cloud.account(f"/workers/domains/{made['id']}"))
    tried = sdk.healthchecks.previews.create(
        **zone, name="tried", address="watched.chitty.cc", type="HTTPS", http_config=asked
    )

    assert (created.status, well.status, wrong.status) == ("unknown", "healthy", "unhealthy")
    assert wrong.failure_reason == "Response code mismatch error"
    assert sdk.healthchecks.previews.get(tried.id, **zone).status == "unhealthy"
    assert [each.name for each in sdk.healthchecks.list(**zone)] == ["watched"]
    sdk.healthchecks.previews.delete(tried.id, **zone)
    sdk.healthchecks.delete(created.id, **zone)
    with pytest.raises(cloudflare.NotFoundError, match="1041"):
        sdk.healthchecks.get(created.id, **zone)


def test_the_sdk_reads_and_changes_all_of_it(cloud, sdk, balanced):
    with origin("a") as a:
        host, (pool,) = balanced([a])
        account = {"account_id": cloud.account_id}
        monitor = sdk.load_balancers.pools.get(pool, **account).monitor
        tried = sdk.load_balancers.pools.health.create(pool, **account, type="http", path="/")
        found = sdk.load_balancers.previews.get(tried.preview_id, **account)

        assert [each.name for each in sdk.load_balancers.list(zone_id=cloud.zone_id)] == [host]
        assert [each.id for each in sdk.load_balancers.pools.list(**account)] == [pool]
        assert [each.id for each in sdk.load_balancers.monitors.list(**account)] == [monitor]
        assert tried.pools == {pool: sdk.load_balancers.pools.get(pool, **account).name}
        assert found[pool].healthy is True
        refs = sdk.load_balancers.monitors.references.get(monitor, **account)
        assert [each.resource_id for each in refs] == [pool]
        with pytest.raises(cloudflare.APIStatusError, match="1005"):
            sdk.load_balancers.pools.delete(pool, **account)
        edited = sdk.load_balancers.monitors.edit(monitor, **account, interval=90, type="http")
        assert edited.interval == 90
