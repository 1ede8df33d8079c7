"""Whom Access admits, in words, by the order in which it looks (OP-5)."""

import pytest

from tests.planning.exposure.support import application, domain, made, policy, script, ways

HOST = "a.chitty.cc"
SERVED = (script("a"), domain(HOST, "a"))
EVERYONE: dict[str, dict[str, str]] = {"everyone": {}}
STAFF = {"emailDomain": {"domain": "chitty.cc"}}


def who(*resources, policies=()):
    """Return who may reach a host with one application of *policies* before it."""
    app = application("app", *policies, domain=HOST)
    return ways(*SERVED, app, *resources)[f"{HOST}/*"].who


def test_without_an_application_anyone_may():
    assert ways(*SERVED)[f"{HOST}/*"].who == ("anyone",)


def test_an_application_without_a_policy_admits_nobody():
    assert who() == ("nobody: no policy of Access admits anyone",)


SELECTORS = {
    "mail": ({"email": {"email": "a@chitty.cc"}}, "a@chitty.cc"),
    "domain": (STAFF, "people of @chitty.cc"),
    "domain with @": ({"emailDomain": {"domain": "@chitty.cc"}}, "people of @chitty.cc"),
    "everyone": (EVERYONE, "everyone who signs in"),
    "address": ({"ip": {"ip": "203.0.113.0/24"}}, "who signs in from addresses of 203.0.113.0/24"),
    "country": ({"geo": {"countryCode": "DE"}}, "visitors from DE"),
    "GitHub": (
        {"githubOrganization": {"name": "chittyos", "team": "ops", "identityProviderId": "i"}},
        "members of chittyos at GitHub, team ops",
    ),
    "any token": ({"anyValidServiceToken": {}}, "any service token"),
    "certificate": ({"commonName": {"commonName": "cron"}}, "the client certificate cron"),
    "one nobody knows": ({"userRiskScore": {"x": []}}, "who passes user risk score"),
    "a group of another stack": ({"group": {"id": "g1"}}, "group g1 of another stack"),
    "a token of another stack": (
        {"serviceToken": {"tokenId": "t1"}},
        "service token t1 of another stack",
    ),
}


@pytest.mark.parametrize(("selector", "said"), SELECTORS.values(), ids=SELECTORS)
def test_a_selector_is_said_in_words(selector, said):
    assert who(policy("p", "allow", selector), policies=["p"]) == (said,)


def test_a_bypass_for_everyone_is_anyone_and_one_for_addresses_is_not():
    assert who(policy("p", "bypass", EVERYONE), policies=["p"]) == ("anyone",)
    office = {"ip": {"ip": "203.0.113.7/32"}}
    assert who(policy("p", "bypass", office), policies=["p"]) == (
        "addresses of 203.0.113.7/32, without signing in",
    )


def test_a_bypass_that_requires_something_opens_nothing_to_anyone():
    required = policy("p", "bypass", EVERYONE, requires=[{"geo": {"countryCode": "DE"}}])

    assert who(required, policies=["p"]) == ("anyone, who also are visitors from DE",)


def test_tokens_and_groups_are_named_as_the_account_knows_them():
    token = made("ZeroTrustAccessServiceToken", "t", name="robot")
    group = made("ZeroTrustAccessGroup", "g", name="staff", includes=[STAFF])
    machines = policy("m", "non_identity", {"serviceToken": {"tokenId": token.id}})
    people = policy("p", "allow", {"group": {"id": group.id}})

    assert who(token, group, machines, people, policies=["p", "m"]) == (
        "service token robot",
        "group staff (people of @chitty.cc)",
    )


def test_what_a_policy_denies_is_said_and_admits_nobody():
    denied = policy("d", "deny", {"email": {"email": "x@chitty.cc"}})

    assert who(denied, policies=["d"])[0].startswith("nobody")
    assert who(denied, policy("p", "allow", STAFF), policies=["d", "p"]) == (
        "not x@chitty.cc",
        "people of @chitty.cc",
    )


def test_what_else_a_policy_asks_and_leaves_out_is_said():
    narrow = policy(
        "p",
        "allow",
        STAFF,
        requires=[{"geo": {"countryCode": "DE"}}],
        excludes=[{"email": {"email": "x@chitty.cc"}}],
    )

    assert who(narrow, policies=["p"]) == (
        "people of @chitty.cc, who also are visitors from DE, except x@chitty.cc",
    )


def test_a_policy_of_another_stack_is_named_by_its_id():
    app = made("ZeroTrustAccessApplication", "app", domain=HOST, policies=[{"id": "p9"}])

    assert ways(*SERVED, app)[f"{HOST}/*"].who == ("whom policy p9 of another stack admits",)


def test_a_policy_whose_id_is_not_known_yet_is_found_by_what_it_was_made_of():
    staff = policy("p", "allow", STAFF)
    app = made(
        "ZeroTrustAccessApplication",
        "app",
        sources={"policies": ["ZeroTrustAccessPolicy p"]},
        domain=HOST,
        policies=[{"id": None, "precedence": 1}],
    )

    assert ways(*SERVED, staff, app)[f"{HOST}/*"].who == ("people of @chitty.cc",)


def test_groups_that_hold_one_another_end():
    one = made(
        "ZeroTrustAccessGroup", "g", includes=[{"group": {"id": "ZeroTrustAccessGroup-g-id"}}]
    )

    said = who(one, policy("p", "allow", {"group": {"id": one.id}}), policies=["p"])
    assert said[0].count("group g") == 6
