"""Expressions: what Cloudflare takes, behind the wrapper of X12, and what this project refuses."""

import pytest

from planning.expressions import LONGEST, check, parse
from planning.refusals import RefusedError

CUSTOM = "http_request_firewall_custom"

TAKEN = {
    "X12: a constant": "true",
    "X12: a constant among others": "(true) and not false",
    "X12: url_decode with options": 'url_decode(http.host, "r") eq "a"',
    "X12: substring to the end": 'substring(http.host, 1) eq "a"',
    "X12: a path into JSON": 'lookup_json_string(http.request.body.raw, "a", 0, "b") eq "c"',
    "X12: nested": 'any(url_decode(lower(http.request.headers["x"][*])[*], "r")[*] eq "a")',
    "X12: a signed address": (
        'is_timed_hmac_valid_v0("secret", http.request.uri, 3, http.request.timestamp.sec, 8)'
    ),
    "X16: words without blanks": "ssl andnotssl",
    "X14: newlines": "ssl and\nssl",
    "X7: deprecated": 'ip.geoip.country eq "XX"',
    "X13: a field that the parser's list lacks": 'cf.zone.plan eq "ENT"',
    "X11: a quoted pattern": r'http.host matches "\d+"',
}

REFUSED = {
    "X24: empty": ("  ", "is empty"),
    "X8: length": (f'http.host eq "{"a" * LONGEST}"', "Cloudflare takes 4,096"),
    "X8: depth": ("(" * 100 + "ssl" + ")" * 100, "nested deeper than 99 levels"),
    "X12: &": ("cf.edge.server_port & 1", "has a single &"),
    "X14: tab": ("ssl\tand ssl", "has a tab between words"),
    "X23: place in bytes": (
        'http.host eq "ü" and foo',
        r"identifier \(line and column 1:2",
    ),
    "X2: a text for a comparison": ('http.host contains "a" or "b"', "expected identifier"),
    "X5: look-ahead": ('http.host matches r"(?=a)"', "look-around"),
    "X7: unknown field": ('cf.colo.name eq "a"', "unknown identifier"),
    "X22: a list's name": ("ip.src in $Office", "invalid list name"),
}

STRICTER = {
    "X1: or beside and": ("ssl or ssl and ssl", "`and` and `or` side by side"),
    "X1: xor beside or": ("ssl xor ssl or ssl", "`or` and `xor` side by side"),
    "X1: within brackets": ("ssl and (ssl or ssl and ssl)", "side by side"),
    "X1: by signs": ("ssl || ssl && ssl", "side by side"),
    "X11: quoted": (r'http.host matches "\\d+"', "no escape; write r"),
    "X11: quoted, by sign": ('http.host ~ "a"', 'write r"a"'),
    "X20: a header": ('http.request.headers["X-A"][0] eq "b"', 'write "x-a"'),
    "X20: has_key": ('has_key(http.request.headers, "X-A")', 'write "x-a"'),
    "X20: a name": ('any(http.request.headers.names[*] eq "X-A")', 'write "x-a"'),
    "X20: names": ('any(http.request.headers.names[*] in {"a" "X-A"})', 'write "x-a"'),
    "X7: geoip": ('ip.geoip.country eq "DE"', r"write ip\.src\.country"),
    "X25: an answer": ("http.response.code eq 404", "runs before there is an answer"),
    "X9: a function": ('to_string(cf.edge.server_port) eq "1"', f"which {CUSTOM} has not"),
    "X26: encoded": ('http.request.uri.path contains "%2F"', r"use raw\.http\.request\.uri\.path"),
}

PLAIN = {
    "brackets": "(ssl and ssl) or (ssl and ssl)",
    "one kind": "ssl and not ssl and ssl",
    "words in texts": 'http.host eq "a or b" and ssl',
    "arguments": 'starts_with(http.host, "a") and (ssl or starts_with(http.host, "b"))',
    "raw": r'http.host matches r"^\d+\.example\.com$"',
    "lower case": 'http.request.headers["x-a"][0] eq "B" and has_key(http.request.headers, "x")',
    "raw path": 'raw.http.request.uri.path contains "%2F"',
    "a network": "cidr(ip.src, 24, 64) eq 10.1.2.0",
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_cloudflare_takes_is_taken(text):
    assert parse(text).text == text


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cloudflare_refuses_is_refused_in_one_sentence(text, words):
    with pytest.raises(RefusedError, match=words) as refused:
        parse(text)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "words"), STRICTER.values(), ids=STRICTER)
def test_what_is_read_otherwise_than_meant_is_refused_here_alone(text, words):
    assert parse(text)
    with pytest.raises(RefusedError, match=words):
        check(text, CUSTOM)


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_what_is_plain_is_taken(text):
    assert check(text, CUSTOM).text == text


def test_it_is_said_what_an_expression_uses():
    """X6, X13: the parser does not tell the names of lists."""
    found = parse(r'ip.src in $office and lower(http.host) matches r"^a\d" and true')

    assert found.fields == {"ip.src", "http.host"}
    assert found.functions == {"lower"}
    assert found.lists == {"office"}
    assert found.patterns == (r"^a\d",)
