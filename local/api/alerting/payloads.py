"""What a notification says, in the form that each service takes.

Source of the generic form: developers.cloudflare.com, webhook payload schema, 2026-11-29. What
Cloudflare sends to the services it knows is published nowhere: those forms are what each of them
documents for incoming messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from common.json_types import Json

START, END = "ALERT_STATE_EVENT_START", "ALERT_STATE_EVENT_END"
GREETING = (
    "Hello World! This is a test message sent from https://cloudflare.com. If you can see this, "
    "your webhook is configured properly."
)
"""What a webhook is sent when it is made."""


@dataclass(frozen=True)
class Message:
    """A notification of *policy* in words, and what it is about."""

    policy: Json
    text: str
    data: Mapping[str, object]
    moment: int
    """Seconds since 1970."""

    account_id: str
    correlation: str
    event: str

    @property
    def subject(self) -> str:
        """One line of it."""
        return f"{self.policy['name']}: {self.policy['alert_type']}"


def body_of(kind: str, message: Message) -> Json:
    """Return the JSON that a webhook of *kind* is sent."""
    return FORMS.get(kind, _generic)(message)


def greeting(kind: str) -> Json:
    """Return the test that a webhook of *kind* is sent when it is made."""
    return _GREETINGS.get(kind, _plain)(GREETING)


def events_v2(message: Message, key: str) -> Json:
    """Return *message* as an event of PagerDuty's Events API v2, for the integration *key*."""
    return {
        "routing_key": key,
        "event_action": "trigger" if message.event == START else "resolve",
        "dedup_key": message.correlation,
        "payload": {
            "summary": message.text,
            "source": "cloudflare",
            "severity": "error",
            "class": message.policy["alert_type"],
            "custom_details": dict(message.data),
        },
    }


def _generic(message: Message) -> Json:
    policy = message.policy
    return {
        "name": policy["name"],
        "text": message.text,
        "data": dict(message.data),
        "ts": message.moment,
        "account_id": message.account_id,
        "policy_id": policy["id"],
        "policy_name": policy["name"],
        "alert_type": policy["alert_type"],
        "alert_correlation_id": message.correlation,
        "alert_event": message.event,
    }


def _slack(message: Message) -> Json:
    shown = "\n".join(f"*{name}*: {value}" for name, value in message.data.items())
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"{message.text}\n{shown}"}}
    return {"text": f"{message.subject}: {message.text}", "blocks": [section]}


def _discord(message: Message) -> Json:
    fields = [{"name": name, "value": str(value)} for name, value in message.data.items()]
    embed = {"title": message.subject, "description": message.text, "fields": fields}
    return {"content": message.subject, "embeds": [embed]}


def _plain(text: str) -> Json:
    return {"text": text}


def _gchat(message: Message) -> Json:
    return {"text": f"*{message.subject}*\n{message.text}"}


def _feishu_text(text: str) -> Json:
    return {"msg_type": "text", "content": {"text": text}}


def _feishu(message: Message) -> Json:
    return _feishu_text(f"{message.subject}\n{message.text}")


def _datadog(message: Message) -> Json:
    return {"title": message.subject, "text": message.text, "source_type_name": "cloudflare"}


def _opsgenie(message: Message) -> Json:
    details = {name: str(value) for name, value in message.data.items()}
    return {
        "message": message.subject,
        "alias": message.correlation,
        "description": message.text,
        "details": details,
    }


FORMS: Mapping[str, Callable[[Message], Json]] = {
    "slack": _slack,
    "discord": _discord,
    "gchat": _gchat,
    "feishu": _feishu,
    "datadog": _datadog,
    "opsgenie": _opsgenie,
}

_GREETINGS: Mapping[str, Callable[[str], Json]] = {
    "discord": lambda text: {"content": text},
    "feishu": _feishu_text,
    "datadog": lambda text: {"title": "Cloudflare", "text": text},
    "opsgenie": lambda text: {"message": text},
}
