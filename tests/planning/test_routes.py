"""Patterns of zone routes: every form that Cloudflare's documentation shows (issue 9, part 4)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.refusals import RefusedError
from planning.routes import (
    Route,
    check_route,
    overlap,
    parse_route,
    route_host,
    route_zone,
    takes_from,
)

DOCUMENTED = {
    "example.com": Route("", any_host=False, host="example.com", path="/", any_path=False),
    "example.com/": Route("", any_host=False, host="example.com", path="/", any_path=False),
    "example.com/*": Route("", any_host=False, host="example.com", path="/", any_path=True),
    "*example.com/*": Route("", any_host=True, host="example.com", path="/", any_path=True),
    "*.example.com/": Route("", any_host=True, host=".example.com", path="/", any_path=False),
    "https://*.example.com/images/*": Route(
        "https", any_host=True, host=".example.com", path="/images/", any_path=True
    ),
    "http://example.com/path*": Route(
        "http", any_host=False, host="example.com", path="/path", any_path=True
    ),
    "Example.com/Images/cat.png": Route(
        "", any_host=False, host="example.com", path="/Images/cat.png", any_path=False
    ),
    "*/*": Route("", any_host=True, host="", path="/", any_path=True),
    "*": Route("", any_host=True, host="", path="/", any_path=False),
    "https://*/api/*": Route("https", any_host=True, host="", path="/api/", any_path=True),
}
BAD = {
    "": "a host name has 1 to 253",
    "/": "a host name has 1 to 253",
    "/*": "a host name has 1 to 253",
    "*./*": "a host name has 1 to 253",
    "*..example.com/*": "a host name is made of",
    "example.com/*.jpg": "with * only as the first of the host and the last of the path",
    "example.com/**": "with * only as the first",
    "example.com*": "with * only as the first",
    "a*.example.com/*": "with * only as the first",
    "**/*": "with * only as the first",
    "example.com/?foo=*": "no query and no fragment",
    "https://example.com/?anything": "no query and no fragment",
    "example.com/#top": "no query and no fragment",
    "ftp://example.com/*": "a host name is made of",
    "https:///x": "a host name has 1 to 253",
    "example.com:8443/*": "a host name is made of",
    "user@example.com/*": "a host name is made of",
    "example/*": "a host name is made of",
    " example.com/*": "a host name is made of",
    "example.com/a b": "with * only as the first",
    "example.com/a\n": "with * only as the first",
}


@pytest.mark.parametrize(("pattern", "route"), DOCUMENTED.items())
def test_a_documented_pattern_is_taken_apart(pattern, route):
    assert parse_route(pattern) == route
    assert check_route(pattern) == pattern


@pytest.mark.parametrize(("pattern", "said"), BAD.items())
def test_what_cloudflare_refuses_is_refused(pattern, said):
    with pytest.raises(RefusedError, match=re.escape(said)):
        check_route(pattern)


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("example.com", "https://example.com/", True),
        ("example.com", "http://example.com/", True),
        ("example.com", "https://example.com/?x", False),
        ("https://*.example.com/", "https://www.example.com/", True),
        ("https://*.example.com/", "http://www.example.com/", False),
        ("*example.com/*", "https://example.com/", True),
        ("*example.com/*", "https://www.example.com/path", True),
        ("*example.com/*", "https://myexample.com/", True),
        ("*.example.com/*", "https://example.com/", False),
        ("*.example.com/*", "https://www.example.com/path", True),
        ("*.example.com/*", "https://myexample.com/", False),
        ("https://example.com/path*", "https://example.com/path", True),
        ("https://example.com/path*", "https://example.com/path2", True),
        ("https://example.com/path*", "https://example.com/path/readme.txt", True),
        ("*example.com/images/cat.png", "https://example.com/images/cat.png?foo=bar", False),
        ("*example.com/images/*", "https://example.com/images/cat.png?foo=bar", True),
        ("example.com/Images/*", "https://example.com/images/", False),
        ("Example.com/*", "https://example.com/", True),
        ("*/*", "https://mystore.customer.com/x", True),
    ],
)
def test_the_documentations_own_examples_of_matching(pattern, url, matches):
    """developers.cloudflare.com/workers/configuration/routing/routes."""
    assert parse_route(pattern).matches(*apart(url)) == matches


def apart(url):
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return scheme, host, f"/{path}"


ZONES = ("chitty.cc", "eu.chitty.cc", "itty.cc")


@pytest.mark.parametrize(
    ("pattern", "zone_name", "zone"),
    [
        ("api.chitty.cc/app/*", "", "chitty.cc"),
        ("*chitty.cc/*", "", "chitty.cc"),
        ("*.eu.chitty.cc/*", "", "eu.chitty.cc"),
        ("https://EU.chitty.cc", "", "eu.chitty.cc"),
        ("*/*", "itty.cc", "itty.cc"),
        ("api.chitty.cc/*", "chitty.cc", "chitty.cc"),
        ("vanity.customer.com", "itty.cc", "itty.cc"),
    ],
)
def test_a_route_lies_in_the_zone_that_is_named_or_that_its_host_lies_in(pattern, zone_name, zone):
    """workers-sdk#2094, #3624, #4025, #4232: `*/*` and custom hostnames with `zone_name`."""
    assert route_zone(pattern, ZONES, zone_name) == zone


@pytest.mark.parametrize(
    ("pattern", "zone_name", "said"),
    [
        ("*/*", "", "'*/*' is every host of a zone and does not say of which; write *<zone>/*"),
        ("*/*", "ditty.cc", "zone 'ditty.cc' is not listed (listed: chitty.cc, eu.chitty.cc, itty"),
        ("*hitty.cc/*", "", "hitty.cc lies in no listed zone"),
        (
            "a.eu.chitty.cc/*",
            "chitty.cc",
            "a.eu.chitty.cc lies in zone eu.chitty.cc, not in chitty",
        ),
        ("vanity.customer.com", "", "vanity.customer.com lies in no listed zone"),
    ],
)
def test_a_route_without_a_zone_of_ours_is_refused(pattern, zone_name, said):
    with pytest.raises(RefusedError, match=re.escape(said)):
        route_zone(pattern, ZONES, zone_name)


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("api.chitty.cc/app/*", "api.chitty.cc"),
        ("https://*.chitty.cc/*", "chitty.cc"),
        ("*chitty.cc", "chitty.cc"),
        ("*/*", ""),
    ],
)
def test_the_host_of_a_route_has_no_wildcard(pattern, host):
    assert route_host(pattern) == host


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ("*/*", True),
        ("*chitty.cc/*", True),
        ("*.chitty.cc/app/*", True),
        ("http://api.chitty.cc", True),
        ("API.chitty.cc/*", True),
        ("*.api.chitty.cc/*", False),
        ("i.chitty.cc/*", False),
    ],
)
def test_a_route_takes_from_a_host_when_it_matches_any_url_of_it(pattern, takes):
    assert takes_from(pattern, "api.chitty.cc") == takes


LABEL = st.text("ab", min_size=1, max_size=2)
HOST = st.lists(LABEL, min_size=2, max_size=3).map(".".join)
PATH = st.text("/ab", max_size=3).map("/{}".format)
SCHEME = st.sampled_from(("", "http://", "https://"))
PATTERN = st.builds(
    "{}{}{}{}{}".format,
    SCHEME,
    st.sampled_from(("", "*", "*.")),
    HOST,
    PATH,
    st.sampled_from(("", "*")),
) | st.builds("{}*{}{}".format, SCHEME, PATH, st.sampled_from(("", "*")))
URL = st.builds("{}://{}{}".format, st.sampled_from(("http", "https")), HOST, PATH)


@given(pattern=PATTERN, url=URL)
def test_a_wildcard_is_any_characters_on_its_side_of_the_slash(pattern, url):
    scheme, _, rest = pattern.rpartition("://")
    host, slash, path = rest.partition("/")
    host_regex, path_regex = (re.escape(text).replace(r"\*", ".*") for text in (host, slash + path))
    expected = (
        scheme in {"", apart(url)[0]}
        and re.fullmatch(host_regex, apart(url)[1])
        and re.fullmatch(path_regex, apart(url)[2])
    )

    assert parse_route(pattern).matches(*apart(url)) == bool(expected)


@given(one=PATTERN, two=PATTERN, url=URL)
def test_routes_that_match_one_url_overlap(one, two, url):
    if all(parse_route(each).matches(*apart(url)) for each in (one, two)):
        assert overlap(one, two)
    assert overlap(one, two) == overlap(two, one)
    assert overlap(one, one)


@given(one=PATTERN, two=PATTERN)
def test_routes_overlap_only_where_a_url_shows_it(one, two):
    first, second = parse_route(one), parse_route(two)

    if overlap(one, two):
        scheme = first.scheme or second.scheme or "https"
        host = max(first.host, second.host, key=len)
        path = max(first.path, second.path, key=len)
        assert first.matches(scheme, host, path)
        assert second.matches(scheme, host, path)
