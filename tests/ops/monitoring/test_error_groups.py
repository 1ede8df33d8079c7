"""Errors of workers, read from the logs of a local Cloudflare and counted by kind (FW-10)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from harness.local_cloudflare import local_cloudflare
from ops.monitoring import error_logs, known_errors
from ops.monitoring.error_groups import grouped, scripts_of
from ops.monitoring.workers_logs import MOST_PAGES, PAGE, NotReadError, Telemetry, Window
from ops.paths import Paths
from ops.stack.target import Target
from systems.preconditions import TOKEN
from tests.support_runtime import eventually

pytestmark = pytest.mark.usefixtures("waited")

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)


def event(number, *, source=None, request=None, outcome="ok", seconds=0, **about):
    """Make an event as Workers Logs has it, *seconds* before `NOW`."""
    return {
        "dataset": "cloudflare-workers",
        "timestamp": round((NOW.timestamp() - seconds) * 1000),
        "source": source or {},
        "$workers": {"scriptName": "api", "outcome": outcome, "eventType": "fetch"},
        "$metadata": {
            "id": f"{number:026}",
            "service": "api",
            "requestId": request or f"r{number}",
            "trigger": "GET /sessions/17",
            "type": "cf-worker",
            "level": "error",
            **about,
        },
    }


def thrown(number, message, line=3, **more):
    stack = f"TypeError: {message}\n    at mint (worker.js:{line}:9)"
    exception = {"name": "TypeError", "message": message, "stack": stack}
    return event(number, source={"exception": exception}, outcome="exception", **more)


def ended(number, outcome, **more):
    return event(number, outcome=outcome, type="cf-worker-event", **more)


def test_the_same_error_about_other_things_and_on_other_lines_is_one_kind():
    (found,) = grouped(
        [
            thrown(1, "no session 1234", seconds=10),
            thrown(2, "no session 9", line=40, seconds=300),
            thrown(3, "no session 77", seconds=20),
        ]
    )

    assert (found.count, str(found)) == (3, "api: TypeError: no session <n> in mint worker.js")
    assert (NOW - found.first, NOW - found.last) == (timedelta(minutes=5), timedelta(seconds=10))
    assert found.trigger == "GET /sessions/<n>"


def test_another_name_worker_place_or_word_is_another_kind():
    other = thrown(4, "no session 1")
    other["$metadata"]["service"] = "watch"
    named = thrown(5, "no session 1")
    named["source"]["exception"]["name"] = "RangeError"
    placed = thrown(6, "no session 1")
    placed["source"]["exception"]["stack"] = "Error\n    at read (worker.js:3:9)"

    found = grouped([thrown(1, "no session 1"), thrown(2, "no room 1"), other, named, placed])

    assert len({each.fingerprint for each in found}) == len(found) == 5


def test_the_place_is_never_read_out_of_the_message_that_a_stack_begins_with():
    said = "refused:\n    at alice (smith)"
    (found,) = grouped([thrown(1, said)])

    assert found.place == "mint worker.js"


def test_how_a_request_ended_is_counted_where_nothing_was_thrown():
    found = grouped(
        [
            thrown(1, "no", request="a"),
            ended(2, "exception", request="a"),
            ended(3, "exceededCpu"),
            ended(4, "canceled"),
            ended(5, "ok"),
        ]
    )

    assert sorted((each.kind, each.name) for each in found) == [
        ("ended", "exceededCpu"),
        ("thrown", "TypeError"),
    ]


def test_a_line_of_the_level_error_is_known_by_what_it_says():
    as_object = event(1, source={"event": "flush_failed", "session": "abc"})
    as_text = event(2, source={"message": "flush of 3 failed"})
    harmless = event(3, source={"message": "asked"}, level="info")

    found = grouped([as_object, as_text, harmless])

    assert sorted(each.said for each in found) == ["flush of <n> failed", "flush_failed"]


def test_workers_are_those_of_the_state():
    urn = "urn:pulumi:staging::chittyos::cloudflare:index/{0}:{1}::{2}"
    resources = [
        {"urn": urn.format("workersScript", "WorkersScript", "a"), "inputs": {"scriptName": "api"}},
        {"urn": urn.format("worker", "Worker", "b"), "outputs": {"name": "router"}},
        {"urn": urn.format("r2Bucket", "R2Bucket", "c"), "inputs": {"name": "docs"}},
        {"urn": "urn:pulumi:staging::chittyos::chittyos:cloudflare:Worker::d", "inputs": {}},
    ]

    assert scripts_of(resources) == ["api", "router"]


def answering(pages, asked):
    """Answer queries by the *pages*, one after another, and note what was *asked*."""
    listed = iter(pages)

    def answer(request):
        asked.append(json.loads(request.content))
        return httpx.Response(200, json={"result": {"events": {"events": next(listed)}}})

    return httpx.MockTransport(answer)


def telemetry(transport):
    return Telemetry("https://api.example/client/v4", "ab" * 16, "t", transport)


def test_pages_are_followed_and_only_the_workers_of_the_stack_are_asked_for():
    asked: list[Any] = []
    full = [event(number) for number in range(PAGE, 0, -1)]

    found = list(telemetry(answering([full, [event(0)]], asked)).errors(["api", "x"], WINDOW))

    assert len(found) == PAGE + 1
    assert [each.get("offset") for each in asked] == [None, f"{1:026}"]
    assert asked[0]["parameters"]["filters"][1]["value"] == "api,x"
    assert asked[0]["timeframe"]["to"] - asked[0]["timeframe"]["from"] == 86_400_000


def test_it_ends_after_so_many_pages():
    pages = [[event(page * PAGE + n) for n in range(PAGE)] for page in range(MOST_PAGES + 1)]

    assert len(list(telemetry(answering(pages, [])).errors(["api"], WINDOW))) == PAGE * MOST_PAGES


def test_an_account_that_was_asked_too_often_is_asked_again():
    answers = [
        httpx.Response(429, headers={"retry-after": "0"}, json={}),
        httpx.Response(200, json={"result": {"events": {"events": [event(1)]}}}),
    ]

    asked = telemetry(httpx.MockTransport(lambda _: answers.pop(0)))

    assert len(list(asked.events(["api"], WINDOW))) == 1


def test_a_page_that_comes_again_is_an_error_and_no_endless_list():
    pages = [[event(n) for n in range(PAGE)]] * 3

    with pytest.raises(NotReadError, match="the same page of logs again and again"):
        list(telemetry(answering(pages, [])).events(["api"], WINDOW))


REFUSED = {
    "no right": (httpx.Response(403, json={"errors": [{"code": 10000}]}), "Workers Observability"),
    "a query": (httpx.Response(400, json={"errors": [{"code": 10001}]}), "(400, code 10001)"),
    "a page": (httpx.Response(200, html="<p>"), "does not answer as Cloudflare's API v4"),
    "no events": (httpx.Response(200, json={"result": {}}), "does not answer as the query API"),
    "odd events": (
        httpx.Response(200, json={"result": {"events": {"events": [{"timestamp": "x"}]}}}),
        "does not answer as the query API does",
    ),
}


@pytest.mark.parametrize(("response", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_answer_leaves_errors_unknown(response, said):
    asked = telemetry(httpx.MockTransport(lambda _: response))

    with pytest.raises(NotReadError) as refused:
        list(asked.errors(["api"], WINDOW))

    assert said in str(refused.value)
    assert refused.value.exit_code == 4


def test_what_a_check_has_told_of_is_not_new_until_it_is_forgotten(tmp_path):
    file = known_errors.place(tmp_path, "staging")
    (failure,) = grouped([thrown(1, "no session 1", seconds=60)])
    assert known_errors.read(file).is_new(failure, WINDOW.begin)

    known_errors.write(file, known_errors.read(file).with_all([failure], NOW))

    again = known_errors.read(file)
    assert not again.is_new(failure, WINDOW.begin)
    assert file.stat().st_mode & 0o777 == 0o600
    later = again.with_all([], NOW + known_errors.FORGOTTEN)
    assert later.is_new(failure, WINDOW.begin)


def test_what_the_logs_have_from_before_is_not_new_where_nothing_was_noted():
    (failure,) = grouped([thrown(1, "no"), thrown(2, "no", seconds=100_000)])

    assert not known_errors.Seen().is_new(failure, WINDOW.begin)


def test_a_damaged_note_is_no_note(tmp_path):
    file = known_errors.place(tmp_path, "staging")
    file.parent.mkdir()
    file.write_text('{"failures": {"a": 1}}')

    assert known_errors.read(file) == known_errors.Seen()


SOURCE = """export default { fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/log") console.error(`flush of ${Date.now()} failed`);
  if (["/log", "/good"].includes(pathname)) return new Response();
  return mint(pathname);
} };
function mint(path) { throw new RangeError(`no room for ${path.slice(1)}`); }"""


@pytest.mark.workerd
def test_errors_of_a_worker_are_found_by_kind_and_new_until_they_are_told(tmp_path, monkeypatch):
    """FW-10: error tracking."""
    with local_cloudflare(tmp_path / "cf") as cloud:
        cloud.upload("api", {"worker.mjs": SOURCE}, observability={"enabled": True})
        sent = {"hostname": "a.chitty.cc", "service": "api", "zone_id": cloud.zone_id}
        cloud.result("PUT", cloud.account("/workers/domains"), json=sent)
        monkeypatch.setenv(TOKEN, cloud.token)
        config = {"cloudflare:baseUrl": cloud.api_url, "chittyos:account": cloud.account_id}
        target, paths = Target("development", "development", config), Paths(tmp_path)
        urn = "urn:pulumi:d::chittyos::cloudflare:index/workersScript:WorkersScript::api"
        state = [{"urn": urn, "inputs": {"scriptName": "api"}}]
        for path in ("/17", "/18", "/log", "/log", "/good"):
            cloud.at("a.chitty.cc", path)
        begin = datetime.now(UTC) - timedelta(minutes=5)

        def read():
            window = Window(begin, datetime.now(UTC) + timedelta(minutes=5))
            return error_logs.read(paths, target, state, window)

        eventually(lambda: read().count, 4)
        found = read()
        assert sorted((str(each), each.count) for each in found.failures) == [
            ("api: RangeError: no room for <n> in mint worker.mjs", 2),
            ("api: flush of <n> failed", 2),
        ]
        assert found.new == found.failures
        error_logs.tell(paths, target, found, datetime.now(UTC))
        assert read().new == ()
