"""The stand-in talks to loopback only, and says what it needs."""

import pytest

from provider.cloudflare import settings
from provider.errors import PluginError
from provider.values import UNKNOWN

TOKEN = "t" * 40
LOOPBACK = [
    "http://127.0.0.1:4400/client/v4",
    "http://127.8.9.1:4400/client/v4",
    "http://[::1]:4400/client/v4",
    "http://localhost:4400/client/v4",
]
ELSEWHERE = [
    "",
    "https://api.cloudflare.com/client/v4",
    "http://127.0.0.1.example.com/client/v4",
    "http://localhost.example.com/client/v4",
    "http://127.0.0.1@example.com/client/v4",
    "http://example.com#@127.0.0.1/client/v4",
    "http://10.0.0.1:4400/client/v4",
    "http://0.0.0.0:4400/client/v4",
    "http://2130706433:4400/client/v4",
    "ftp://127.0.0.1/client/v4",
    "127.0.0.1:4400",
    "http://[::1",
]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)


@pytest.mark.parametrize("url", LOOPBACK)
def test_takes_loopback(url):
    assert settings.read({"baseUrl": url, "apiToken": TOKEN}).base_url == url


@pytest.mark.parametrize("url", ELSEWHERE)
def test_refuses_everything_else(url):
    with pytest.raises(PluginError, match="talks to a local Cloudflare only"):
        settings.read({"baseUrl": url, "apiToken": TOKEN})


def test_an_unknown_address_is_no_loopback():
    with pytest.raises(PluginError, match="not known yet"):
        settings.base_url({"baseUrl": UNKNOWN})


def test_the_environment_stands_in_for_the_configuration(monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", LOOPBACK[0])
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)

    assert settings.read({}) == settings.Settings(LOOPBACK[0], TOKEN)


@pytest.mark.parametrize("token", ["", "short", "with spaces " * 5, "t" * 81])
def test_asks_for_a_token_without_showing_the_one_it_got(token):
    with pytest.raises(PluginError, match="CLOUDFLARE_API_TOKEN") as refused:
        settings.read({"baseUrl": LOOPBACK[0], "apiToken": token})

    assert not token or token not in str(refused.value)
