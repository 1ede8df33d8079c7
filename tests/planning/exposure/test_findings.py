"""Incidents that a map would have shown, each by the small input that had it."""

from tests.planning.exposure.support import (
    ZONE,
    application,
    domain,
    drawn,
    made,
    policy,
    script,
    subdomain,
)

STAFF = policy("staff", "allow", {"emailDomain": {"domain": "chitty.cc"}})
SERVED = (script("a"), domain("a.chitty.cc", "a"), STAFF)
BY_HOST = application("Admin", "staff", domain="a.chitty.cc/admin")


def told(*resources):
    return [each.text for each in drawn(*resources).found]


def test_incident_20_previews_reach_admin_paths_around_access_by_host():
    """mydia#742, statusbeam#46: Access by hostname, `previews_enabled: true`."""
    [said] = told(*SERVED, BY_HOST, subdomain("a", previews=True))

    assert said.startswith("anyone reaches worker a by the preview hosts of its versions")
    assert "Access (Admin)" in said
    assert "destination of type worker" in said


def test_incident_20_workers_dev_is_the_same_way_around():
    [said] = told(*SERVED, BY_HOST, subdomain("a", enabled=True))

    assert said.startswith("anyone reaches worker a by workers.dev, while Access (Admin)")


def test_incident_20_is_over_once_the_worker_itself_is_protected():
    to = [{"type": "worker", "workerId": "WorkersScript-a-id"}]
    safe = application("Whole", "staff", destinations=to)

    assert told(*SERVED, BY_HOST, safe, subdomain("a", enabled=True, previews=True)) == []


def test_incident_20_is_over_once_they_are_switched_off():
    assert told(*SERVED, BY_HOST, subdomain("a")) == []


def test_incident_2_what_nothing_says_of_workers_dev_is_found():
    """kody#1016: a deploy that named a domain switched workers.dev, which nobody had decided."""
    [said] = told(*SERVED)

    assert "nothing in the stack says whether worker a answers at workers.dev" in said


def test_incident_1_a_host_that_a_stack_no_longer_lists_is_on_no_map():
    """kody#1015: only the new domain was listed, and the one before it was detached."""
    before, after = domain("a.chitty.cc", "a"), domain("b.chitty.cc", "a")
    shown = [{way.host for way in drawn(script("a"), each).ways} for each in (before, after)]

    assert shown == [{"a.chitty.cc"}, {"b.chitty.cc"}]


def test_rules_that_do_not_act_at_workers_dev_are_counted():
    rules = [
        {"ref": name, "action": "block", "expression": 'http.host eq "a.chitty.cc"'}
        for name in ("one", "two")
    ]
    zone = made("Ruleset", "r", zoneId=ZONE, phase="http_request_firewall_custom", rules=rules)
    [said] = told(*SERVED, zone, subdomain("a", enabled=True))

    assert "2 rules of its other hosts do not act there" in said


def test_an_open_tunnel_and_an_open_bucket_are_found_and_closed_ones_are_not():
    tunnel = made("ZeroTrustTunnelCloudflared", "t", name="connect")
    inner = {"hostname": "c.chitty.cc", "service": "http://nginx:8080"}
    config = made(
        "ZeroTrustTunnelCloudflaredConfig",
        "c",
        tunnelId=tunnel.id,
        config={"ingresses": [inner, {"service": "http_status:404"}]},
    )
    record = made(
        "DnsRecord",
        "d",
        type="CNAME",
        name="c.chitty.cc",
        content="x.cfargotunnel.com",
        proxied=True,
    )
    bucket = made("R2Bucket", "b", name="docs")
    public = made("R2CustomDomain", "p", bucketName="docs", domain="f.chitty.cc")
    guards = [application(host, "staff", domain=host) for host in ("c.chitty.cc", "f.chitty.cc")]

    assert len(told(tunnel, config, record, bucket, public)) == 2
    assert told(tunnel, config, record, bucket, public, STAFF, *guards) == []
