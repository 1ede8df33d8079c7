"""Which zone a host lies in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.refusals import RefusedError
from planning.zones import zone_of

ZONES = ["chitty.cc", "eu.chitty.cc", "itty.cc"]
LABEL = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("connect.chitty.cc", "chitty.cc"),
        ("chitty.cc", "chitty.cc"),
        ("a.b.eu.chitty.cc", "eu.chitty.cc"),
        ("x.itty.cc", "itty.cc"),
    ],
)
def test_a_host_lies_in_the_longest_zone_that_fits(host, zone):
    assert zone_of(host, ZONES) == zone


def test_a_host_in_no_zone_is_refused_with_the_zones_there_are():
    with pytest.raises(RefusedError, match=r"listed: chitty\.cc, eu\.chitty\.cc, itty\.cc"):
        zone_of("connect.example.com", ZONES)


def test_the_end_of_a_label_is_no_suffix():
    with pytest.raises(RefusedError):
        zone_of("mychitty.cc", ["chitty.cc"])


@given(labels=st.lists(LABEL, min_size=2, max_size=5), cut=st.integers(0, 3))
def test_every_suffix_of_a_host_owns_it(labels, cut):
    host = ".".join(labels)
    zone = ".".join(labels[min(cut, len(labels) - 2) :])

    assert zone_of(host, [zone]) == zone
