"""Lists of addresses: what Cloudflare takes, and how many an account has (PA-8 b)."""

from dataclasses import replace

import pytest

from planning.address_lists import (
    MOST_ADDRESSES,
    AddressList,
    check_address,
    check_addresses,
    check_name,
    merge,
)
from planning.refusals import RefusedError

WATCHED = AddressList("watched", ("203.0.113.7",), "seen before")
TAKEN = {
    "203.0.113.7": "203.0.113.7",
    "203.0.113.7/32": "203.0.113.7",
    "203.0.113.0/24": "203.0.113.0/24",
    "10.0.0.0/8": "10.0.0.0/8",
    "2001:DB8::1": "2001:db8::1",
    "2001:0db8::/32": "2001:db8::/32",
}
REFUSED = {
    "10.0.0.5/8": "no address or network",
    "0.0.0.0/0": "wider than /8",
    "2000::/3": "wider than /12",
    "203.0.113.7/33": "no address",
    "chitty.cc": "no address",
    "": "no address",
}


@pytest.mark.parametrize(("given", "kept"), TAKEN.items())
def test_an_address_is_kept_as_cloudflare_keeps_it(given, kept):
    assert check_address(given) == kept


@pytest.mark.parametrize(("given", "said"), REFUSED.items())
def test_what_a_list_does_not_take(given, said):
    with pytest.raises(RefusedError, match=said):
        check_address(given)


@pytest.mark.parametrize("name", ["Watched", "of-fice", "a.b", "", "a" * 51])
def test_a_name_is_one_that_rules_can_say(name):
    """X22: Cloudflare's parser takes lower case, digits and `_`; a dot is of Cloudflare's own."""
    with pytest.raises(RefusedError, match="it is no name of a list: that has a-z, 0-9 and _"):
        check_name(name)


def test_an_address_stands_once_however_it_is_written():
    with pytest.raises(RefusedError, match=r"203\.0\.113\.7 more than once"):
        check_addresses(["203.0.113.7", "203.0.113.7/32"])


def test_lists_come_once_each_in_order_of_their_names():
    other = replace(WATCHED, name="a")

    assert merge([WATCHED, other, WATCHED], ["pro"]) == (other, WATCHED)


def test_one_name_is_one_list():
    other = replace(WATCHED, addresses=("203.0.113.8",))

    with pytest.raises(RefusedError, match="a list watched with other addresses"):
        merge([WATCHED, other], ["enterprise"])


def test_an_account_has_as_many_lists_as_its_largest_plan():
    two = [WATCHED, replace(WATCHED, name="second")]

    assert len(merge(two, ["free", "pro"])) == 2
    with pytest.raises(RefusedError, match=r"free plan has 1 lists .* 2 are wanted \(second, wat"):
        merge(two, ["free"])


def test_all_lists_together_hold_so_many_addresses():
    half = tuple(f"10.{n // 256}.{n % 256}.1" for n in range(MOST_ADDRESSES // 2 + 1))
    two = [replace(WATCHED, name=name, addresses=half) for name in ("a", "b")]

    assert len(merge(two, ["enterprise"])) == 2
    with pytest.raises(RefusedError, match="10,002 are wanted"):
        merge(two, ["business"])
    with pytest.raises(RefusedError, match="hold 10,000"):
        check_addresses(f"10.{n // 256}.{n % 256}.1" for n in range(MOST_ADDRESSES + 1))
