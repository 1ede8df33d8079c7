"""Which API a stack talks to: the local one in development and rehearsals, else the real one."""

import pytest

from tests.config.examples import good, load, one, source, without


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_a_real_stack_refuses_any_address_but_the_real_one(stack):
    local = "http://127.0.0.1:4400/client/v4"
    path, text = one({**good(stack), "cloudflare:baseUrl": local}, stack)

    assert path == "cloudflare:baseUrl"
    assert text == f"{stack} talks to Cloudflare itself; remove it"


def test_a_rehearsal_of_production_stands_on_the_local_cloudflare():
    values = {**good("production"), "chittyos:rehearsal": True}
    local = {**values, "cloudflare:baseUrl": "http://127.0.0.1:4400/client/v4"}

    assert load("production", source(local, "production")).base_url
    assert one(values, "production")[0] == "cloudflare:baseUrl"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://192.168.1.2:4400/client/v4",
        "https://127.0.0.1:4400",
        "http://127.0.0.1",
        "http://127.0.0.1:0/client/v4",
        "http://127.0.0.1:99999/client/v4",
        "http://127.0.0.1:65534/client/v4",
        "http://127.0.0.1:abc/client/v4",
        "http://[::1:27400/",
        "http://127.0.0.1:4400/\0",
        "http://user:pass@127.0.0.1:4400/client/v4",
        1,
    ],
)
def test_a_development_stack_talks_to_loopback_only(url):
    values = {
        **without(good(), "cloudflare:baseUrl"),
        **({"cloudflare:baseUrl": url} if url else {}),
    }

    path, text = one(values)
    assert path == "cloudflare:baseUrl"
    assert ("must be set: " if url is None else " is refused: ") in text
    assert "set it to http://127.0.0.1:<port>/client/v4" in text
    assert "pass@" not in text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_development_stack_talks_to_any_name_of_loopback(host):
    url = f"http://{host}:65533/client/v4"

    assert load("development", source({**good(), "cloudflare:baseUrl": url})).base_url == url
