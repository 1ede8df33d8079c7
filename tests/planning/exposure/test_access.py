"""Which application stands before a way: the most specific; a worker is protected by itself."""

import pytest

from planning.exposure.model import Kind
from tests.planning.exposure.support import (
    application,
    domain,
    drawn,
    made,
    policy,
    script,
    subdomain,
    ways,
)

STAFF = policy("staff", "allow", {"emailDomain": {"domain": "chitty.cc"}})
OPEN = policy("open", "bypass", {"everyone": {}})
A = "a.chitty.cc"
SERVED = (script("a"), domain(A, "a"), STAFF, OPEN)
MINE = [{"type": "worker", "workerId": "WorkersScript-a-id"}]


def guards(*resources):
    return {way.host + way.path: way.guard for way in drawn(*resources).ways}


def test_a_path_has_an_application_of_its_own_and_the_rest_stays_open():
    found = ways(*SERVED, application("admin", "staff", domain=f"{A}/admin"))

    assert found[f"{A}/*"].open
    assert found[f"{A}/admin/*"].who == ("people of @chitty.cc",)


def test_a_longer_path_decides_before_a_shorter_one_and_a_host_before_a_wildcard():
    apps = (
        application("all", "staff", domain="*.chitty.cc"),
        application("host", "staff", domain=A),
        application("open", "open", domain=f"{A}/status/*"),
        application("inner", "staff", domain=f"{A}/status/inner"),
    )

    assert guards(*SERVED, *apps) == {
        f"{A}/*": "host",
        f"{A}/status/*": "open",
        f"{A}/status/inner/*": "inner",
    }


def test_a_wildcard_stands_before_hosts_below_it_and_not_before_their_zone():
    apex = domain("chitty.cc", "a")

    assert guards(*SERVED, apex, application("all", "staff", domain="*.chitty.cc")) == {
        f"{A}/*": "all",
        "chitty.cc/*": "",
    }


def test_a_star_of_a_host_ends_at_a_dot():
    """As Access reads it: a worker further below is open, and has to be shown as that."""
    deep = domain("a.b.chitty.cc", "a")
    apps = (
        application("one", "staff", domain="*.chitty.cc"),
        application("part", "staff", domain="*b.chitty.cc"),
    )

    assert guards(*SERVED, deep, *apps) == {f"{A}/*": "one", "a.b.chitty.cc/*": ""}


@pytest.mark.parametrize("order", [1, -1])
def test_one_worker_as_destination_goes_before_all_workers(order):
    wide = application("all", "open", destinations=[{"type": "all_workers", "workerId": None}])
    apps = (wide, application("own", "staff", destinations=MINE))[::order]

    assert guards(*SERVED, *apps) == {f"{A}/*": "own"}


def test_a_route_with_a_wildcard_shows_the_host_that_an_application_decides():
    route = made("WorkersRoute", "r", pattern="*.chitty.cc/x/*", script="a")
    app = application("one", "staff", domain="b.chitty.cc/x")

    assert guards(script("a"), STAFF, route, app) == {
        "*.chitty.cc/x/*": "",
        "b.chitty.cc/x/*": "one",
    }


def test_a_destination_with_a_scheme_and_one_that_is_deprecated_count():
    uri = application("u", "staff", destinations=[{"type": "public", "uri": f"https://{A}/x"}])
    old = application("o", "staff", selfHostedDomains=[f"{A}/y"])

    assert guards(*SERVED, uri, old) == {f"{A}/*": "", f"{A}/x/*": "u", f"{A}/y/*": "o"}


def test_a_worker_as_destination_covers_its_four_kinds_of_host():
    more = (
        subdomain("a", enabled=True, previews=True),
        made("WorkersRoute", "r", pattern="b.chitty.cc/*", script="a"),
    )
    found = drawn(*SERVED, *more, application("app", "staff", destinations=MINE)).ways

    assert {way.kind for way in found} == {
        Kind.DOMAIN,
        Kind.ROUTE,
        Kind.WORKERS_DEV,
        Kind.PREVIEW,
    }
    assert {way.guard for way in found} == {"app"}


@pytest.mark.parametrize(
    ("kind", "guarded"),
    [
        ("preview_worker", {Kind.PREVIEW}),
        ("all_preview_workers", {Kind.PREVIEW}),
        ("all_workers", {Kind.PREVIEW, Kind.WORKERS_DEV, Kind.DOMAIN}),
    ],
)
def test_a_destination_covers_what_its_type_says(kind, guarded):
    to = [{"type": kind, "workerId": "WorkersScript-a-id" if kind == "preview_worker" else None}]
    app = application("app", "staff", destinations=to)
    found = drawn(*SERVED, subdomain("a", enabled=True, previews=True), app).ways

    assert {way.kind for way in found if way.guard} == guarded


def test_a_worker_as_destination_is_no_other_worker():
    other = (script("b"), domain("b.chitty.cc", "b"))

    assert guards(*SERVED, *other, application("app", "staff", destinations=MINE)) == {
        f"{A}/*": "app",
        "b.chitty.cc/*": "",
    }


def test_a_worker_whose_id_is_not_known_yet_is_found_by_what_the_destination_was_made_of():
    app = application(
        "app",
        "staff",
        sources={"destinations": ["WorkersScript a"]},
        destinations=[{"type": "worker", "workerId": None}],
    )

    assert guards(*SERVED, app) == {f"{A}/*": "app"}


def test_an_unproxied_record_is_beside_access_and_rules():
    record = made("DnsRecord", "d", type="A", name="s.chitty.cc", content="203.0.113.7")
    found = ways(record, STAFF, application("app", "staff", domain="s.chitty.cc"))["s.chitty.cc/*"]

    assert found.open
    assert "not proxied" in found.notes[0]


def test_a_worker_that_access_knows_by_another_id_is_found_by_what_the_destination_was_made_of():
    app = application(
        "app",
        "staff",
        sources={"destinations": ["WorkersScript a"]},
        destinations=[{"type": "worker", "workerId": "0f" * 16}],
    )

    assert guards(*SERVED, app) == {f"{A}/*": "app"}


@pytest.mark.parametrize("kind", ["bookmark", "saas", "app_launcher", "warp", "dash_sso"])
def test_an_application_that_only_shows_a_host_protects_nothing(kind):
    assert guards(*SERVED, application("app", "staff", type=kind, domain=A)) == {f"{A}/*": ""}
    assert guards(*SERVED, application("app", "staff", type="self_hosted", domain=A)) != {
        f"{A}/*": ""
    }
