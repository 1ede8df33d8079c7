"""Workers that ask the hosts of model providers reach look-alikes of them (SI-2)."""

import pytest

pytestmark = [pytest.mark.anyio]

HOSTS = "http://127.0.0.1:4400/local/hosts"
MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]


async def test_the_host_of_anthropic_answers_messages(world):
    body = {"model": "claude-sonnet-5-5+tokens=3", "max_tokens": 9, "messages": MESSAGES}
    headers = {"authorization": "", "x-api-key": "k", "anthropic-version": "2023-06-01"}
    url = f"{HOSTS}/api.anthropic.com/v1/messages"

    answer = await world.client.post(url, json=body, headers=headers)

    assert answer.json()["content"][0]["text"] == "this answer was"


async def test_the_host_of_openai_streams_completions(world):
    """The bearer token is of OpenAI, not of the local Cloudflare."""
    body = {"model": "gpt-4.1+tokens=3", "messages": MESSAGES, "stream": True}
    headers = {"authorization": "Bearer sk-of-somebody"}
    url = f"{HOSTS}/api.openai.com/v1/chat/completions"

    answer = await world.client.post(url, json=body, headers=headers)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")


async def test_what_a_host_has_no_look_alike_of_is_refused_by_name(world):
    answer = await world.client.post(f"{HOSTS}/api.openai.com/v1/messages", json={})

    assert answer.status_code == 501
