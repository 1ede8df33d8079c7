"""The look-alikes speak as Anthropic and OpenAI do: their own SDKs read all they send (SI-2)."""

from collections.abc import Iterator

import anthropic
import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from harness.look_alikes import ModelProviders, model_providers
from tests.workers.stack import eventually

PROMPT = "Why is the sky blue?"
CLAUDE, GPT = "claude-sonnet-5-5", "gpt-4.1-2025-04-14"
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": PROMPT}]
SENT = len(PROMPT) // 4


@pytest.fixture(scope="module")
def providers() -> Iterator[ModelProviders]:
    with model_providers() as running:
        yield running


@pytest.fixture
def claude(providers: ModelProviders) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=providers.url, api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(providers: ModelProviders) -> Iterator[openai.OpenAI]:
    url = f"{providers.url}/v1"
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0, timeout=30) as client:
        yield client


def ask_claude(client: anthropic.Anthropic, model: str, tokens: int = 100):
    return client.messages.create(
        model=model, max_tokens=tokens, messages=[{"role": "user", "content": PROMPT}]
    )


def stream_claude(client: anthropic.Anthropic, model: str):
    return client.messages.stream(
        model=model, max_tokens=100, messages=[{"role": "user", "content": PROMPT}]
    )


def ask_gpt(client: openai.OpenAI, model: str, tokens: int = 100):
    return client.chat.completions.create(
        model=model, max_completion_tokens=tokens, messages=MESSAGES
    )


def stream_gpt(client: openai.OpenAI, model: str):
    return client.chat.completions.create(
        model=model, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )


def test_the_sdk_of_anthropic_reads_an_answer_and_its_usage(claude):
    message = ask_claude(claude, f"{CLAUDE}+tokens=3+cached=7")

    assert (message.model, message.stop_reason) == (CLAUDE, "end_turn")
    assert [block.text for block in message.content] == ["this answer was"]
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens) == (SENT, 3, 7)


def test_the_sdk_of_openai_reads_an_answer_and_its_usage(gpt):
    completion = ask_gpt(gpt, f"{GPT}+tokens=3+cached=7")

    assert (completion.model, completion.choices[0].finish_reason) == (GPT, "stop")
    assert completion.choices[0].message.content == "this answer was"
    usage = completion.usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (SENT + 7, 3)
    assert usage.prompt_tokens_details.cached_tokens == 7


def test_an_answer_is_no_longer_than_the_request_lets_it(claude, gpt):
    assert ask_claude(claude, CLAUDE, 2).stop_reason == "max_tokens"
    assert ask_gpt(gpt, GPT, 2).choices[0].finish_reason == "length"


def test_the_sdk_of_anthropic_puts_a_stream_together(claude):
    with stream_claude(claude, f"{CLAUDE}+tokens=5") as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()

    assert len(pieces) == 5
    assert (message.content[0].text, message.stop_reason) == ("".join(pieces), "end_turn")
    assert (message.usage.input_tokens, message.usage.output_tokens) == (SENT, 5)


def test_the_sdk_of_openai_puts_a_stream_together(gpt):
    chunks = list(stream_gpt(gpt, f"{GPT}+tokens=5"))

    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == (
        "this answer was written by"
    )
    assert [chunk.usage is None for chunk in chunks] == [True] * 7 + [False]
    assert chunks[-1].usage.completion_tokens == 5


@pytest.mark.parametrize(
    ("wanted", "claudes", "gpts"),
    [
        ("busy=7", anthropic.RateLimitError, openai.RateLimitError),
        ("overloaded", anthropic.InternalServerError, openai.InternalServerError),
        ("broken", anthropic.InternalServerError, openai.InternalServerError),
        ("locked", anthropic.AuthenticationError, openai.AuthenticationError),
        ("rejected", anthropic.BadRequestError, openai.BadRequestError),
    ],
)
def test_the_sdks_know_each_refusal(claude, gpt, wanted, claudes, gpts):
    with pytest.raises(claudes) as of_claude:
        ask_claude(claude, f"{CLAUDE}+{wanted}")
    with pytest.raises(gpts) as of_gpt:
        ask_gpt(gpt, f"{GPT}+{wanted}")

    overloaded = wanted == "overloaded"
    assert of_claude.value.status_code == (529 if overloaded else of_gpt.value.status_code)
    for raised in (of_claude, of_gpt):
        after = raised.value.response.headers.get("retry-after")
        assert after == ("7" if wanted == "busy=7" else None)


def test_a_stream_says_in_itself_that_it_has_failed(claude, gpt):
    with (
        pytest.raises(anthropic.APIStatusError) as of_claude,
        stream_claude(claude, f"{CLAUDE}+error=4") as stream,
    ):
        list(stream.text_stream)
    with pytest.raises(openai.APIError) as of_gpt:
        list(stream_gpt(gpt, f"{GPT}+error=2"))

    assert "Overloaded" in str(of_claude.value)
    assert "Overloaded" in str(of_gpt.value)


def test_a_stream_is_cut_in_its_middle(claude, gpt, providers):
    # Of a connection that breaks in a stream this SDK says nothing of its own.
    with (
        pytest.raises(Exception, match="peer closed connection") as of_claude,
        stream_claude(claude, f"{CLAUDE}+cut=4") as stream,
    ):
        list(stream.text_stream)
    with pytest.raises(openai.APIConnectionError):
        list(stream_gpt(gpt, f"{GPT}+cut=2"))

    assert not isinstance(of_claude.value, anthropic.APIStatusError)
    assert [call["state"] for call in providers.calls()[-2:]] == ["cut", "cut"]


def test_a_provider_that_says_nothing_is_left(claude, providers):
    with pytest.raises(anthropic.APITimeoutError):
        ask_claude(claude.with_options(timeout=0.5), f"{CLAUDE}+hang")

    assert eventually(lambda: providers.calls()[-1]["state"] == "left")


def test_a_stream_whose_reader_has_gone_is_left(claude, providers):
    with stream_claude(claude, f"{CLAUDE}+tokens=5000+pace=20") as stream:
        next(iter(stream.text_stream))

    assert eventually(lambda: providers.calls()[-1]["state"] == "left")
    assert providers.calls()[-1]["events"] < 5000


@pytest.mark.parametrize(
    ("path", "headers", "body", "refused"),
    [
        ("/v1/messages", {}, {}, (401, "x-api-key header is required")),
        ("/v1/messages", {"x-api-key": "k"}, {}, (400, "anthropic-version: header is required")),
        ("/v1/chat/completions", {}, {}, (401, "no API key was provided")),
        ("/v1/chat/completions", {"authorization": "Bearer k"}, {}, (400, "model: Field required")),
        (
            "/v1/messages",
            {"x-api-key": "k", "anthropic-version": "2023-06-01"},
            {"model": CLAUDE, "messages": []},
            (400, "max_tokens: Field required"),
        ),
        (
            "/v1/chat/completions",
            {"authorization": "Bearer k"},
            {"model": f"{GPT}+dance", "messages": []},
            (400, "dance: there is no such behaviour"),
        ),
    ],
)
def test_what_the_real_ones_refuse_is_refused(providers, path, headers, body, refused):
    answer = httpx.post(providers.url + path, headers=headers, json=body)

    status, said = refused
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
