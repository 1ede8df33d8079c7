"""Rules and limits of Project Awareness on the running edge, in front of its real worker.

A stack of its own: limits count addresses, and on loopback there is one.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from config import PlatformConfig
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from systems.project_awareness.system import SYSTEM
from tests.config.examples import good, loaded
from tests.systems.project_awareness.conftest import HOST, SHARED, AwarenessStack, deploy

pytestmark = pytest.mark.workerd

NAME = "project_awareness"
LIST = "watched_by_tests"
PAGES = [
    "https://claude.ai",
    "https://openai.com",
    "https://chat.openai.com",
    "https://chatgpt.com",
]
STATISTICS = "/api/sessions/statistics"
SYNC = "/api/projects/sync"
TELLS = {"source_platform": "test", "sync_type": "project_switch"}
NEVER = {"authorization": "Bearer nobody-has-this-token"}
AT_ONCE = 16


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    """Serve the worker behind all four rules of PA-8, as the system declares them."""
    with local_cloudflare(tmp_path_factory.mktemp("edge") / "cloudflare") as cloud:
        stack = deploy(cloud)
        rules = SYSTEM.zone_rules(_configured().blocks[NAME].settings)
        _install(cloud, list(rules))
        yield stack


def _configured() -> PlatformConfig:
    edge = {
        "sync_origins": PAGES,
        "watched_addresses": ["192.0.2.1"],
        "watched_list": LIST,
        "challenge_strangers": True,
        "challenge_floods": True,
    }
    worker = {**good()[f"{NAME}:worker"], "routes": [f"{SHARED}/project-awareness/*"]}
    changes: dict[str, Any] = {"host": HOST, "worker": worker, "edge": edge}
    return loaded("development", **{f"{NAME}:{key}": value for key, value in changes.items()})


def _install(cloud: LocalCloudflare, rules: list[Any]) -> None:
    body = {"kind": "ip", "name": LIST}
    cloud.result("POST", cloud.account("/rules/lists"), json=body)
    for phase in sorted({rule.phase for rule in rules}):
        told = [
            {"ref": each.ref, "expression": each.expression, "action": each.action}
            | dict(each.parameters)
            for each in rules
            if each.phase == phase
        ]
        made = {"kind": "zone", "name": phase, "phase": phase, "rules": told}
        cloud.result("POST", f"/zones/{cloud.zone_id}/rulesets", json=made)


def watch(cloud: LocalCloudflare, *addresses: str) -> None:
    """Give the list other addresses, and wait for the operation."""
    lists = cloud.account("/rules/lists")
    (found,) = cloud.result("GET", lists)
    items = [{"ip": each} for each in addresses]
    begun = cloud.result("PUT", f"{lists}/{found['id']}/items", json=items)
    operation = f"{lists}/bulk_operations/{begun['operation_id']}"
    deadline = time.monotonic() + 60
    while cloud.result("GET", operation)["status"] != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def outcome(answer: httpx.Response) -> str:
    """Say who answered: the edge, by a block or a challenge, or the worker with its status."""
    if answer.headers.get("cf-mitigated") == "challenge":
        return "challenged"
    if answer.text.startswith("error code: 1020"):
        return "blocked"
    return f"worker {answer.status_code}"


def many(ask: Callable[[], httpx.Response], count: int) -> "Counter[str]":
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(lambda _: outcome(ask()), range(count)))


def test_a_watched_address_is_blocked_where_it_shows_no_token(guarded: AwarenessStack) -> None:
    """PA-8 (b): by the list as it is at the moment; what shows a token the worker looks at."""
    ask = partial(guarded.ask, "GET", STATISTICS)
    shared = partial(guarded.ask, "GET", f"/project-awareness{STATISTICS}", None, host=SHARED)

    watch(guarded.cloud, "192.0.2.1")
    assert outcome(ask(None)) == "worker 401"
    watch(guarded.cloud, "192.0.2.1", "127.0.0.0/8")
    assert [outcome(ask(None)), outcome(shared())] == ["blocked", "blocked"]
    assert outcome(ask()) == "worker 200"
    assert outcome(ask(None, headers=NEVER)) == "worker 401"
    assert outcome(guarded.ask("GET", "/health", None)) == "worker 200"
    watch(guarded.cloud)
    assert outcome(ask(None)) == "worker 401"


def test_others_on_the_shared_host_are_left_alone(guarded: AwarenessStack) -> None:
    """PA-8: what lies beside the worker's own path is of other systems, which decide themselves."""
    watch(guarded.cloud, "127.0.0.0/8")
    for method, path in [("GET", "/other/sessions/1"), ("POST", f"/other{SYNC}")]:
        answer = guarded.ask(method, path, None, host=SHARED)
        assert outcome(answer) not in {"blocked", "challenged"}, path
    watch(guarded.cloud)


@pytest.mark.parametrize("origin", ["https://evil.example", "https://claude.ai.evil.example", None])
def test_what_comes_from_no_known_page_is_challenged(guarded: AwarenessStack, origin) -> None:
    """PA-8 (d)."""
    headers = {} if origin is None else {"origin": origin}
    tells = partial(guarded.ask, "POST", json=TELLS, headers=headers)

    assert outcome(tells(SYNC, None)) == "challenged"
    assert outcome(tells(f"/project-awareness{SYNC}", None, host=SHARED)) == "challenged"
    assert outcome(guarded.ask("GET", SYNC, None, headers=headers)) != "challenged"


@pytest.mark.parametrize("origin", PAGES)
def test_what_comes_from_an_assistants_page_reaches_the_worker(guarded, origin) -> None:
    """PA-8 (d): the worker refuses it without a token, and takes it with one."""
    headers = {"origin": origin}

    assert outcome(guarded.ask("POST", SYNC, None, json=TELLS, headers=headers)) == "worker 401"
    assert outcome(guarded.ask("POST", SYNC, json=TELLS, headers=headers)) == "worker 200"


def test_servers_tell_each_other_of_projects_with_the_rules_on(guarded: AwarenessStack) -> None:
    """PA-8: a service shows its token, has no page and no assistant's name, and asks often."""
    service = {"user-agent": "chittychat/1.0"}
    tells = partial(guarded.ask, "POST", SYNC, json=TELLS)

    told = many(partial(tells, headers=service), 110)
    refused = many(partial(tells, None, headers={**service, **NEVER}), 110)

    assert told == {"worker 200": 110}
    assert refused == {"worker 401": 110}  # it shows one, so the worker decides


def test_strangers_are_challenged_and_assistants_pass(guarded: AwarenessStack) -> None:
    """PA-8 (a): more than 100 a minute; what fetches at a user's word is an assistant."""
    ask = partial(guarded.ask, "GET", "/api/info", None)
    stranger = partial(ask, headers={"user-agent": "curl/8.5.0"})

    first, more = many(stranger, 100), many(stranger, 110)

    assert set(first) == {"worker 200"}
    assert more["challenged"] > 0  # by 110 more, though a minute may have ended between
    for name in ("Claude-User/1.0", "ChatGPT-User/1.0", "claude-code/2.1", "OpenAI/1"):
        assert set(many(partial(ask, headers={"user-agent": name}), 5)) == {"worker 200"}, name
    assert outcome(stranger(headers={"user-agent": "curl/8.5.0", **NEVER})) != "challenged"
    at_shared = partial(guarded.ask, "GET", host=SHARED, headers={"user-agent": "curl/8.5.0"})
    below = many(partial(at_shared, "/project-awareness/api/info", None), 110)
    beside = many(partial(at_shared, "/api/info", None), 110)
    assert below["challenged"] > 0
    assert beside["challenged"] == 0


def test_a_flood_is_challenged_whoever_it_is_from(guarded: AwarenessStack) -> None:
    """PA-8 (c): more than 1,000 a minute. Last, for whoever asks next is challenged as well."""
    with httpx.Client(base_url=f"http://127.0.0.1:{guarded.cloud.edge_port}") as client:
        headers = {**guarded.headers("claude", lifted=True), "host": HOST}
        ask = partial(client.get, "/static/none", headers=headers)
        counted: Counter[str] = Counter()
        while not counted["challenged"] and counted.total() < 5000:
            counted += many(ask, 250)

    assert counted["challenged"] > 0
    assert set(counted) == {"challenged", "worker 404"}
