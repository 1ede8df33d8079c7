"""Questions, answers and what they cost, through the router to the ledger (SI-2)."""

from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.systems.superinstance.router.stack import (
    ANTHROPIC_KEY,
    CLAUDE,
    GPT,
    OPENAI_KEY,
    QUERY,
    SOURCE_PRICES,
    RouterStack,
    key,
)
from tests.workers.stack import eventually

pytestmark = pytest.mark.workerd

SENT = len(QUERY) // 4
"""Tokens that the look-alikes count for the question."""


def cost(model: str, tokens_in: int, tokens_out: int) -> str:
    price_in, price_out = SOURCE_PRICES[model]
    return str(tokens_in * price_in + tokens_out * price_out)


def awaited(router: RouterStack, account: str, requests: int = 1) -> dict[str, Any]:
    """Wait until all calls of the account are billed; return what the ledger says."""
    assert eventually(lambda: router.standing(account)["unbilled_requests"] == 0, 60)
    assert eventually(lambda: router.billed(account)["requests"] == requests, 60)
    return router.billed(account)


@pytest.mark.parametrize(
    ("wanted", "provider", "model"),
    [("claude+tokens=7", "anthropic", CLAUDE), ("gpt+tokens=7", "openai", GPT)],
)
def test_a_question_is_answered_and_billed(router, wanted, provider, model):
    """SI-A1, SI-A8, SI-A9, SI-2: model choice, the provider's own format, cost, usage recorded."""
    account = f"escalates-{provider}"
    router.admit(account)

    answer = router.escalate(account, "q-1", model_preference=wanted, session_id="s-1")

    assert answer.json() == {
        "request_id": "q-1",
        "session_id": "s-1",
        "response": "this answer was written by no model",
        "finish_reason": "end_turn" if provider == "anthropic" else "stop",
        "model": wanted,
        "model_id": f"{model}+tokens=7",
        "provider": provider,
        "usage": {"input_tokens": SENT, "output_tokens": 7},
        "cost_nano": cost(model, SENT, 7),
    }
    total = awaited(router, account)
    assert total["cost_nano"] == cost(model, SENT, 7)
    assert (total["input_tokens"], total["output_tokens"]) == (SENT, 7)


def test_what_is_known_where_it_was_asked_reaches_the_model(router):
    router.admit("context")
    context = {
        "pathos_framing": "x" * 400,
        "local_knowledge": ["y" * 400],
        "constraints": "z" * 400,
    }

    plain = router.escalate("context", "q-1").json()
    more = router.escalate("context", "q-2", context=context).json()

    assert more["usage"]["input_tokens"] > plain["usage"]["input_tokens"] + 300


@pytest.mark.parametrize("name", ["claude", "gpt"])
def test_a_stream_is_passed_on_as_it_comes_and_billed(router, name):
    """SI-A2."""
    account = f"streams-{name}"
    router.admit(account)

    with router.stream(account, "q-1", model_preference=f"{name}+tokens=40+pace=10") as answer:
        pieces = list(answer.iter_raw())

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["x-provider"] == {"claude": "anthropic", "gpt": "openai"}[name]
    # One write of the provider, one piece: nothing in between waits for more.
    assert len(pieces) > 30
    total = awaited(router, account)
    model = {"claude": CLAUDE, "gpt": GPT}[name]
    assert total["cost_nano"] == cost(model, SENT, 40)


def test_the_sdk_of_anthropic_streams_through_and_its_usage_is_the_ledgers(router):
    """SI-P3."""
    router.admit("sdk-anthropic")
    with (
        router.anthropic("sdk-anthropic") as client,
        client.messages.stream(
            model="claude+tokens=5+cached=9",
            max_tokens=100,
            messages=[{"role": "user", "content": QUERY}],
        ) as stream,
    ):
        text = "".join(stream.text_stream)
        usage = stream.get_final_message().usage

    assert text == "this answer was written by"
    total = awaited(router, "sdk-anthropic")
    assert total["input_tokens"] == usage.input_tokens + usage.cache_read_input_tokens
    assert total["output_tokens"] == usage.output_tokens == 5
    # Read from a cache at a tenth.
    assert total["cost_nano"] == str(int(cost(CLAUDE, SENT, 5)) + 9 * 300)


@pytest.mark.parametrize("asks_for_usage", [True, False])
def test_the_sdk_of_openai_streams_through_and_its_usage_is_the_ledgers(router, asks_for_usage):
    """SI-P3."""
    account = f"sdk-openai-{asks_for_usage}"
    router.admit(account)
    options = {"stream_options": {"include_usage": True}} if asks_for_usage else {}
    with router.openai(account) as client:
        chunks = list(
            client.chat.completions.create(
                model="gpt+tokens=5+cached=9",
                messages=[{"role": "user", "content": QUERY}],
                stream=True,
                **options,
            )
        )

    said = [chunk.usage for chunk in chunks if chunk.usage is not None]
    # Who has not asked for it gets no chunk without a choice.
    assert len(said) == sum(not chunk.choices for chunk in chunks) == int(asks_for_usage)
    total = awaited(router, account)
    assert (total["input_tokens"], total["output_tokens"]) == (SENT + 9, 5)
    if asks_for_usage:
        assert (said[0].prompt_tokens, said[0].completion_tokens) == (SENT + 9, 5)
    assert total["cost_nano"] == str(int(cost(GPT, SENT, 5)) + 9 * 1000)


def test_the_sdks_read_whole_answers_as_well(router):
    """SI-A2."""
    router.admit("sdk-whole")
    with router.anthropic("sdk-whole") as client:
        message = client.messages.create(
            model="claude", max_tokens=3, messages=[{"role": "user", "content": QUERY}]
        )
    with router.openai("sdk-whole") as client:
        completion = client.chat.completions.create(
            model=GPT, max_completion_tokens=3, messages=[{"role": "user", "content": QUERY}]
        )

    assert message.usage.output_tokens == completion.usage.completion_tokens == 3
    total = awaited(router, "sdk-whole", 2)
    assert total["cost_nano"] == str(int(cost(CLAUDE, SENT, 3)) + int(cost(GPT, SENT, 3)))


def test_the_sdks_know_the_refusals_of_the_router(router):
    router.admit("sdk-refused")
    hello = [{"role": "user", "content": "hello"}]
    with router.anthropic("nobody") as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model="claude", max_tokens=3, messages=hello)
    with router.openai("nobody") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="gpt", messages=hello)
    with router.anthropic("sdk-refused") as client:
        with pytest.raises(anthropic.BadRequestError, match="model must be one of claude"):
            client.messages.create(model="gpt", max_tokens=3, messages=hello)
        with pytest.raises(anthropic.RateLimitError) as busy:
            client.messages.create(model="claude+busy=7", max_tokens=3, messages=hello)
        with pytest.raises(anthropic.APIStatusError) as overloaded:
            client.messages.create(model="claude+overloaded", max_tokens=3, messages=hello)
        with pytest.raises(anthropic.APIStatusError) as locked:
            client.messages.create(model="claude+locked", max_tokens=3, messages=hello)

    assert busy.value.response.headers["retry-after"] == "7"
    assert (overloaded.value.status_code, locked.value.status_code) == (529, 502)
    assert "provider_locked" in str(locked.value)


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ("claude+busy=7", 503, "provider_busy"),
        ("claude+overloaded", 503, "provider_busy"),
        ("gpt+broken", 502, "provider_failed"),
        ("gpt+locked", 502, "provider_locked"),
        ("claude+rejected", 400, "provider_rejected"),
        ("claude+garbled", 502, "provider_failed"),
        ("claude+hang", 504, "provider_late"),
        ("parrot", 400, "invalid_request"),
    ],
)
def test_a_question_that_is_not_answered_costs_nothing_and_its_id_is_free(
    router, wanted, status, code
):
    """SI-A8."""
    account = f"fails-{wanted.replace('=', '-').replace('+', '-')}"
    router.admit(account)

    refused = router.escalate(account, "q-1", model_preference=wanted)

    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.headers.get("retry-after") == (
        {"claude+busy=7": "7", "claude+overloaded": "5"}.get(wanted)
    )
    assert router.escalate(account, "q-1").is_success
    assert awaited(router, account)["requests"] == 1


@pytest.mark.parametrize("name", ["claude", "gpt"])
@pytest.mark.parametrize("fault", ["error=4", "cut=4", "silent=4"])
def test_a_stream_that_its_provider_does_not_finish_is_not_billed(router, name, fault):
    account = f"unfinished-{name}-{fault[:3]}"
    router.admit(account)

    text = b""
    try:
        with router.stream(account, "q-1", model_preference=f"{name}+{fault}") as answer:
            for piece in answer.iter_raw():
                text += piece
        ended = True
    except httpx.TransportError:
        ended = False

    # What the provider says itself is passed on; else the connection breaks, as that to it has.
    assert ended == (fault == "error=4")
    assert (b"Overloaded" in text) == (fault == "error=4")
    assert b"this" in text or b"ping" in text
    assert eventually(lambda: router.escalate(account, "q-1").status_code != 409)
    assert router.billed(account)["requests"] <= 1


@pytest.mark.parametrize("name", ["claude", "gpt"])
def test_a_client_that_goes_away_ends_the_call_and_pays_for_what_has_passed(router, name):
    """W30: the runtime tells by a write that fails."""
    account = f"leaves-{name}"
    router.admit(account)

    with router.stream(account, "q-1", model_preference=f"{name}+tokens=4000+pace=10") as answer:
        pieces = answer.iter_raw()
        for _ in range(10):
            next(pieces)

    assert eventually(lambda: router.providers.calls()[-1]["state"] == "left", 60)
    assert router.providers.calls()[-1]["events"] < 4000
    total = awaited(router, account)
    assert 0 < total["output_tokens"] < 4000
    assert SENT <= total["input_tokens"] <= SENT + 60
    again = router.escalate(account, "q-1", model_preference=f"{name}+tokens=4000+pace=10")
    assert again.json()["error"]["code"] == "request_id_reused"


def test_the_same_request_is_answered_and_billed_once(router):
    router.admit("repeats")
    first = router.escalate("repeats", "q-1", model_preference="claude+tokens=7")
    again = router.escalate("repeats", "q-1", model_preference="claude+tokens=7")
    other = router.escalate("repeats", "q-1", model_preference="claude+tokens=7", query="else")

    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (409, "request_id_reused")
    assert awaited(router, "repeats")["output_tokens"] == 7


def test_a_stream_is_repeated_as_it_was(router):
    router.admit("repeats-streams")
    with router.stream("repeats-streams", "q-1", model_preference="gpt+tokens=7") as answer:
        first = answer.read()
    with router.stream("repeats-streams", "q-1", model_preference="gpt+tokens=7") as answer:
        again = answer.read()

    assert (again, answer.headers["idempotent-replayed"]) == (first, "true")
    assert awaited(router, "repeats-streams")["requests"] == 1


def test_an_sdk_may_ask_again_under_a_key(router):
    router.admit("idempotent")
    with router.openai("idempotent") as client:
        answers = [
            client.chat.completions.create(
                model="gpt",
                messages=[{"role": "user", "content": QUERY}],
                extra_headers={"Idempotency-Key": "order-7"},
            )
            for _ in range(2)
        ]

    assert answers[0] == answers[1]
    assert awaited(router, "idempotent")["requests"] == 1


def test_the_hundred_and_first_request_of_a_minute_waits(router):
    """SI-A7, SI-2: 100 requests a minute, exactly, however many come at once."""
    router.admit("floods", limit=None)
    with router.client("floods") as client:
        refused = [client.get("/v1/status").json()["requests_remaining"] for _ in range(2)]
        answers = [
            client.post("/v1/escalate", json={"request_id": f"q-{n}", "query": "x"})
            for n in range(101)
        ]

    # Looking costs nothing.
    assert refused == [100, 100]
    codes = [answer.status_code for answer in answers]
    # The first may have left the window on a slow machine.
    assert codes[:100] == [200] * 100
    assert codes[100] == 429
    assert 1 <= int(answers[100].headers["retry-after"]) <= 60
    assert answers[100].json()["error"]["code"] == "rate_limited"


def test_a_key_may_have_a_limit_of_its_own(router):
    """SI-A3."""
    router.admit("limited", limit=2)
    codes = [router.escalate("limited", f"q-{number}").status_code for number in range(3)]

    assert codes == [200, 200, 429]
    assert router.standing("limited")["requests_per_minute"] == 2


def test_what_is_wrong_with_a_key_is_said(router):
    """SI-A6."""
    router.admit("expired", expires="2026-01-01T00:00:00Z")
    router.admit("reader", scopes=["read"])
    router.admit("odd", scopes=["everything"])

    assert router.escalate("nobody", "q-1").json()["error"]["message"] == "there is no such API key"
    assert router.ask(None, "GET", "/v1/status").status_code == 401
    assert router.escalate("expired", "q-1").json()["error"]["message"] == "the API key has expired"
    assert router.escalate("reader", "q-1").json()["error"]["code"] == "insufficient_scope"
    assert router.escalate("odd", "q-1").json()["error"]["code"] == "key_unreadable"


def test_a_key_in_the_header_of_anthropic_is_taken(router):
    router.admit("header")

    assert router.ask(None, "GET", "/v1/status", headers={"x-api-key": key("header")}).is_success


def test_health_says_what_it_rests_on(router):
    """SI-A5."""
    health = router.ask(None, "GET", "/health").json()

    assert health["checks"] == {
        "api_keys": "ok",
        "journal": "ok",
        "models": "ok",
        "billing": "ok",
        "sessions": "ok",
    }


def test_no_log_has_what_was_asked_answered_or_shown_as_a_key(router):
    """SI-A19."""
    router.admit("private")
    router.escalate("private", "q-1", model_preference="claude+rejected")
    router.escalate("private", "q-2", model_preference="claude+tokens=7")
    with (
        pytest.raises(httpx.TransportError),
        router.stream("private", "q-3", model_preference="gpt+cut=4") as answer,
    ):
        answer.read()

    said = router.log()
    assert "/v1/escalate" in said
    for secret in (QUERY, "written by no model", ANTHROPIC_KEY, OPENAI_KEY, key("private")):
        assert secret not in said
