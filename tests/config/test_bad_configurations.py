"""A thousand ways to spoil a configuration: one clear sentence each, and no secret in any."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ConfigError
from config.deployment import Deployment
from config.reading.problems import LONGEST_VALUE
from systems.chittyconnect.settings import ChittyConnect
from tests.config.examples import CANARY, OPTIONAL, SECRETS, good, load, put, source, without

STACKS = ["development", "pr-7", "staging", "production"]
LONGEST_SENTENCE = 1200

REQUIRED = [
    "chittyos:environment",
    "chittyos:account",
    "chittyos:plan",
    "chittyos:zones",
    "chittyos:zones.0.name",
    "chittyos:zones.0.id",
    "chittyos:zones.0.plan",
    "chittyos:zones.0.owner",
    "chittyconnect:host",
    "chittyconnect:worker",
    "chittyconnect:worker.name",
    "chittyconnect:worker.compatibility_date",
    "chittyconnect:sessions",
    "chittyconnect:sessions.namespace",
    "chittyconnect:documents",
    "chittyconnect:documents.bucket",
    "chittyconnect:database.name",
    "chittyconnect:queue.name",
    "chittyconnect:queue.dead_letters",
    *sorted(SECRETS.keys() - OPTIONAL),
]
PLACES = [
    "chittyos:zones.0",
    "chittyconnect:worker",
    "chittyconnect:worker.observability",
    "chittyconnect:rollout",
    "chittyconnect:sessions",
    "chittyconnect:documents",
    "chittyconnect:documents.lifecycle",
    "chittyconnect:database",
    "chittyconnect:queue",
    "chittyconnect:credentials",
]
NUMBERS = {
    "chittyconnect:worker.cpu_ms": 300_000,
    "chittyconnect:worker.subrequests": 10_000,
    "chittyconnect:sessions.ttl_seconds": 31_536_000,
    "chittyconnect:sessions.max_bytes": 1_048_576,
    "chittyconnect:documents.max_upload_bytes": 104_857_600,
    "chittyconnect:queue.batch_size": 100,
    "chittyconnect:queue.max_wait_ms": 60_000,
    "chittyconnect:queue.max_retries": 100,
    "chittyconnect:queue.retry_delay_seconds": 86_400,
    "chittyconnect:queue.max_concurrency": 250,
}
CHOICES = [
    "chittyos:environment",
    "chittyos:plan",
    "chittyos:zones.0.plan",
    "chittyconnect:worker.placement",
    "chittyconnect:documents.location",
    "chittyconnect:database.location",
]
SWITCHES = [
    "chittyos:rehearsal",
    "chittyconnect:rollout.everyone",
    "chittyconnect:documents.enabled",
    "chittyconnect:worker.observability.traces",
]
NAMES = [
    "chittyos:account",
    "chittyos:zones.0.id",
    "chittyconnect:host",
    "chittyconnect:worker.name",
    "chittyconnect:documents.bucket",
    "chittyconnect:database.name",
    "chittyconnect:queue.name",
    "chittyconnect:queue.dead_letters",
]
TOP = {f"chittyos:{name}" for name in Deployment.model_fields} | {
    f"chittyconnect:{name}" for name in ChittyConnect.model_fields
}

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12)
ODD = st.sampled_from(["Bad Name", "-edge-", "a" * 300, "ümlaut", "a/b", "with\nline", "", "a..b"])
FREE_TEXT = st.text(min_size=1, max_size=200).map(lambda text: f"{text}?")
SHARES = st.one_of(
    st.floats(1.001, 1e6), st.floats(-1e6, -0.001), st.just("a tenth"), st.just(0.123)
)


def change(paths, values):
    """Spoil one of *paths* by one of *values*."""
    return st.tuples(st.sampled_from(sorted(paths)), values).map(
        lambda drawn: (drawn[0], lambda config: put(config, drawn[0], drawn[1]))
    )


def _unknown_in(place, word):
    path = f"{place}.no_{word}"
    return path, lambda config: put(config, path, CANARY)


def _too_large(drawn):
    path, excess = drawn
    return path, lambda config: put(config, path, NUMBERS[path] + excess)


def _top(word):
    return f"chittyconnect:no_{word}", lambda config: {**config, f"chittyconnect:no_{word}": CANARY}


def _namespace(word):
    return f"no{word}:x", lambda config: {**config, f"no{word}:x": CANARY}


MISTAKES = st.one_of(
    st.sampled_from(REQUIRED).map(lambda path: (path, lambda config: without(config, path))),
    st.tuples(st.sampled_from(PLACES), WORDS).map(lambda drawn: _unknown_in(*drawn)),
    st.tuples(st.sampled_from(sorted(NUMBERS)), st.integers(1, 10**9)).map(_too_large),
    change(NUMBERS, st.integers(-(10**9), -1) | FREE_TEXT),
    change(CHOICES, WORDS.map(lambda word: f"no-{word}")),
    change(SWITCHES, FREE_TEXT | st.integers(2, 99)),
    change(NAMES, ODD),
    change(["chittyconnect:rollout.percentage"], SHARES),
    change(["chittyconnect:worker.crons"], FREE_TEXT.map(lambda text: [text])),
    change(["chittyconnect:worker.compatibility_date"], FREE_TEXT),
    change(SECRETS, st.sampled_from(["", "changeme", "YOUR_TOKEN_HERE_REPLACE_ME", "mcp_auth_1"])),
    change(TOP - {"chittyconnect:host", "chittyos:account"}, st.just([[CANARY]])),
    WORDS.map(_top),
    WORDS.map(_namespace),
)


def as_path(path):
    """Write a path as Pulumi does."""
    key, *parts = path.split(".")
    return key + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(stack=st.sampled_from(STACKS), mistake=MISTAKES)
def test_a_spoilt_configuration_is_one_clear_sentence(stack, mistake):
    """FW-1."""
    path, spoil = mistake
    given_values = source(spoil(good(stack)), stack)
    with pytest.raises(ConfigError) as raised:
        load(stack, given_values)

    (problem,) = raised.value.problems
    said = str(raised.value)
    key = path.partition(".")[0]
    assert said.startswith(f"Pulumi.{stack}.yaml: ")
    assert problem.path.startswith(key.partition(":")[0])
    assert problem.path.startswith(as_path(path)) or path in TOP | {"chittyconnect:queue.name"}
    assert "\n" not in said
    assert len(said) < LONGEST_SENTENCE + LONGEST_VALUE
    assert all(secret not in said for secret in SECRETS.values())


def test_the_secrets_of_the_property_are_ones_that_could_leak():
    assert CANARY in json.dumps(SECRETS)
    assert load("development", source(good()))
