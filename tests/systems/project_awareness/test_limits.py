"""Limits that the worker holds (PA-9), on the real runtime: at once, and then a minute."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from harness.local_cloudflare import local_cloudflare
from systems.project_awareness.rates import Rates
from tests.systems.project_awareness.conftest import HOST, AwarenessStack, deploy

pytestmark = pytest.mark.workerd

AT_ONCE = 16
MOST = 4000
"""Requests after which a limit that has stopped none is taken for one that is not there."""

DEFAULTS = Rates()
HELD = {
    "all": ("/static/none", DEFAULTS.all_burst, DEFAULTS.all_per_minute),
    "suggestions": (
        "/api/projects/suggestions?platform=test",
        DEFAULTS.suggestions_burst,
        DEFAULTS.suggestions_per_minute,
    ),
    "sessions": (
        "/api/sessions/statistics",
        DEFAULTS.sessions_burst,
        DEFAULTS.sessions_per_minute,
    ),
    "strangers": ("/api/info", DEFAULTS.strangers_burst, DEFAULTS.strangers_per_minute),
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    """Serve one that nobody else asks: on loopback all have one address."""
    with local_cloudflare(tmp_path_factory.mktemp("limits") / "cloudflare") as cloud:
        yield deploy(cloud)


def headers_for(stack: AwarenessStack, limit: str) -> dict[str, str]:
    stranger = limit == "strangers"
    known = stack.headers(None if stranger else "claude", lifted=False)
    return {**known, "host": HOST, **({"user-agent": "curl/8.5.0"} if stranger else {})}


def outcome(answer: httpx.Response) -> str:
    """Name the limit by which the worker has refused, "" where it has answered."""
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return ""
    assert int(answer.headers["retry-after"]) >= 1
    error = answer.json()["error"]
    assert error["code"] == "rate_limited"
    found = re.search(r"\((\w+)\)", error["message"])
    assert found is not None
    return found[1]


@pytest.mark.parametrize("limit", ["sessions", "suggestions", "strangers", "all"])
def test_an_address_has_so_many_at_once_and_then_so_many_a_minute(alone, limit: str) -> None:
    """PA-9: each by itself; whoever is beyond it is told which, and when to come again."""
    path, burst, a_minute = HELD[limit]
    base = f"http://127.0.0.1:{alone.cloud.edge_port}"
    begun, found = time.monotonic(), Counter[str]()
    with httpx.Client(base_url=base, headers=headers_for(alone, limit)) as client:
        while not found[limit] and found.total() < MOST:
            with ThreadPoolExecutor(AT_ONCE) as threads:
                found += Counter(threads.map(lambda _: outcome(client.get(path)), range(burst)))

    assert found[limit] > 0
    assert found[""] <= burst + (time.monotonic() - begun) * a_minute / 60 + 1
    assert found.keys() <= {"", limit, "all"}


def test_a_signed_cookie_is_not_counted_as_a_try_to_log_in(alone: AwarenessStack) -> None:
    """PA-9: the worker looks at the signature first; a cookie of anybody's own is counted."""
    verified = alone.ask("POST", "/api/auth/verify")
    cookie = verified.headers["set-cookie"].partition(";")[0]
    forged = f"{cookie[:-8]}{'0' * 8}"

    def asked(shown: str) -> Counter[str]:
        """Ask often whose token it is, each time with this cookie."""
        session = partial(
            alone.ask, "GET", "/api/auth/session", lifted=False, headers={"cookie": shown}
        )
        with ThreadPoolExecutor(4) as threads:
            return Counter(threads.map(lambda _: outcome(session()), range(60)))

    assert asked(cookie)["auth"] == 0
    found = Counter[str]()
    while not found["auth"] and found.total() < MOST:  # what was asked before may refuse them, too
        found += asked(forged)
    assert found["auth"] > 0


def test_a_load_test_lifts_them_and_without_its_credential_they_hold(alone) -> None:
    """PA-15: the signed credential, and a run without it that meets 429."""
    statistics = partial(alone.ask, "GET", "/api/sessions/statistics")
    held = Counter[str]()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        lifted = Counter(threads.map(lambda _: outcome(statistics()), range(200)))
        while not held["sessions"] and held.total() < MOST:  # those before may be refused by "all"
            held += Counter(threads.map(lambda _: outcome(statistics(lifted=False)), range(600)))

    assert lifted == {"": 200}
    assert held["sessions"] > 0
