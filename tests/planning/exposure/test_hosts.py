"""Every kind of host is on the map, once, and counted; what is off is no host (FW-6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.exposure.graph import Resource
from planning.exposure.model import Kind
from tests.planning.exposure.support import (
    component,
    domain,
    drawn,
    made,
    script,
    subdomain,
    urn,
    ways,
)


def hosts(*resources):
    return {(way.kind, way.host) for way in drawn(*resources).ways}


@pytest.mark.parametrize(
    ("enabled", "previews", "expected"),
    [
        (False, False, set()),
        (True, False, {Kind.WORKERS_DEV}),
        (False, True, {Kind.PREVIEW}),
        (True, None, {Kind.WORKERS_DEV, Kind.PREVIEW}),
    ],
)
def test_workers_dev_and_previews_are_hosts_where_they_are_on(enabled, previews, expected):
    found = drawn(script("a"), subdomain("a", enabled=enabled, previews=previews))

    assert {way.kind for way in found.ways} == expected
    counted = found.targets[0].hosts
    assert counted == {
        "route": 0,
        "custom domain": 0,
        "workers.dev": int(Kind.WORKERS_DEV in expected),
        "preview": int(Kind.PREVIEW in expected),
    }


def test_a_worker_of_versions_says_it_in_itself():
    worker = made("Worker", "w", name="w", subdomain={"enabled": True, "previewsEnabled": False})

    assert hosts(worker) == {(Kind.WORKERS_DEV, "w.SUBDOMAIN.workers.dev")}


def test_the_four_kinds_of_host_of_a_worker_are_counted():
    found = drawn(
        script("a"),
        domain("a.chitty.cc", "a"),
        domain("b.chitty.cc", "a"),
        made("WorkersRoute", "r", pattern="c.chitty.cc/x/*", script="a"),
        subdomain("a", enabled=True, previews=True),
    )

    assert found.targets[0].hosts == {
        "route": 1,
        "custom domain": 2,
        "workers.dev": 1,
        "preview": 1,
    }


TUNNEL = made("ZeroTrustTunnelCloudflared", "t", name="connect")


def config(*ingresses):
    return made(
        "ZeroTrustTunnelCloudflaredConfig",
        "c",
        tunnelId=TUNNEL.id,
        config={"ingresses": [*ingresses, {"service": "http_status:404"}]},
    )


def record(host, **given):
    return made(
        "DnsRecord",
        host,
        sources={"content": ["ZeroTrustTunnelCloudflared t"]},
        **{"type": "CNAME", "name": host, "content": None, "proxied": True, **given},
    )


def test_a_host_of_a_tunnel_is_open_once_a_record_leads_there():
    inner = {"hostname": "c.chitty.cc", "service": "http://nginx:8080"}

    assert ways(TUNNEL, config(inner), record("c.chitty.cc"))["c.chitty.cc/*"].open
    assert ways(TUNNEL, config(inner), record("*.chitty.cc"))["c.chitty.cc/*"].open
    assert ways(TUNNEL, config(inner))["c.chitty.cc/*"].who == (
        "nobody: no DNS record of this stack leads there",
    )


def test_what_a_tunnel_answers_by_404_nobody_reaches():
    closed = {"hostname": "c.chitty.cc", "service": "http_status:404"}

    assert ways(TUNNEL, config(closed), record("c.chitty.cc"))["c.chitty.cc/*"].who == (
        "nobody: 404",
    )
    assert ways(TUNNEL, config(), record("d.chitty.cc"))["d.chitty.cc/*"].who == ("nobody: 404",)


def test_the_user_and_the_password_in_an_address_stay_out_of_the_map():
    password = "hunter2"
    secret = {"hostname": "c.chitty.cc", "service": f"http://me:{password}@nginx:8080"}
    found = drawn(TUNNEL, config(secret), record("c.chitty.cc"))

    assert password not in repr(found)
    assert "http://nginx:8080" in {place.name for place in found.stores}


def test_buckets_are_reached_by_their_domains_while_these_are_on():
    bucket = made("R2Bucket", "b", name="docs")

    def at(kind, **given):
        return made(kind, "d", bucketName="docs", **given)

    assert hosts(bucket, at("R2CustomDomain", domain="f.chitty.cc")) == {
        (Kind.BUCKET, "f.chitty.cc")
    }
    assert hosts(bucket, at("R2ManagedDomain", enabled=True)) == {
        (Kind.BUCKET, "pub-ID.r2.dev of docs")
    }
    assert hosts(bucket, at("R2CustomDomain", domain="f.chitty.cc", enabled=False)) == set()
    assert hosts(bucket, at("R2ManagedDomain", enabled=False)) == set()


def test_a_balancer_leads_to_the_servers_of_its_pools():
    pool = made("LoadBalancerPool", "p", name="main", origins=[{"name": "e", "address": "e.x.org"}])
    balancer = made("LoadBalancer", "l", name="l.chitty.cc", proxied=True, defaultPools=[pool.id])
    found = drawn(pool, balancer)

    assert [way.host for way in found.ways] == ["l.chitty.cc"]
    assert [place.name for place in found.stores] == ["e.x.org"]


def test_a_record_for_a_route_is_no_way_of_its_own():
    route = made("WorkersRoute", "r", pattern="a.chitty.cc/*", script="a")
    empty = made("DnsRecord", "d", type="AAAA", name="a.chitty.cc", content="100::", proxied=True)
    alone = made("DnsRecord", "e", type="AAAA", name="e.chitty.cc", content="100::", proxied=True)

    assert hosts(script("a"), route, empty) == {(Kind.ROUTE, "a.chitty.cc")}
    assert ways(alone)["e.chitty.cc/*"].who == ("nobody: nothing answers there",)


def test_what_belongs_to_a_system_is_in_it_whatever_stands_between():
    above = component("Platform", "platform")
    system = component("Shop", "shop", parent=above.urn)
    inner = component("Worker", "inner", parent=system.urn)
    found = drawn(above, system, inner, script("a", parent=inner.urn), domain("a.chitty.cc", "a"))

    assert [each.name for each in found.systems] == ["shop"]
    assert found.ways[0].target.system == "shop"


def test_a_worker_of_another_stack_is_named():
    found = drawn(domain("a.chitty.cc", "elsewhere"))

    assert found.ways[0].target.name == "elsewhere"
    assert found.systems[0].title == "another stack"


names = st.lists(st.from_regex(r"[a-z]{1,8}\.chitty\.cc", fullmatch=True), unique=True, max_size=12)


@given(names, names, st.sets(st.sampled_from("abcdef")))
def test_every_host_of_the_resources_is_on_the_map_once(domains, records, previewed):
    resources = [domain(host, "a") for host in domains]
    resources += [
        made("DnsRecord", host, type="A", name=host, content="203.0.113.7", proxied=True)
        for host in records
    ]
    resources += [
        each for name in previewed for each in (script(name), subdomain(name, previews=True))
    ]
    found = [(way.kind, way.host) for way in drawn(*resources).ways]

    assert len(found) == len(set(found))
    assert set(found) == {
        *((Kind.DOMAIN, host) for host in domains),
        *((Kind.RECORD, host) for host in records),
        *((Kind.PREVIEW, f"VERSION-{name}.SUBDOMAIN.workers.dev") for name in previewed),
    }


@given(
    st.permutations(
        [script("a"), domain("a.chitty.cc", "a"), domain("b.chitty.cc", "a"), script("b"), urn]
    )
)
def test_the_order_of_registration_changes_nothing(shuffled):
    resources = [each for each in shuffled if each is not urn]

    assert drawn(*resources) == drawn(*sorted(resources, key=lambda each: each.urn))


def test_twice_the_workers_are_no_more_than_four_times_the_work(monkeypatch):
    """The live page draws it anew at each change, and answers nothing else meanwhile."""

    def looks(count):
        seen = []

        def short(each):
            seen.append(each)
            return each.type.rpartition(":")[2]

        monkeypatch.setattr(Resource, "short", property(short))
        each = [
            (script(f"w{n}"), subdomain(f"w{n}"), domain(f"h{n}", f"w{n}")) for n in range(count)
        ]
        drawn(*(resource for three in each for resource in three))
        return len(seen)

    assert looks(40) <= 4 * looks(20)
