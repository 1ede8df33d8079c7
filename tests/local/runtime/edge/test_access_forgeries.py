"""Nobody comes in by a token that Access did not give, or that holds no longer (OP-5)."""

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.runtime.edge.keys import new_key
from tests.local.runtime.edge.forge import claims, forged, signed
from tests.local.runtime.edge.guarded import (
    ADA,
    AUD,
    BROWSER,
    ECHO,
    FORMER,
    OTHER_AUD,
    SECRET,
    application,
    behind,
    certificates,
    cookie,
    machine,
    policy,
    service,
)
from tests.support_runtime import HOST, RunningRuntime, running, script, serving

pytestmark = pytest.mark.workerd

OTHER = "other.example.com"
BY_TOKEN = policy(
    "non_identity",
    {"service_token": {"token_id": "t1"}},
    {"service_token": {"token_id": "off"}},
    {"service_token": {"token_id": "old"}},
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory) -> Iterator[RunningRuntime]:
    folder = tmp_path_factory.mktemp("forgeries")
    past = time.time() - 1
    rotated = [{"sha256": each["sha256"], "until": None} for each in service()["secrets"]]
    rotated.append({"sha256": _hash(FORMER), "until": past})
    tokens = [
        service(secrets=rotated),
        service("off", enabled=False),
        service("old", until=past),
        service("idle"),
    ]
    apps = (
        application(BY_TOKEN, policy("allow", ADA)),
        application(policy("allow", {"everyone": {}}), aud=OTHER_AUD, places=[OTHER]),
    )
    cloud = behind(serving(script(folder, ECHO)), *apps, tokens=tokens)
    with running(folder / "runtime", cloud) as started:
        yield started


@pytest.fixture(scope="module")
def key(edge) -> Any:
    return json.loads((edge.directory / "access-key.json").read_text())


@pytest.fixture(scope="module")
def other() -> Any:
    return new_key()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def test_the_key_itself_opens(edge, key):
    """Else the forgeries below would be turned away for another reason."""
    for headers in (cookie(signed(key)), {"cf-access-token": signed(key)}):
        assert edge.get("/", headers=headers).status == 200
    shown = certificates(edge)["keys"]
    assert shown == [{n: key[n] for n in ("kid", "kty", "alg", "use", "e", "n")}]


def test_no_forged_token_is_admitted(edge, key, other):
    tokens = forged(key, other)
    admitted = [
        f"{name}, as {how}"
        for name, token in tokens.items()
        for how, headers in _ways(token).items()
        if _came_in(edge, headers)
    ]

    assert len(tokens) >= 60
    assert admitted == []


def _ways(token: str) -> dict[str, dict[str, str]]:
    return {"a cookie": cookie(token), "a header": {"cf-access-token": token}}


def _came_in(edge: RunningRuntime, headers: dict[str, str]) -> bool:
    answer = edge.get("/", headers=headers)
    assert answer.status in (403, 200), answer.status
    return answer.status != 403 or "url" in answer.text


SECRETS = {
    "a wrong secret": machine(secret="0" * 64),
    "no secret": machine(secret=""),
    "the secret in capitals": machine(secret=SECRET.upper()),
    "the hash of the secret": machine(secret=_hash(SECRET)),
    "a part of the secret": machine(secret=SECRET[:-1]),
    "the secret and more": machine(secret=SECRET + "0"),
    "a secret that was rotated away": machine(secret=FORMER),
    "a token that is off": machine("off"),
    "a token that is over": machine("old"),
    "a token of no policy": machine("idle"),
    "an unknown token": machine("t9"),
    "the id alone": {"CF-Access-Client-Id": "t1.access"},
    "the secret alone": {"CF-Access-Client-Secret": SECRET},
    "the id without its ending": {**machine(), "CF-Access-Client-Id": "t1"},
    "two ids": {**machine("idle"), "CF-Access-Client-Id": "idle.access, t1.access"},
    "one header of JSON, which is not asked for": {
        "Authorization": json.dumps({k.lower(): v for k, v in machine().items()})
    },
    "an address that it gives itself": {"CF-Connecting-IP": "203.0.113.1"},
    "a mail that it gives itself": {"Cf-Access-Authenticated-User-Email": "ada@chitty.cc"},
}


@pytest.mark.parametrize("headers", SECRETS.values(), ids=SECRETS)
def test_no_other_machine_is_admitted(edge, headers):
    assert not _came_in(edge, headers)


def test_what_the_edge_writes_for_workers_opens_nothing(edge, key):
    """A worker that was asked has the token; a header that it sends on is not a session."""
    headers = {"Cf-Access-Jwt-Assertion": signed(key)}

    assert not _came_in(edge, headers)


def test_a_session_is_of_one_application(edge, key):
    """Replayed on another application it is nothing, whoever that one lets in."""
    here, there = signed(key), signed(key, None, claims(aud=[OTHER_AUD]))

    assert edge.get("/", headers=cookie(here)).status == 200
    assert edge.get("/", host=OTHER, headers=cookie(here)).status == 403
    assert not _came_in(edge, cookie(there))
    assert edge.get("/", host=OTHER, headers=cookie(there)).status != 403


def test_an_end_is_an_end_for_what_was_remembered_too(edge, key):
    short = signed(key, None, claims(exp=int(time.time()) + 2))
    assert edge.get("/", headers=cookie(short)).status == 200

    time.sleep(2.5)

    assert not _came_in(edge, cookie(short))


def test_a_browser_with_a_forged_token_is_asked_to_log_in(edge, key, other):
    for token in (signed(other), "admin"):
        answer = edge.get("/", headers={**cookie(token), **BROWSER})

        assert answer.status == 302
        assert f"kid={AUD}" in answer.headers["location"]
    assert edge.get("/", host=HOST, headers=cookie(signed(key))).status == 200
