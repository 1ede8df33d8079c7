"""The token of a tunnel as cloudflared reads it, and the secret in it (OP-4)."""

import base64
import json

import pytest

from planning.refusals import RefusedError
from planning.tunnel_tokens import check_secret, new_secret, token_of

CANARY = "cAnArY-5ecret"


def test_a_token_is_json_in_base64_with_the_secret_as_it_was_given():
    secret = new_secret()

    assert json.loads(base64.b64decode(token_of("account", "tunnel", secret))) == {
        "a": "account",
        "t": "tunnel",
        "s": secret,
    }


def test_new_secrets_differ_and_are_taken():
    first, second = new_secret(), new_secret()

    assert first != second
    assert check_secret(first) == first
    assert len(base64.b64decode(first)) == 32


@pytest.mark.parametrize(
    "wrong",
    [CANARY, base64.b64encode(CANARY.encode()).decode(), "é" * 50, f" {'A' * 44}", "A" * 45],
)
def test_what_is_no_secret_is_refused_without_being_shown(wrong):
    with pytest.raises(RefusedError, match="no base64 of 32 bytes") as raised:
        check_secret(wrong)

    assert wrong not in str(raised.value)
