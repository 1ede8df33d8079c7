"""A look-alike of Slack's incoming webhooks: it takes what they take, and refuses the rest.

Source: Slack's public description of incoming webhooks, their errors, and of Block Kit.
"""

from collections.abc import Iterator
from typing import Any

from starlette.responses import PlainTextResponse, Response

from local.api.errors import ApiError
from local.api.http.call import Call
from local.api.http.routing import Family
from local.api.receivers.recorded_messages import keep, sender

HOST = "hooks.slack.com"
ROOT = f"/local/hosts/{HOST}"
SERVICE = "slack"

MOST_BLOCKS = 50
TEXTS = {"header": 150, "section": 3000}
"""Characters that the text of a block may have, by the type of the block."""

FORMS = {"header": {"plain_text"}, "section": {"plain_text", "mrkdwn"}}
BLOCKS = {"actions", "context", "divider", "header", "image", "rich_text", "section", "video"}

family = Family("A look-alike of Slack")


@family("POST", f"{ROOT}/services/{{team}}/{{hook}}/{{secret}}", presigned=True, note="kept")
async def take_message(call: Call) -> Response:
    try:
        message = await call.json()
    except ApiError:
        return PlainTextResponse("invalid_payload", 400)
    if refused := _refusal(message):
        return PlainTextResponse(refused, 400)
    keep(call, SERVICE, sender("/".join(call.params.values())), message)
    return PlainTextResponse("ok")


def _refusal(message: Any) -> str | None:
    """Name what is wrong with *message*, in Slack's words."""
    if not isinstance(message, dict):
        return "invalid_payload"
    blocks = message.get("blocks", [])
    if not isinstance(message.get("text", ""), str) or not isinstance(blocks, list):
        return "invalid_payload"
    if not (message.get("text") or blocks or message.get("attachments")):
        return "no_text"
    if len(blocks) > MOST_BLOCKS or any(_mistakes(blocks)):
        return "invalid_blocks"
    return None


def _mistakes(blocks: list[Any]) -> Iterator[bool]:
    for block in blocks:
        kind = block.get("type") if isinstance(block, dict) else None
        yield kind not in BLOCKS
        if kind in TEXTS and (kind == "header" or "text" in block):
            yield not _is_text(block.get("text"), FORMS[kind], TEXTS[kind])
        if kind == "section":
            yield not (block.get("text") or block.get("fields"))


def _is_text(text: Any, forms: set[str], longest: int) -> bool:
    if not isinstance(text, dict) or text.get("type") not in forms:
        return False
    words = text.get("text")
    return isinstance(words, str) and 0 < len(words) <= longest
