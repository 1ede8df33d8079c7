"""An account that has no room for what a stack makes is named with its numbers (FW-12)."""

import httpx
import pytest

from ops.cloudflare_api.client import Client
from ops.preflight import quotas
from ops.preflight.verdicts import State
from planning.exposure.graph import Resource

ACCOUNT = "a" * 32
D1 = "cloudflare:index/d1Database:D1Database"


def database(name):
    return Resource(f"urn:{name}", D1, name, {})


def judged(counts, declared, known=(), *, says_total=False):
    """Judge an account that has *counts* of each list, 403 where it is `None`."""

    def answer(request):
        has = counts.get(request.url.path.removeprefix(f"/accounts/{ACCOUNT}"), 0)
        if has is None:
            return httpx.Response(403, json={"success": False, "errors": [{"code": 10000}]})
        size, page = (int(request.url.params[name]) for name in ("per_page", "page"))
        rows = [{"id": n} for n in range(has)[size * (page - 1) : size * page]]
        info = {"result_info": {"total_count": has}} if says_total else {}
        return httpx.Response(200, json={"success": True, "result": rows, **info})

    with Client("https://api.example", "token", transport=httpx.MockTransport(answer)) as asked:
        return list(quotas.judge(asked, ACCOUNT, "free", declared, known))


def test_more_than_there_is_room_for_is_a_fault_with_its_numbers():
    found = judged({"/d1/database": 9}, [database("a"), database("b")])

    assert [(each.state, each.said) for each in found if each.state is State.FAULT] == [
        (
            State.FAULT,
            "9 D1 databases are in the account and 2 would come; Workers Free has 10",
        )
    ]


def test_what_the_stack_has_already_is_not_counted_twice():
    found = judged({"/d1/database": 10}, [database("a"), database("b")], [database("a")])
    full = judged({"/d1/database": 10}, [database("a")], [database("a")])

    assert State.FAULT in {each.state for each in found}
    assert {each.state for each in full} == {State.GOOD}


@pytest.mark.parametrize("says_total", [True, False])
def test_a_list_of_many_pages_is_counted_to_its_end(says_total):
    workers = [Resource("urn:w", "cloudflare:index/workersScript:WorkersScript", "w", {})]

    found = judged({"/workers/scripts": 250}, workers, says_total=says_total)

    assert found[0].said.startswith("250 workers are in the account and 1 would come")


def counted(answer, path="/workers/scripts"):
    """Count the workers that *answer* lists; it is given the query, and at most ten times."""
    asked: list[dict[str, str]] = []

    def listed(request):
        if not request.url.path.endswith(path):
            return httpx.Response(200, json={"success": True, "result": []})
        asked.append(dict(request.url.params))
        assert len(asked) <= 10, "the same page again and again"
        return httpx.Response(200, json={"success": True, **answer(asked[-1])})

    with Client("https://api.example", "token", transport=httpx.MockTransport(listed)) as client:
        return quotas.count(client, f"/accounts/{ACCOUNT}{path}")


def test_a_list_that_knows_no_pages_is_counted_once():
    assert counted(lambda _: {"result": [{"id": n} for n in range(100)]}) == 100


def test_a_list_that_goes_on_by_a_cursor_is_counted_to_its_end():
    def answer(query):
        begin = int(query.get("cursor", 0))
        rows = [{"name": n} for n in range(230)[begin : begin + 100]]
        more = {"cursor": str(begin + 100)} if begin + 100 < 230 else {}
        return {"result": {"buckets": rows}, "result_info": {"per_page": 100, **more}}

    assert counted(answer, "/r2/buckets") == 230


def test_a_cursor_that_leads_nowhere_is_followed_once():
    bucket = {"result": {"buckets": [{"name": "a"}]}, "result_info": {"cursor": "same"}}

    assert counted(lambda _: bucket, "/r2/buckets") == 1


def test_what_is_not_shown_is_not_known():
    found = judged({"/queues": None}, [])

    assert [each.said for each in found if each.state is State.UNKNOWN] == [
        "how many queues there are is not shown to the token"
    ]
