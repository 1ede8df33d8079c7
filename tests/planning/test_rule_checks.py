"""Rules of a zone: actions, limits and headers as Cloudflare takes them."""

from typing import Any

import pytest

from planning.managed_rules import DDOS_PHASE, MANAGED_PHASE, RULESETS
from planning.refusals import RefusedError
from planning.rule_checks import CACHE, CUSTOM, HEADERS, LIMITS, check_rule, needs

LIMIT: dict[str, Any] = {
    "characteristics": ["ip.src", "cf.colo.id"],
    "period": 60,
    "requests_per_period": 100,
    "mitigation_timeout": 60,
}
SET = {"x-a": {"operation": "set", "value": "b"}}


def limit(**changed: Any) -> dict[str, Any]:
    return {"ratelimit": {**LIMIT, **changed}}


def headers(**changes: Any) -> dict[str, Any]:
    return {"action_parameters": {"headers": changes}}


def cache(lifetime: dict[str, Any]) -> dict[str, Any]:
    return {"action_parameters": {"cache": True, "edge_ttl": lifetime}}


TAKEN = {
    "block": (CUSTOM, "block", {}),
    "skip": (CUSTOM, "skip", {"action_parameters": {"ruleset": "current"}}),
    "own answer": (CUSTOM, "block", {"action_parameters": {"response": {"status_code": 429}}}),
    "limit": (LIMITS, "block", limit()),
    "X25: by a header": (
        LIMITS,
        "block",
        limit(characteristics=["cf.colo.id", 'http.request.headers["x-key"]']),
    ),
    "X25: by a path": (
        LIMITS,
        "log",
        limit(characteristics=["cf.colo.id", "ip.src", "http.request.uri.path", "ip.src.asnum"]),
    ),
    "X25: by answers": (LIMITS, "block", limit(counting_expression="http.response.code eq 401")),
    "challenge": (LIMITS, "managed_challenge", limit(mitigation_timeout=0)),
    "headers": (HEADERS, "rewrite", {"action_parameters": {"headers": SET}}),
    "another phase": ("http_request_transform", "rewrite", {}),
    "cache": (CACHE, "set_cache_settings", cache({"mode": "override_origin", "default": 60})),
    "no cache": (CACHE, "set_cache_settings", {"action_parameters": {"cache": False}}),
    "managed": (MANAGED_PHASE, "execute", {"action_parameters": {"id": RULESETS["owasp"].id}}),
    "DDoS": (DDOS_PHASE, "execute", {"action_parameters": {"id": RULESETS["ddos"].id}}),
}
REFUSED = {
    "X25: CF411": (
        CACHE,
        "set_cache_settings",
        cache({"mode": "override_origin"}),
        "edge_ttl is override_origin without a default",
    ),
    "X25: the mode of browsers": (
        CACHE,
        "set_cache_settings",
        {"action_parameters": {"cache": True, "browser_ttl": {"mode": "bypass"}}},
        "browser_ttl.mode is bypass; .*; write bypass_by_default",
    ),
    "a default that is never used": (
        CACHE,
        "set_cache_settings",
        cache({"mode": "respect_origin", "default": 60}),
        "has a default, which is never used",
    ),
    "nothing of a cache": (CACHE, "set_cache_settings", {}, "action_parameters are missing"),
    "kept and not kept": (
        CACHE,
        "set_cache_settings",
        {"action_parameters": {"cache": False, "edge_ttl": {"mode": "respect_origin"}}},
        "cache is false and has an edge_ttl",
    ),
    "another action of a cache": (CACHE, "block", {}, "takes set_cache_settings"),
    "a managed ruleset that is none": (
        MANAGED_PHASE,
        "execute",
        {"action_parameters": {"id": "0" * 32}},
        "OWASP Core Ruleset",
    ),
    "DDoS in the firewall": (
        MANAGED_PHASE,
        "execute",
        {"action_parameters": {"id": RULESETS["ddos"].id}},
        "runs in ddos_l7",
    ),
    "a sensitivity in the firewall": (
        MANAGED_PHASE,
        "execute",
        {
            "action_parameters": {
                "id": RULESETS["owasp"].id,
                "overrides": {"sensitivity_level": "low"},
            }
        },
        "sensitivity_level is for the DDoS ruleset",
    ),
    "X25: allow": (CUSTOM, "allow", {}, r"action is allow, .* write skip"),
    "X25: status": (
        CUSTOM,
        "block",
        {"action_parameters": {"response": {"status_code": 200}}},
        "status_code is 200; .* from 400 to 499",
    ),
    "a limit elsewhere": (CUSTOM, "block", limit(), "ratelimit is for http_ratelimit"),
    "no limit": (LIMITS, "block", {}, "ratelimit is missing"),
    "X25: period": (LIMITS, "block", limit(period=30), "period is 30; Cloudflare takes 10, 60"),
    "X25: timeout": (LIMITS, "block", limit(mitigation_timeout=7), "mitigation_timeout is 7"),
    "challenge with a timeout": (LIMITS, "js_challenge", limit(), "goes with block and log"),
    "no number": (LIMITS, "block", limit(requests_per_period=0), "requests_per_period is missing"),
    "X25: data centre": (
        LIMITS,
        "block",
        limit(characteristics=["ip.src"]),
        r"lack cf\.colo\.id: .*; add it",
    ),
    "X25: two clients": (
        LIMITS,
        "block",
        limit(characteristics=["cf.colo.id", "ip.src", "cf.unique_visitor_id"]),
        "exclude one another",
    ),
    "X25: too many": (
        LIMITS,
        "block",
        limit(characteristics=["cf.colo.id", *(f'http.request.headers["{n}"]' for n in "abcd")]),
        "are 5, and Cloudflare takes 4",
    ),
    "no field": (
        LIMITS,
        "block",
        limit(characteristics=["cf.colo.id", "http.nothing"]),
        r"characteristics has http\.nothing, which is none that Cloudflare takes",
    ),
    "X20: a header with capitals": (
        LIMITS,
        "block",
        limit(characteristics=["cf.colo.id", 'http.request.headers["X-Key"]']),
        'write "x-key"',
    ),
    "counting": (
        LIMITS,
        "block",
        limit(counting_expression="http.response.code eq"),
        r"ratelimit\.counting_expression is none",
    ),
    "no headers": (HEADERS, "rewrite", {}, "headers is missing"),
    "no operation": (HEADERS, "rewrite", headers(a={"value": "b"}), "operation is None"),
    "no value": (HEADERS, "rewrite", headers(a={"operation": "set"}), "neither value nor"),
    "a value to remove": (
        HEADERS,
        "rewrite",
        headers(a={"operation": "remove", "value": "b"}),
        "remove takes none",
    ),
    "Cloudflare's own": (
        HEADERS,
        "rewrite",
        headers(**{"CF-Ray": {"operation": "remove"}}),
        "header of Cloudflare's own",
    ),
}


@pytest.mark.parametrize(("phase", "action", "parameters"), TAKEN.values(), ids=TAKEN)
def test_what_cloudflare_takes_is_taken(phase, action, parameters):
    check_rule(phase, "true", action, parameters)


@pytest.mark.parametrize(("phase", "action", "parameters", "words"), REFUSED.values(), ids=REFUSED)
def test_what_it_does_not_take_is_refused_with_the_place(phase, action, parameters, words):
    with pytest.raises(RefusedError, match=words):
        check_rule(phase, "true", action, parameters)


def test_an_expression_is_checked_for_its_phase():
    with pytest.raises(RefusedError, match=r"^expression uses http\.response\.code"):
        check_rule(CUSTOM, "http.response.code eq 404", "block", {})
    check_rule(HEADERS, "http.response.code eq 404", "rewrite", headers(**SET))


def test_it_is_said_which_features_of_a_plan_a_rule_needs():
    """FW-12: patterns and counting by more than the address."""
    assert needs("true", limit()) == ()
    assert needs('http.host matches r"a"', {}) == ("regular_expressions",)
    assert needs("true", limit(counting_expression='http.host matches r"a"')) == (
        "regular_expressions",
        "counting_expressions",
    )
    by_path = limit(characteristics=["cf.colo.id", "http.host"])
    assert needs("true", by_path) == ("advanced_rate_limits",)
