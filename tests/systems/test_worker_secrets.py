"""Secrets as a worker is given them: more API tokens than one holds, and what is not set."""

import json

import pytest
from pydantic import SecretStr

from config.reading.source import SEALED
from systems.worker_secrets import worker_secrets

OWN = {"id": "service", "sha256": "ef" * 32, "scopes": ["projects:read"] * 9}


def tokens(count):
    return [
        {"id": f"user-{number:02}", "sha256": f"{number:064}", "scopes": ["projects:read"] * 9}
        for number in range(count)
    ]


def given(entries, **options):
    """Give the secrets of a worker that has *entries* for tokens, by name."""
    listed = SecretStr(json.dumps(entries, separators=(",", ":")))
    shown = worker_secrets({"API_TOKENS": listed, "SALT": SecretStr("s"), "NONE": None}, **options)
    return {name: secret.value for name, secret in shown.items()}


def test_a_list_that_fits_into_one_secret_stays_as_it_is_written():
    assert given(tokens(2)) == {
        "API_TOKENS": json.dumps(tokens(2), separators=(",", ":")),
        "SALT": "s",
    }


@pytest.mark.parametrize(("count", "further"), [(20, 0), (21, 1), (50, 2), (300, 14)])
def test_a_longer_list_goes_on_in_further_secrets(count, further):
    """PA-7: fifty users, each with a token of its own."""
    shown = given(tokens(count))
    lists = [json.loads(shown[name]) for name in shown if name.startswith("API_TOKENS")]
    names = {"API_TOKENS", *(f"API_TOKENS_{number}" for number in range(2, 2 + further))}

    assert shown.keys() == names | {"SALT"}
    assert [entry for each in lists for entry in each] == tokens(count)


def test_a_token_of_the_system_is_the_last_and_may_take_a_secret_more():
    assert json.loads(given(tokens(2), own_tokens=[OWN])["API_TOKENS"]) == [*tokens(2), OWN]
    assert json.loads(given(tokens(20), own_tokens=[OWN])["API_TOKENS_2"]) == [OWN]


def test_a_list_that_nobody_opened_is_not_looked_into():
    shown = worker_secrets({"API_TOKENS": SecretStr(SEALED)}, own_tokens=[OWN])

    assert {name: secret.value for name, secret in shown.items()} == {"API_TOKENS": SEALED}
