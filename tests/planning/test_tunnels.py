"""What a tunnel may lead to (OP-4); the rows are those of cloudflared as it was seen to run."""

import pytest

from planning.refusals import RefusedError
from planning.tunnels import (
    Ingress,
    check_hostname,
    check_ingresses,
    check_path,
    check_service,
    covers,
)

SERVICE = "http://nginx:8080"
CANARY = "c4nary"


@pytest.mark.parametrize(
    "service",
    [
        SERVICE,
        "https://origin.internal",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "tcp://db:5432",
        "ssh://bastion:22",
        "unix:/run/app.sock",
        "unix+tls:/run/app.sock",
        "http_status:403",
        "http_status:100",
        "http_status:599",
    ],
)
def test_a_service_that_leads_somewhere_is_taken(service):
    assert check_service(service) == service


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("http://localhost:80/", "C10"),
        ("http://localhost:80?x=1", "C10"),
        ("http://localhost:80#x", "C10"),
        ("http://localhost:80?", "C10"),
        ("http://localhost:80/path", "C10"),
        ("localhost:8080", "http://localhost:8080"),
        ("nginx", "http://nginx"),
        ("htpp://nginx:80", "none of http, https"),
        ("http_status:600", "100 to 599"),
        ("http_status:99", "100 to 599"),
        ("http_status:x", "has no scheme"),
        ("http://", "names no host"),
        ("http://:80", "names no host"),
        ("http://nginx:99999", "no address"),
        ("http://nginx:0", "names no host"),
        ("http://user@nginx", "user name"),
        ("unix:run/app.sock", "unix:/run/app.sock"),
        ("bastion", "has no scheme"),
        ("socks-proxy", "has no scheme"),
    ],
)
def test_a_service_that_cloudflared_takes_for_another_is_refused(service, said):
    with pytest.raises(RefusedError) as refused:
        check_service(service)

    assert said in str(refused.value)


def test_the_secret_of_a_service_is_not_repeated():
    with pytest.raises(RefusedError) as refused:
        check_service(f"http://user:{CANARY}@nginx")

    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("path", ["^/v1/", r"^/(a|b)\.json$", "^/x.*$", "^/[a-z]*/y", "^/a?"])
def test_an_anchored_path_is_taken(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api", "write ^/api"),  # C2
        ("/api/*", "write ^/api/*"),
        ("^/api/*", "repeats a slash"),  # C9
        ("^/api/**", "repeats a slash"),
        ("^/(?=x)", "looks ahead"),  # C9: RE2
        ("^/(?<!x)y", "looks ahead"),
        (r"^/(a)\1", "looks ahead"),
        ("^/(", "no regular expression"),
    ],
)
def test_a_path_that_means_something_else_is_refused(path, said):
    with pytest.raises(RefusedError) as refused:
        check_path(path)

    assert said in str(refused.value)


@pytest.mark.parametrize("hostname", ["a.chitty.cc", "*.chitty.cc"])
def test_a_host_is_taken(hostname):
    assert check_hostname(hostname) == hostname


@pytest.mark.parametrize(
    ("hostname", "said"),
    [
        ("*chitty.cc", "matches no host at all"),  # C8
        ("a.*.chitty.cc", "host name"),
        ("*.*.chitty.cc", "host name"),
        ("*", "matches no host"),  # C12
        ("A.chitty.cc", "lower-case"),  # C7
        ("a.chitty.cc:80", "host name"),  # C3
        ("", "host name"),
    ],
)
def test_a_host_that_matches_nothing_is_refused(hostname, said):
    with pytest.raises(RefusedError) as refused:
        check_hostname(hostname)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("wide", "host", "expected"),
    [
        (None, "a.b", True),
        ("*.b.c", "x.y.b.c", True),  # C1: any depth
        ("*.b.c", "b.c", False),  # C1: not the domain itself
        ("*.b.c", "xb.c", False),
        ("*.b.c", "*.a.b.c", True),
        ("*.a.b.c", "*.b.c", False),
        ("a.b.c", "a.b.c", True),
        ("a.b.c", None, False),
    ],
)
def test_what_a_wildcard_covers(wide, host, expected):
    assert covers(wide, host) is expected


@pytest.mark.parametrize(
    "rules",
    [
        [Ingress(SERVICE, "a.chitty.cc"), Ingress(SERVICE, "a.chitty.cc")],  # C12
        [Ingress(SERVICE, "*.chitty.cc"), Ingress(SERVICE, "a.chitty.cc")],
        [Ingress(SERVICE, "a.chitty.cc"), Ingress(SERVICE, "a.chitty.cc", "^/x")],
        [Ingress(SERVICE, "a.chitty.cc", "^/x"), Ingress(SERVICE, "a.chitty.cc", "^/x")],
    ],
)
def test_a_rule_that_never_answers_is_refused(rules):
    with pytest.raises(RefusedError, match="ingress 2: is never reached: ingress 1"):
        check_ingresses(rules)


def test_the_narrow_rule_stands_before_the_wide_one():
    check_ingresses(
        [
            Ingress("http://api:80", "a.chitty.cc", "^/v1/"),
            Ingress(SERVICE, "a.chitty.cc"),
            Ingress(SERVICE, "*.chitty.cc"),
        ]
    )


def test_every_fault_is_said_at_its_rule():
    with pytest.raises(RefusedError) as refused:
        check_ingresses([Ingress("nginx", "*chitty.cc", "/x"), Ingress(SERVICE)])

    said = str(refused.value)
    assert said.count("ingress 1: ") == 3
    assert "ingress 2: matches every request" in said
