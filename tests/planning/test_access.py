"""Policies that mean what they say, and places that Access takes (OP-5)."""

import pytest

from planning.access import (
    Policy,
    Who,
    check_address,
    check_path,
    check_place,
    check_policy,
    check_token_duration,
    seconds_of,
)
from planning.refusals import RefusedError

TOKEN, EVERYONE = Who(service_tokens=("w",)), Who(everyone=True)
PEOPLE, NEAR = Who(email_domains=("chitty.cc",)), Who(addresses=("203.0.113.0/24",))

GOOD = [
    Policy("p", "non_identity", TOKEN),
    Policy("p", "non_identity", TOKEN, require=NEAR),
    Policy("p", "non_identity", Who(any_service_token=True)),
    Policy("p", "allow", PEOPLE, exclude=Who(emails=("eve@chitty.cc",))),
    Policy("p", "allow", EVERYONE, require=PEOPLE),
    Policy("p", "allow", NEAR),
    Policy("p", "bypass", NEAR),
    Policy("p", "bypass", EVERYONE, require=NEAR),
    Policy("p", "deny", EVERYONE),
]
BAD = [
    (Policy("p", "allow", TOKEN), "no machine passes"),
    (Policy("p", "allow", Who(any_service_token=True)), "non_identity"),
    (Policy("p", "allow", EVERYONE), "allows everyone"),
    (Policy("p", "allow", EVERYONE, require=NEAR), "allows everyone"),
    (Policy("p", "allow", Who()), "includes nobody"),
    (Policy("p", "allow", Who(addresses=("0.0.0.0/0",))), "every address"),
    (Policy("p", "non_identity", PEOPLE), "includes no service token"),
    (Policy("p", "non_identity", NEAR), "includes no service token"),
    (Policy("p", "non_identity", Who(service_tokens=("w",), everyone=True)), "nobody logs in"),
    (Policy("p", "non_identity", TOKEN, require=PEOPLE), "whom it never sees"),
    (
        Policy("p", "non_identity", Who(service_tokens=("w",), addresses=("203.0.113.0/24",))),
        "move them to require",
    ),
    (Policy("p", "bypass", EVERYONE), "nothing is guarded"),
    (Policy("p", "bypass", PEOPLE), "addresses alone"),
    (Policy("p", "bypass", NEAR, require=TOKEN), "addresses alone"),
]


@pytest.mark.parametrize("policy", GOOD)
def test_a_policy_that_means_what_it_says_is_taken(policy):
    check_policy(policy)


@pytest.mark.parametrize(("policy", "said"), BAD)
def test_a_policy_that_admits_whom_nobody_meant_is_refused(policy, said):
    with pytest.raises(RefusedError, match=said):
        check_policy(policy)


@pytest.mark.parametrize(
    ("text", "seconds"), [("24h", 86400), ("2h45m", 9900), ("300ms", 0.3), ("1.5h", 5400)]
)
def test_durations_are_read(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "1d", "h", "24", "24h ", "-1h", "1h x"])
def test_no_durations_are_refused(text):
    with pytest.raises(RefusedError):
        seconds_of(text)


def test_a_token_lasts_a_year_at_most():
    assert check_token_duration("8760h") == "8760h"
    for text in ("8761h", "forever", "17520h", "01h", "1h30m"):
        with pytest.raises(RefusedError):
            check_token_duration(text)


def test_an_address_is_a_network():
    assert [check_address(a) for a in ("203.0.113.7", "2001:db8::/32", "10.0.0.0/8")] == [
        "203.0.113.7/32",
        "2001:db8::/32",
        "10.0.0.0/8",
    ]
    for text in ("203.0.113.7/8", "x", "203.0.113.0/33", ""):
        with pytest.raises(RefusedError):
            check_address(text)


@pytest.mark.parametrize(
    "place",
    ["a.chitty.cc", "a.chitty.cc/x", "*.chitty.cc", "*test.chitty.cc/a*/b", "*.*.chitty.cc/*"],
)
def test_places_of_the_documentation_are_taken(place):
    assert check_place(place) == place


@pytest.mark.parametrize(
    "place",
    [
        "",
        "*",
        "*.cc",
        "a*b*c.chitty.cc",
        "A.chitty.cc",
        "a.chitty.cc/x?y",
        "a.chitty.cc/x#y",
        "a.chitty.cc:443",
        "https://a.chitty.cc",
        "a.chitty.cc/%61",
        "a.chitty.cc/x/../y",
    ],
)
def test_other_places_are_refused(place):
    with pytest.raises(RefusedError):
        check_place(place)


def test_a_path_begins_with_a_slash():
    assert check_path("/v1/tokens/*") == "/v1/tokens/*"
    with pytest.raises(RefusedError):
        check_path("v1")
