"""Which hosts, origins and networks are everybody's."""

import pytest

from policies.pack import hosts

EVERYBODY = [
    "*",
    "null",
    "https://*",
    "https://*.com",
    "https://*.co.uk",
    "https://*.github.io",
    "https://a*",
    "https://*a.example.com",
    "HTTPS://*",
    "*://*",
    "https://*:8443",
]
SOMEBODY = [
    "https://a.example.com",
    "https://*.example.com",
    "https://app-*.example.com",
    "https://*.example.co.uk",
    "https://mine.github.io",
    "http://localhost:3000",
    "",
    "https://",
]


@pytest.mark.parametrize("origin", EVERYBODY)
def test_an_origin_that_anybody_may_have(origin):
    assert hosts.allows_everybody(origin)


@pytest.mark.parametrize("origin", SOMEBODY)
def test_an_origin_that_somebody_chose(origin):
    assert not hosts.allows_everybody(origin)


@pytest.mark.parametrize(
    ("origin", "plain"),
    [
        ("http://a.example.com", True),
        ("HTTP://10.0.0.1:80", True),
        ("http://localhost:3000", False),
        ("http://app.localhost", False),
        ("http://[::1]:3000", False),
        ("https://a.example.com", False),
    ],
)
def test_a_page_without_tls(origin, plain):
    assert hosts.is_plain(origin) == plain


@pytest.mark.parametrize(
    ("host", "claimable"),
    [
        ("me.github.io", True),
        ("ME.GitHub.io.", True),
        ("github.io", False),
        ("d111.cloudfront.net", False),
        ("web.eu.elb.amazonaws.com", False),
        ("b.s3.amazonaws.com", True),
        ("mygithub.io", False),
    ],
)
def test_a_host_that_whoever_comes_first_gets(host, claimable):
    assert hosts.is_claimable(host) == claimable


INNER = [
    "10.0.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "0.0.0.0",  # noqa: S104
    "localhost",
    "a.internal",
    "b.localhost.",
]
OUTER = ["1.1.1.1", "2606:4700::1", "example.com", "internal.example.com", "", "300.1.1.1"]


@pytest.mark.parametrize("host", INNER)
def test_an_inner_host(host):
    assert hosts.is_inner(host)


@pytest.mark.parametrize("host", OUTER)
def test_a_host_of_the_internet(host):
    assert not hosts.is_inner(host)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3"])
def test_a_network_that_is_half_the_internet(network):
    assert hosts.is_wide(network)


@pytest.mark.parametrize("network", ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "", None, "a"])
def test_a_network_that_somebody_named(network):
    assert not hosts.is_wide(network)
