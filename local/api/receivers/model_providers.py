"""The look-alikes of Anthropic and OpenAI, where workers of the local Cloudflare ask for them."""

from collections import deque

from starlette.responses import Response

from local.api.http.call import Call
from local.api.http.routing import Family
from lookalikes.model_providers.anthropic_messages import Messages
from lookalikes.model_providers.app import MOST_CALLS, Made, Provider
from lookalikes.model_providers.openai_completions import ChatCompletions

ANTHROPIC, OPENAI = "api.anthropic.com", "api.openai.com"
ROOTS = {host: f"/local/hosts/{host}" for host in (ANTHROPIC, OPENAI)}

family = Family("Look-alikes of Anthropic and OpenAI")

_calls: deque[Made] = deque(maxlen=MOST_CALLS)
_messages = Provider(Messages(), _calls)
_completions = Provider(ChatCompletions(), _calls)


@family("POST", f"{ROOTS[ANTHROPIC]}/v1/messages", presigned=True, note="no model is asked")
async def answer_messages(call: Call) -> Response:
    return await _messages.answer(call.request)


@family("POST", f"{ROOTS[OPENAI]}/v1/chat/completions", presigned=True, note="no model is asked")
async def answer_completions(call: Call) -> Response:
    return await _completions.answer(call.request)
