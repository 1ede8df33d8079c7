"""What a message repeats of a wrong value: nothing that is, or holds, a credential."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ConfigError
from config.reading.problems import show
from planning.origins import check_allowed_origin
from planning.refusals import RefusedError
from tests.config.examples import good, load, put, source

USER, PASSWORD = "someone", "qUiet-0tter-71"
ADDRESSES = [
    "cloudflare:baseUrl",
    "chittyos:zones.0.name",
    "chittyconnect:host",
    "chittyconnect:worker.routes",
    "chittyconnect:documents.s3_endpoint",
    "chittyconnect:documents.cors_origin",
    "chittyconnect:credentials.connect_url",
]
SCHEMES = [
    "https://",
    "http://",
    "HTTPS://",
    "hTTp://",
    "//",
    "",
    "https:",
    "https:/",
    "https:\\\\",
    " https://",
]
USERS = [
    "{u}:{p}@",
    "{p}@",
    ":{p}@",
    "{p}:@",
    "{u}:{p}%40",
    "{u}:{p}\uff20",
    "{u}:{p}@@",
    "{u}%3A{p}@",
    "{u}:{p}\t@",
]
ENDS = [
    "op.chitty.cc",
    "127.0.0.1:4400/client/v4",
    "[::1]:4402",
    "localhost",
    "op.chitty.cc/a/*",
    "*.chitty.cc/*",
]

SPELLINGS = st.builds(
    lambda scheme, user, end: scheme + user.format(u=USER, p=PASSWORD) + end,
    st.sampled_from(SCHEMES),
    st.sampled_from(USERS),
    st.sampled_from(ENDS),
)


def said(values):
    with pytest.raises(ConfigError) as raised:
        load("development", source(values))
    return str(raised.value)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(ADDRESSES), address=SPELLINGS)
def test_an_address_with_a_user_is_refused_and_not_repeated(path, address):
    value = [address] if path.endswith("routes") else address
    text = said(put(good(), path, value))

    assert USER not in text
    assert PASSWORD not in text
    assert f"Pulumi.development.yaml: {path.partition('.')[0]}" in text


@settings(max_examples=100, deadline=None)
@given(address=SPELLINGS)
def test_an_origin_with_a_user_is_refused_and_not_repeated(address):
    with pytest.raises(RefusedError) as raised:
        check_allowed_origin(address)

    assert PASSWORD not in str(raised.value)


NESTED = {
    "a variable with keys": ("chittyconnect:worker.variables", {"A": {"B": PASSWORD}}),
    "a variable with a list": ("chittyconnect:worker.variables", {"A": [PASSWORD]}),
    "a variable that is a number": ("chittyconnect:worker.variables", {"PIN": 710_071}),
    "variables as a list": ("chittyconnect:worker.variables", [{"A": PASSWORD}]),
    "variables as text": ("chittyconnect:worker.variables", PASSWORD),
    "a block as a list": ("chittyconnect:worker", [{"variables": {"A": PASSWORD}}]),
    "a block as JSON that is none": ("chittyconnect:worker", f'{{"a": "{PASSWORD}", "a": 1}}'),
    "a list as JSON that is none": ("chittyconnect:worker", f'[{{"a": "{PASSWORD}", "a": 1}}]'),
    "keys where text is": ("chittyos:plan", {"a": PASSWORD}),
    "a list where text is": ("chittyconnect:host", [PASSWORD]),
    "a query": ("chittyconnect:documents.s3_endpoint", f"https://op.chitty.cc/?a={PASSWORD}"),
    "a query of a route": ("chittyconnect:worker.routes", [f"op.chitty.cc/x?a={PASSWORD}"]),
    "a fragment": ("chittyconnect:credentials.connect_url", f"https://a.example/#{PASSWORD}"),
    "a token in a path": ("chittyconnect:host", "https://a.example/ghp_" + "0aB1cD2eF3" * 4),
    "a token alone": ("chittyos:plan", "cfut_" + "0aB1cD2eF3" * 4),
    "an address as a key": (f"chittyconnect:https://{USER}:{PASSWORD}@a.example", "x"),
    "an address as a namespace": (f"https://{USER}:{PASSWORD}@a.example", "x"),
}


@pytest.mark.parametrize(("path", "value"), NESTED.values(), ids=NESTED)
def test_what_may_hold_a_credential_is_not_repeated(path, value):
    values = {**good(), path: value} if USER in path else put(good(), path, value)
    text = said(values)

    assert "not shown" in text
    assert not any(part in text for part in (PASSWORD, USER, "710071", "710_071", "0aB1cD2eF3"))


SHOWN = ["pro", 5, True, 1.5, "connect.example.com", "http://127.0.0.1:4400/client/v4", "", [], {}]


@pytest.mark.parametrize("value", SHOWN, ids=json.dumps)
def test_what_cannot_hold_one_is(value):
    assert show(value) == repr(value)
