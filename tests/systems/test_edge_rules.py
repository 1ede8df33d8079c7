"""What systems configure for their hosts, as rules of the zone."""

import pytest
from pydantic import ValidationError

from config.edge import Edge
from planning.refusals import RefusedError
from planning.rule_checks import check_rule
from systems.edge_rules import edge_rules
from systems.registry import SYSTEMS
from tests.config.examples import loaded

WHY = "said for people"
EDGE = {
    "rules": [{"name": "probes", "when": 'ends_with(http.request.uri.path, ".php")', "why": WHY}],
    "limits": [
        {"name": "mint", "path": "/v1/mint", "requests": 30, "why": WHY},
        {"name": "all", "path": "/v1/*", "requests": 300, "period": 60, "timeout": 60, "why": WHY},
    ],
    "headers": [{"name": "x-b", "value": "2"}, {"name": "x-a", "value": "1"}],
}
PROBES = 'ends_with(http.request.uri.path, ".php")'


def rules(*hosts, **changes):
    return list(edge_rules("tiny", hosts, Edge.model_validate({**EDGE, **changes})))


def test_rules_are_for_the_hosts_of_the_system_and_for_no_other():
    one = [rule.expression for rule in rules("a.chitty.cc")]
    two = rules("a.chitty.cc", "b.chitty.cc")

    assert one == [
        f'(http.host eq "a.chitty.cc") and ({PROBES})',
        '(http.host eq "a.chitty.cc") and (http.request.uri.path eq "/v1/mint")',
        '(http.host eq "a.chitty.cc") and (starts_with(http.request.uri.path, "/v1/"))',
        'http.host eq "a.chitty.cc"',
    ]
    assert two[0].expression == f'(http.host in {{"a.chitty.cc" "b.chitty.cc"}}) and ({PROBES})'
    assert {rule.aliases for rule in two} == {("b.chitty.cc",)}


def test_every_rule_has_a_ref_that_begins_with_its_system_and_passes_the_checks():
    made = rules("a.chitty.cc")

    assert [rule.ref for rule in made] == ["tiny_probes", "tiny_mint", "tiny_all", "tiny_headers"]
    for rule in made:
        check_rule(rule.phase, rule.expression, rule.action, rule.parameters)


CACHE = {"name": "static", "path": "/static/*", "edge_seconds": 7200, "why": WHY}


def cached(**changes):
    edge = Edge.model_validate({"cache": [{**CACHE, **changes}]})
    (rule,) = edge_rules("tiny", ["a.chitty.cc"], edge, by_worker=False)
    return rule


def test_a_cache_rule_leaves_requests_with_credentials_alone():
    """Incidents 4 and 5."""
    rule = cached()

    assert rule.expression == (
        '(http.host eq "a.chitty.cc") and (starts_with(http.request.uri.path, "/static/"))'
        ' and not has_key(http.request.headers, "authorization")'
        ' and not has_key(http.request.headers, "cookie")'
    )
    assert rule.parameters["action_parameters"] == {
        "cache": True,
        "edge_ttl": {"mode": "override_origin", "default": 7200},
        "browser_ttl": {"mode": "respect_origin"},
    }
    check_rule(rule.phase, rule.expression, rule.action, rule.parameters)
    quiet = cached(edge_seconds=None, browser_seconds=0).parameters["action_parameters"]
    assert quiet["edge_ttl"] == {"mode": "respect_origin"}
    assert quiet["browser_ttl"] == {"mode": "bypass_by_default"}
    assert "cookie" not in cached(cache=False, edge_seconds=None).expression


def test_who_keeps_answers_to_credentials_has_to_say_why():
    with pytest.raises(ValidationError, match="keeps answers to requests with cookie"):
        cached(bypass=["authorization"])
    rule = cached(bypass=["authorization"], for_everyone="the cookie is a preference of fonts")

    assert "cookie" not in rule.expression
    assert "authorization" in rule.expression


def test_a_cache_rule_is_refused_for_hosts_of_workers():
    with pytest.raises(RefusedError, match=r"tiny:edge\.cache has static, and a worker answers"):
        rules("a.chitty.cc", cache=[CACHE])


def test_a_limit_counts_each_address_in_each_data_centre():
    limit = rules("a.chitty.cc")[1].parameters["ratelimit"]

    assert limit == {
        "characteristics": ["ip.src", "cf.colo.id"],
        "period": 10,
        "requests_per_period": 30,
        "mitigation_timeout": 10,
    }


def test_a_limit_of_every_host_looks_at_the_path_alone():
    """The free plan of a zone has no other field in a rate limit."""
    limits = [{"name": "m", "path": "/m", "every_host": True, "requests": 3, "why": WHY}]

    made = rules("a.chitty.cc", limits=limits)

    assert made[1].expression == 'http.request.uri.path eq "/m"'


def test_nothing_configured_is_no_rule():
    assert list(edge_rules("tiny", ["a.chitty.cc"], Edge())) == []


BAD = {
    "X1: brackets": ({"rules": [{"name": "a", "when": "ssl or ssl and ssl", "why": WHY}]}, "side"),
    "X11: a pattern": (
        {"rules": [{"name": "a", "when": 'http.host matches "a"', "why": WHY}]},
        'write r"a"',
    ),
    "no action": (
        {"rules": [{"name": "a", "when": "true", "action": "allow", "why": WHY}]},
        "'block', 'managed_challenge' or 'log'",
    ),
    "X25: a period": (
        {"limits": [{"name": "a", "path": "/", "requests": 1, "period": 30, "why": WHY}]},
        "is one of 10, 60, 120, 300, 600, 3600 seconds",
    ),
    "a star within": (
        {"limits": [{"name": "a", "path": "/*/b", "requests": 1, "why": WHY}]},
        "is a path such as",
    ),
    "a header twice": ({"headers": [{"name": "a", "value": "1"}] * 2}, "name each header once"),
    "X20: a header with capitals": ({"headers": [{"name": "X-A", "value": "1"}]}, "pattern"),
}


@pytest.mark.parametrize(("given", "words"), BAD.values(), ids=BAD)
def test_what_is_meant_otherwise_is_refused_by_the_configuration(given, words):
    with pytest.raises(ValidationError, match=words):
        Edge.model_validate(given)


@pytest.mark.parametrize("stack", ["development", "production"])
def test_the_tracked_stacks_have_rules_limits_and_headers(stack):
    """FW-5, PA-8: hosts have headers; two stop probes, one limits, one watches pages."""
    config = loaded(stack)
    made = [
        rule.ref
        for system in SYSTEMS
        for rule in system.zone_rules(config.blocks[system.name].settings)
    ]

    assert made == [
        "chittyconnect_probes",
        "chittyconnect_headers",
        "chittyid_probes",
        "chittyid_mint",
        "chittyid_headers",
        "project_awareness_headers",
        "project_awareness_sync",
        "superinstance_headers",
    ]


RULED = {"name": "probes", "when": PROBES, "why": WHY}
COUNTED = {"name": "mint", "path": "/v1/mint", "requests": 30, "why": WHY}
CACHED = {"name": "files", "path": "/files/*", "why": WHY}


@pytest.mark.parametrize(
    ("part", "entry", "said"),
    [
        ("rules", RULED, "names probes more than once; name each rule once"),
        ("limits", COUNTED, "names mint more than once; name each limit once"),
        ("cache", CACHED, "names files more than once; name each rule once"),
        (
            "headers",
            {"name": "x-b", "value": "2"},
            "names x-b more than once; name each header once",
        ),
        ("health_checks", {"name": "a"}, "names a more than once; name each check once"),
    ],
)
def test_two_of_one_name_are_said_where_they_stand(part, entry, said):
    with pytest.raises(ValidationError, match=said):
        Edge.model_validate({part: [entry, entry]})


def test_a_header_has_one_line():
    with pytest.raises(ValidationError, match="pattern"):
        Edge.model_validate({"headers": [{"name": "x-a", "value": "1\r\nset-cookie: a=b"}]})
