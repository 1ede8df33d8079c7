"""Secrets: what they must look like, where they may stand, and that no message holds one."""

import json
import stat

import pytest

from config import ConfigError
from config.reading.references import resolve
from planning.refusals import RefusedError
from tests.config.examples import CANARY, HEX_CANARY, ROOT, SECRETS, good, load, source

TOKEN = {"id": "tests", "sha256": "ab" * 32, "scopes": ["sessions:read"]}
R2_KEY = "chittyconnect:R2_SECRET_ACCESS_KEY"
SERVICE_TOKEN = "chittyconnect:CHITTYID_SERVICE_TOKEN"
TOKENS = "chittyconnect:API_TOKENS"
EXPIRIES = json.loads((ROOT / "tests" / "contract" / "expires.json").read_text())
OWNERS = json.loads((ROOT / "tests" / "contract" / "owners.json").read_text())


def said_of(name, value, *, secret=True):
    """Give what is said of a secret, which is one sentence without the value."""
    values = {**good(), name: value}
    given = source(values)
    keys = given.secret_keys | {name} if secret else given.secret_keys - {name}
    with pytest.raises(ConfigError) as raised:
        load("development", given.__class__(given.file, given.values, keys))
    (problem,) = raised.value.problems

    assert problem.path == name
    assert CANARY not in str(raised.value)
    return problem.text


def tokens(**changes):
    return json.dumps([{**TOKEN, **changes}])


BAD_TOKENS = {
    "no JSON": (CANARY, "is not JSON"),
    "deep JSON": ("[" * 100_000, "is not JSON"),
    "no list": (json.dumps({"id": CANARY}), "is not a list"),
    "no entry": (json.dumps([CANARY]), "token [0] is wrong"),
    "no hash": (tokens(sha256=CANARY), "token [0].sha256 is wrong; it is: SHA-256 of the token"),
    "a bad id": (tokens(id=f"{CANARY} x"), "token [0].id is wrong"),
    "no scope": (tokens(scopes=[]), "token [0].scopes is wrong"),
    "an unknown scope": (tokens(scopes=[CANARY]), "known are sessions:read"),
    "no time zone": (tokens(expires="2026-01-01T00:00:00"), "token [0].expires is wrong"),
    "a further field": (tokens(value=CANARY), "token [0] is wrong"),
    "owners, none of them": (tokens(owners=[]), "token [0].owners is wrong; it is: Owners"),
    "an owner alone": (tokens(owners="CHITTY-1"), "token [0].owners is wrong"),
    "an id twice": (
        json.dumps([TOKEN, {**TOKEN, "sha256": "cd" * 32}]),
        "token [1] has the id of another",
    ),
    "a hash twice": (
        json.dumps([TOKEN, {**TOKEN, "id": "b"}]),
        "token [1] has the sha256 of another",
    ),
}


@pytest.mark.parametrize(("value", "said"), BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_bad_list_of_tokens_is_refused_without_showing_it(value, said):
    assert said in said_of(TOKENS, value)


PAST, COMING = "2020-01-01T00:00:00Z", "9999-01-01T00:00:00Z"
NONE_VALID = {
    "none": "[]",
    "an expired one": tokens(expires=PAST),
    "two expired ones": json.dumps(
        [{**TOKEN, "expires": PAST}, {**TOKEN, "id": "b", "sha256": "cd" * 32, "expires": PAST}]
    ),
}


@pytest.mark.parametrize("text", NONE_VALID.values(), ids=NONE_VALID)
def test_a_worker_that_nobody_may_call_is_refused_with_the_command(text):
    assert said_of(TOKENS, text).startswith(
        "holds no token that is valid; make one: python -m ops token issue <stack>"
    )


def test_one_valid_token_is_enough():
    both = [{**TOKEN, "expires": PAST}, {**TOKEN, "id": "b", "sha256": "cd" * 32}]

    assert load("development", source({**good(), TOKENS: json.dumps(both)}))
    assert load("development", source({**good(), TOKENS: tokens(expires=COMING)}))


def given_to_the_worker(text):
    """Load the list of tokens in *text*; return it as the worker is given it."""
    config = load("development", source({**good(), TOKENS: text}))
    return config.blocks["chittyconnect"].secrets.API_TOKENS.get_secret_value()


@pytest.mark.parametrize("expires", EXPIRIES["taken"])
def test_an_end_is_taken_as_the_worker_takes_it(expires):
    valid = {**TOKEN, "id": "valid", "sha256": "cd" * 32}
    token, _ = json.loads(given_to_the_worker(json.dumps([{**TOKEN, "expires": expires}, valid])))

    assert token.get("expires") == expires


@pytest.mark.parametrize("owner", OWNERS["taken"])
def test_an_owner_is_taken_as_the_worker_takes_it(owner):
    (token,) = json.loads(given_to_the_worker(tokens(owners=[owner, "CHITTY-2"])))

    assert token["owners"] == [owner, "CHITTY-2"]


def test_a_token_of_a_service_has_no_owners():
    (token,) = json.loads(given_to_the_worker(tokens(owners=None)))

    assert "owners" not in token


@pytest.mark.parametrize("owner", OWNERS["refused"], ids=ascii)
def test_an_owner_that_the_worker_refuses_is_refused(owner):
    assert "token [0].owners is wrong; it is: Owners" in said_of(TOKENS, tokens(owners=[owner]))


@pytest.mark.parametrize("expires", EXPIRIES["refused"], ids=ascii)
def test_an_end_that_the_worker_refuses_is_refused(expires):
    assert "token [0].expires is wrong; it is: When it ends" in said_of(
        TOKENS, tokens(expires=expires)
    )


def test_the_worker_is_given_what_was_checked_and_not_how_it_was_written():
    written = json.dumps([{**TOKEN, "expires": None}], indent=4)

    assert given_to_the_worker(written) == (
        f'[{{"id":"tests","sha256":"{"ab" * 32}","scopes":["sessions:read"]}}]'
    )


def list_of(count, **changes):
    return json.dumps(
        [{**TOKEN, "id": f"token-{n:03}", "sha256": f"{n:064}", **changes} for n in range(count)]
    )


def test_more_tokens_than_a_worker_is_given_are_refused_with_the_remedy():
    assert len(json.loads(given_to_the_worker(list_of(600)))) == 600
    assert said_of(TOKENS, list_of(700)).startswith(
        "takes 85,401 bytes and a worker is given 16 secrets of 5,120 for it, each of whole "
        "tokens, with room for one of its own; revoke some of the 700 tokens, the "
        "expired ones first (python -m ops token list), or make them of fewer scopes or owners "
        "(value not shown)"
    )


def test_a_token_of_more_owners_than_a_secret_holds_is_refused():
    owners = [f"CHITTY-{n:057}" for n in range(80)]

    assert said_of(TOKENS, tokens(owners=owners)).startswith(
        "token [0] takes 5,490 bytes and a secret of a worker takes 5,120; bind it to fewer owners"
    )


def test_what_a_binding_holds_is_counted_in_bytes():
    fits = "".join(chr(ord("à") + n % 23) for n in range(2_560))

    values = {**good(), SERVICE_TOKEN: fits}
    given = source(values)
    load(
        "development",
        given.__class__(given.file, given.values, given.secret_keys | {SERVICE_TOKEN}),
    )
    assert "takes 5,122 bytes and a variable or secret of a worker takes 5,120" in said_of(
        SERVICE_TOKEN, fits + "é"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("YOUR_TOKEN_HERE_REPLACE_ME", "is a placeholder"),
        (f"mcp_auth_{CANARY}", "was printed in a document"),
        ("hunter2", "is a word that everybody tries first"),
        ("abababab", "or the same characters again"),
        ("", "is empty"),
        ("  ", "is empty"),
        (f"{CANARY} ", "has white space around it"),
        (f"{CANARY}\x00", "characters that cannot be printed"),
    ],
)
@pytest.mark.parametrize("name", [R2_KEY, SERVICE_TOKEN])
def test_a_value_nobody_filled_in_is_refused(name, value, said):
    """Incident 9: one was uploaded empty, from a shell without input."""
    text = said_of(name, value)

    assert said in text
    assert text.endswith(
        f"(value not shown); python -m ops secret set development {name.replace(':', '.')}"
    )


@pytest.mark.parametrize(
    ("name", "length", "what"),
    [("ACCESS_KEY_ID", 32, "key id"), ("SECRET_ACCESS_KEY", 64, "secret key")],
)
@pytest.mark.parametrize(
    "wrong", [lambda good: good[1:], lambda good: good + "0", lambda good: f"g{good[1:]}"]
)
def test_the_keys_of_r2_have_their_form(name, length, what, wrong):
    right = (HEX_CANARY * 4)[:length]

    assert f"is no {what} of R2: that is {length} hexadecimal digits" in said_of(
        f"chittyconnect:R2_{name}", wrong(right)
    )
    assert load("development", source({**good(), f"chittyconnect:R2_{name}": right.upper()}))


def test_a_secret_in_clear_is_refused():
    assert "stands in clear (value not shown)" in said_of(R2_KEY, CANARY, secret=False)


def test_a_wrong_value_of_a_sealed_setting_is_not_shown():
    values = {**good(), "chittyos:plan": CANARY}
    given = source(values)
    keys = given.secret_keys | {"chittyos:plan"}
    with pytest.raises(ConfigError, match="a secret, not shown") as raised:
        load("development", given.__class__(given.file, given.values, keys))

    assert CANARY not in str(raised.value)


def test_a_loaded_configuration_does_not_print_its_secrets():
    config = load("development", source(good()))

    assert CANARY not in repr(config)
    secrets = config.blocks["chittyconnect"].secrets
    assert secrets.R2_SECRET_ACCESS_KEY.get_secret_value() == SECRETS[R2_KEY]


def test_a_connect_url_asks_for_its_token():
    values = {**good(), "chittyconnect:credentials": {"connect_url": "https://op.chitty.cc"}}
    del values["chittyconnect:ONEPASSWORD_CONNECT_TOKEN"]
    with pytest.raises(ConfigError, match="ONEPASSWORD_CONNECT_TOKEN: must be set where"):
        load("development", source(values))


REFERENCE = "op://infrastructure/r2/key"


def test_a_reference_is_resolved_and_needs_no_seal():
    values = {**good(), R2_KEY: REFERENCE}
    asked = []

    def read(reference):
        asked.append(reference)
        return HEX_CANARY[::-1] * 4

    config = load("development", source(values), resolve=read)
    assert asked == [REFERENCE]
    secrets = config.blocks["chittyconnect"].secrets
    assert secrets.R2_SECRET_ACCESS_KEY.get_secret_value() == HEX_CANARY[::-1] * 4


def test_a_resolved_value_is_checked_like_any_other():
    values = {**good(), R2_KEY: REFERENCE}
    with pytest.raises(ConfigError, match="R2_SECRET_ACCESS_KEY: is a placeholder"):
        load("development", source(values), resolve=lambda _: "changeme")


def test_nothing_is_resolved_while_something_else_is_wrong():
    values = {**good(), R2_KEY: REFERENCE, "chittyos:plan": "pro"}

    def read(reference):
        raise AssertionError(reference)

    with pytest.raises(ConfigError) as raised:
        load("development", source(values), resolve=read)
    assert [problem.path for problem in raised.value.problems] == ["chittyos:plan"]


def test_a_failing_reference_is_said_at_its_path():
    values = {**good(), R2_KEY: "op://infrastructure/r2"}
    with pytest.raises(ConfigError, match=r"is no reference; it is op://vault/item/field"):
        load("development", source(values))


@pytest.fixture
def op(tmp_path, monkeypatch):
    """Put an `op` on the PATH that does what it is told."""

    def install(script):
        program = tmp_path / "op"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return install


def test_a_reference_is_read_by_op(op):
    op('test "$*" = "read --no-newline op://infrastructure/r2/key" && printf the-value')

    assert resolve(REFERENCE) == "the-value"


def test_a_failing_op_is_said_without_what_it_printed(op):
    op(f"echo {CANARY}; echo {CANARY} >&2; exit 6")
    with pytest.raises(RefusedError, match="failed with exit code 6; sign in") as raised:
        resolve(REFERENCE)

    assert CANARY not in str(raised.value)


def test_a_missing_op_is_said_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError, match="which is not installed; install `op`"):
        resolve(REFERENCE)


def test_every_secret_of_the_examples_is_loaded():
    blocks = load("development", source(good())).blocks

    for key, value in SECRETS.items():
        system, _, name = key.partition(":")
        assert getattr(blocks[system].secrets, name).get_secret_value() == value
