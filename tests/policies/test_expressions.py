"""Expressions of rules: whether they can match, and whether they name what they match."""

import pytest

from policies.pack.expressions import DEEPEST, is_scoped, never_matches

NEVER = [
    "false",
    "(false)",
    "FALSE",
    "not true",
    "!(true)",
    'http.host eq ""',
    "ip.src in {}",
    'http.host eq "a" and false',
    "false or (false and true)",
    "not (true or cf.client.bot)",
]
SOMETIMES = [
    "true",
    "",
    'http.host eq "a"',
    "not false",
    'http.host eq "a" or false',
    'http.cookie eq ""',
    "ip.src in $list",
    "cf.client.bot",
    "((((",
    'any(x[*] eq "y")',
    'http.host contains "false"',
    "false xor true",
]
SCOPED = [
    'http.host eq "a"',
    'http.host == "a"',
    'http.host in {"a" "b"}',
    "ip.src in {192.0.2.0/24}",
    "ip.src in $office",
    "ip.src eq 192.0.2.7",
    'starts_with(http.request.uri.path, "/health")',
    'lower(http.host) eq "a"',
    'http.host eq "a" and cf.client.bot',
    'cf.client.bot && http.host == "a"',
    '(http.host eq "a" or http.host eq "b") and not cf.client.bot',
    '(http.host eq "a" or ip.geoip.country eq "DE") and http.request.uri.path eq "/x"',
    'http.request.uri.path matches "^/api/"',
    r'http.host eq "a \" or true"',
    "false",
]
EVERYBODY = [
    "true",
    "(true)",
    "cf.client.bot",
    'http.host ne "a"',
    'not http.host eq "a"',
    'http.host ne ""',
    'http.host eq "a" or cf.client.bot',
    "ip.src in {0.0.0.0/0}",
    "ip.src in {0.0.0.0/1 192.0.2.1}",
    'http.request.uri.path contains "/"',
    'starts_with(http.request.uri.path, "/")',
    'http.request.full_uri wildcard "*"',
    'http.request.full_uri strict wildcard "https://*"',
    'http.request.uri.path matches ".*"',
    'ip.geoip.country eq "DE"',
    "not (ip.src in {192.0.2.1})",
]


@pytest.mark.parametrize("text", NEVER)
def test_what_can_never_match(text):
    assert never_matches(text)


@pytest.mark.parametrize("text", SOMETIMES)
def test_what_may_match(text):
    assert not never_matches(text)


@pytest.mark.parametrize("text", SCOPED)
def test_what_is_named_by_host_path_or_address(text):
    assert is_scoped(text)


@pytest.mark.parametrize("text", EVERYBODY)
def test_what_everybody_matches(text):
    assert not is_scoped(text)


@pytest.mark.parametrize("depth", [DEEPEST * 2, 5_000])
def test_what_is_not_understood_is_taken_for_narrow(depth):
    text = "(" * depth + "true" + ")" * depth

    assert is_scoped(text)
    assert not never_matches(text.replace("true", "false"))
