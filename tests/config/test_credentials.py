"""Which service reads which vault is said where there is a Connect server (OP-3, CC-11)."""

import json

import pytest

from config import ConfigError
from tests.config.examples import SECRETS, good, load, put, source

SERVICES = "chittyconnect:credentials.services"
URL = "chittyconnect:credentials.connect_url"
TOKEN = "chittyconnect:ONEPASSWORD_CONNECT_TOKEN"
TOKENS = "chittyconnect:ONEPASSWORD_CONNECT_TOKENS"
ACCESS_ID = "chittyconnect:ONEPASSWORD_ACCESS_CLIENT_ID"
ACCESS_SECRET = "chittyconnect:ONEPASSWORD_ACCESS_CLIENT_SECRET"
CHITTYID = {"chittyid": {"vaults": ["services"]}}
CANARY = "cAnArY-of-connect-51"


def loaded(services, stack="production", **secrets):
    """Load *stack* with a Connect server, *services* and *secrets*."""
    given = {TOKEN: f"{CANARY}-token", **secrets}
    values = put(put(good(stack), URL, "https://op.chitty.cc"), SERVICES, services)
    made = source({**values, **given}, stack)
    keys = frozenset({*SECRETS, *given})
    return load(stack, made.__class__(made.file, made.values, keys))


def faults(services, **secrets):
    with pytest.raises(ConfigError) as raised:
        loaded(services, **secrets)
    assert CANARY not in str(raised.value)
    return {problem.path: problem.text for problem in raised.value.problems}


def test_the_worker_is_told_who_reads_what():
    both = {"mailer": {"vaults": ["a", "b"], "api_tokens": ["first"]}, **CHITTYID}
    block = loaded(both).blocks["chittyconnect"].settings.credentials

    assert json.loads(block.permissions()) == {
        "chittyid": {"vaults": ["services"], "tokens": []},
        "mailer": {"vaults": ["a", "b"], "tokens": ["first"]},
    }


def test_a_server_without_a_list_of_services_is_refused():
    (said,) = faults({}).items()

    assert said[0] == SERVICES
    assert "must say who reads which vaults" in said[1]


@pytest.mark.parametrize(
    "services",
    [
        {"chittyid": {"vaults": []}},
        {"chittyid": {"vaults": ["Services"]}},
        {"chittyid": {"vaults": ["a/b"]}},
        {"Chitty Id": {"vaults": ["services"]}},
        {"chittyid": {"vault": ["services"]}},
        {f"service-{number}": {"vaults": ["services"] * 4} for number in range(80)},
    ],
)
def test_what_the_worker_would_not_take_is_refused(services):
    assert all(path.startswith(SERVICES) for path in faults(services))


def test_a_service_may_have_a_token_of_its_own():
    tokens = json.dumps({"chittyid": f"{CANARY}-own"})

    assert loaded(CHITTYID, **{TOKENS: tokens})
    assert faults({"mailer": CHITTYID["chittyid"]}, **{TOKENS: tokens}) == {
        TOKENS: f"'chittyid' is no service of {SERVICES}; list it there, or leave it out"
    }


@pytest.mark.parametrize("text", ["[]", "{}", "{", '{"chittyid": ""}', '{"chittyid": "a b"}'])
def test_tokens_of_another_form_are_refused(text):
    said = faults(CHITTYID, **{TOKENS: text.replace("a b", f"{CANARY} b")})

    assert "JSON object of services with a token each" in said[TOKENS]


@pytest.mark.parametrize(
    ("given", "missing"), [(ACCESS_ID, ACCESS_SECRET), (ACCESS_SECRET, ACCESS_ID)]
)
def test_half_a_service_token_is_refused(given, missing):
    said = faults(CHITTYID, **{given: f"{CANARY}-half"})

    assert list(said) == [missing]
    assert "two halves of one token" in said[missing]
    assert loaded(CHITTYID, **{given: f"{CANARY}-one", missing: f"{CANARY}-two"})
