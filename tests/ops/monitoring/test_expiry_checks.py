"""What ends by itself is told of every day, the deploy token first (incident 15)."""

import json
from contextlib import contextmanager

import pytest

from ops.cloudflare_api.answer import Answer
from ops.monitoring import expiry_checks
from ops.preflight.verdicts import State
from tests.ops.monitoring.example_checks import STAGING, watched


class Asked:
    """Answers by the beginnings of paths; all else is not there."""

    def __init__(self, answers):
        self.answers = answers
        self.paths: list[str] = []

    def get(self, path, _query=None):
        self.paths.append(path)
        return next(
            (answer for end, answer in self.answers.items() if path.endswith(end)), Answer(404)
        )


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Give what judges the endings of staging by what its API answers."""

    def judge(answers, secret=lambda _: None, **read):
        asked = Asked(answers)

        @contextmanager
        def api(_):
            yield asked

        monkeypatch.setattr("ops.monitoring.deployed_stack.Watched.api", api)
        of = watched(tmp_path, registered=(), secret=secret, **read)
        return list(expiry_checks.endings_of(of)), asked.paths

    return judge


def token(**more):
    return {
        "/tokens/verify": Answer(200, {"id": "t1", "status": "active", **more}),
        "/tokens/t1": Answer(403),
    }


REFUSED = {
    "revoked": ({"/tokens/verify": Answer(401, codes=(1000,))}, "is refused"),
    "not let in": ({"/tokens/verify": Answer(403, codes=(9109,))}, "(403, code 9109)"),
    "expired": (token(status="expired"), "it is expired"),
    "disabled": (token(status="disabled"), "it is disabled"),
}


@pytest.mark.parametrize(("answers", "said"), REFUSED.values(), ids=REFUSED)
def test_incident_15_a_token_that_does_not_hold_is_a_fault_with_its_remedy(judged, answers, said):
    found, paths = judged(answers)

    assert found[0].state is State.FAULT
    assert said in found[0].said
    assert "python -m ops token-policy staging" in found[0].next
    assert all("/tokens/" in path for path in paths)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_token_is_not_called_refused_by_an_api_that_does_not_say(judged, status):
    """The other owner is not asked: a token of the account is none of a user."""
    (found,), paths = judged({"/tokens/verify": Answer(status)})

    assert (found.state, len(paths)) == (State.UNKNOWN, 1)
    assert found.said == f"whether it holds is not known: the API does not say ({status})"


def test_incident_15_a_token_that_ends_within_thirty_days_is_a_warning(judged):
    found, _ = judged(token(expires_on="2026-12-20T00:00:00Z"))

    assert (found[0].state, found[0].said) == (
        State.WARNING,
        "it ends in 19 days, and every deployment with it",
    )


def test_tokens_that_a_system_issued_are_warned_of_and_never_a_fault(judged):
    entries = [
        {"id": "a", "expires": "2026-12-01T00:00:00+00:00"},
        {"id": "b", "expires": "2026-01-01T00:00:00+00:00"},
        {"id": "c", "expires": "2028-01-01T00:00:00+00:00"},
        {"id": "d"},
    ]
    secrets = {"chittyconnect:API_TOKENS": json.dumps(entries)}

    found, _ = judged(token(), secrets.get)

    issued = {each.subject: each.state for each in found[1:]}
    assert issued == {
        "API token a of chittyconnect": State.WARNING,
        "API token b of chittyconnect": State.WARNING,
        "API token c of chittyconnect": State.GOOD,
    }
    assert STAGING.name in next(each.next for each in found if each.next)


def test_whose_list_is_encrypted_is_said_to_be_not_looked_at(judged):
    """A runner that only reads has no passphrase: nothing may look well there that was not seen."""
    found, _ = judged(token(), opens=False)

    issued = [each for each in found if each.subject.startswith("API tokens of ")]
    assert {each.state for each in issued} == {State.NOT_RUN}
    assert "API tokens of chittyconnect" in [each.subject for each in issued]
    assert "their list is encrypted, and PULUMI_CONFIG_PASSPHRASE is not set" in issued[0].said
