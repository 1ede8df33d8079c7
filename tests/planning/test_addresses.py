"""Origins as browsers send them, and addresses that secrets may go to."""

import pytest

from planning.addresses import check_address, check_origin, check_transport
from planning.refusals import RefusedError

ORIGINS = [
    "https://connect.chitty.cc",
    "https://connect.chitty.cc:8443",
    "https://localhost",
    "http://localhost:5173",
    "http://app.localhost:4401",
]
NO_ORIGINS = [
    "",
    "*",
    "https://",
    "https://:8443",
    "https://a,b",
    "https://a.example,https://b.example",
    "https://a.example https://b.example",
    "https://*.chitty.cc",
    "https://connect.chitty.cc/",
    "https://connect.chitty.cc/app",
    "https://connect.chitty.cc?x",
    "https://user@connect.chitty.cc",
    "https://Connect.chitty.cc",
    "HTTPS://connect.chitty.cc",
    "https://connect.chitty.cc:443",
    "https://connect.chitty.cc:0",
    "https://connect.chitty.cc:65536",
    "https://connect.chitty.cc:",
    "https://connect..cc",
    "https://connect",
    "https://-a.example",
    "http://connect.chitty.cc",
    "http://localhost:80",
    "ftp://localhost",
    "null",
    "https://connect.chitty.cc\n",
]


@pytest.mark.parametrize("text", ORIGINS)
def test_an_origin_is_taken_as_browsers_write_it(text):
    assert check_origin(text) == text


@pytest.mark.parametrize("text", NO_ORIGINS)
def test_what_no_browser_would_send_is_no_origin(text):
    with pytest.raises(RefusedError, match="an origin is one https://host"):
        check_origin(text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("https://op.chitty.cc", "https://op.chitty.cc"),
        ("https://op.chitty.cc:8443/connect/", "https://op.chitty.cc:8443/connect"),
        ("http://127.0.0.1:4402", "http://127.0.0.1:4402"),
        ("http://[::1]:4402", "http://[::1]:4402"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_an_address_is_taken_without_slashes_at_its_end(text, taken):
    assert check_address(text) == taken


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///path",
        "https://someone:password%40[::1]:4402",
        "https://someone%40op.chitty.cc",
        "https://:8443",
        "https://op.chitty.cc:x",
        "https://op.chitty.cc:70000",
        "https://op.chitty.cc:0",
        "https://a,b",
        "https://[::1",
        "https://user@op.chitty.cc",
        "https://op.chitty.cc?x",
        "https://op.chitty.cc\\evil",
        "https://op.chitty.cc/a b",
        "https://op.chitty.cc\n",
        "https://op.chitty.cc/\0",
        "https://op.chitty.cc/\x7f",
        "ftp://op.chitty.cc",
    ],
)
def test_what_names_no_host_is_no_address(text):
    with pytest.raises(RefusedError, match="an address is http"):
        check_address(text)


LOOPBACK = [
    "http://127.0.0.1:4402",
    "http://localhost:8080",
    "http://[::1]:1",
    "http://a.localhost",
]


@pytest.mark.parametrize("address", LOOPBACK)
def test_secrets_go_in_clear_over_loopback_only_where_that_is_allowed(address):
    check_transport(address, loopback=True)
    with pytest.raises(RefusedError, match="would carry secrets in clear; write https://"):
        check_transport(address, loopback=False)


@pytest.mark.parametrize(
    "address", ["http://op.chitty.cc", "http://10.0.0.1", "http://localhost.cc"]
)
@pytest.mark.parametrize("loopback", [True, False])
def test_secrets_never_go_over_a_network_in_clear(address, loopback):
    with pytest.raises(RefusedError, match="would carry secrets in clear"):
        check_transport(address, loopback=loopback)


@pytest.mark.parametrize("loopback", [True, False])
def test_https_is_always_right(loopback):
    check_transport("https://op.chitty.cc", loopback=loopback)
