"""Which requests two routes share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.routes import overlap, takes_from

SHARED = [
    ("a.b.cc/*", "a.b.cc/*"),
    ("a.b.cc/*", "a.b.cc/x/*"),
    ("*.b.cc/*", "a.b.cc/x"),
    ("*b.cc/*", "b.cc/"),
    ("*b.cc/x*", "ab.cc/xy*"),
    ("*/*", "a.b.cc/x"),
    ("*.b.cc/*", "*.a.b.cc/*"),
    ("a.b.cc/x*", "a.b.cc/x"),
]
APART = [
    ("a.b.cc/*", "c.b.cc/*"),
    ("a.b.cc/x/*", "a.b.cc/y/*"),
    ("*.b.cc/*", "b.cc/*"),
    ("a.b.cc/x", "a.b.cc/x/y"),
    ("*.b.cc/x", "a.b.cc/y*"),
    ("*.a.cc/*", "*.b.cc/*"),
]


@pytest.mark.parametrize(("first", "second"), SHARED)
def test_routes_that_share_requests(first, second):
    assert overlap(first, second)
    assert overlap(second, first)


@pytest.mark.parametrize(("first", "second"), APART)
def test_routes_that_share_none(first, second):
    assert not overlap(first, second)
    assert not overlap(second, first)


@pytest.mark.parametrize("pattern", ["*.b.cc/*", "a.b.cc/x", "*/*", "*b.cc/y*"])
def test_a_route_takes_from_a_host_that_it_covers_in_part(pattern):
    assert takes_from(pattern, "a.b.cc")


labels = st.sampled_from(["a", "b", "ab"])
hosts = st.lists(labels, min_size=1, max_size=3).map(".".join)
paths = st.lists(labels, max_size=2).map("/".join)
opened = st.sampled_from(["", "*", "*."])
closed = st.sampled_from(["", "*"])
patterns = st.tuples(opened, hosts, paths, closed).map(lambda p: f"{p[0]}{p[1]}/{p[2]}{p[3]}")


def matches(pattern, host, path):
    """Match one address, the plain way."""
    wanted, _, rest = pattern.partition("/")
    fits = host.endswith(wanted[1:]) if wanted.startswith("*") else host == wanted
    return fits and (path.startswith(rest[:-1]) if rest.endswith("*") else path == rest)


@given(patterns, patterns, hosts, paths)
def test_an_address_that_both_match_is_an_overlap(first, second, host, path):
    if matches(first, host, path) and matches(second, host, path):
        assert overlap(first, second)
