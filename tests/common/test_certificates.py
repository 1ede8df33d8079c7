"""Certificates are read where they are needed, and never done without."""

import ssl

import pytest

from common.certificates import trusted_at


def test_plain_http_trusts_nobody():
    trusted = trusted_at("http://127.0.0.1:4400")

    assert isinstance(trusted, ssl.SSLContext)
    assert trusted.verify_mode is ssl.CERT_REQUIRED
    assert trusted.check_hostname
    assert trusted.get_ca_certs() == []


@pytest.mark.parametrize("address", ["https://api.cloudflare.com", "HTTP://x", "127.0.0.1"])
def test_everywhere_else_the_client_checks_as_ever(address):
    assert trusted_at(address) is True
