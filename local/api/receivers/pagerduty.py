"""A look-alike of PagerDuty's Events API v2: it takes what that takes, and refuses the rest.

Source: PagerDuty's public description of the API (events v2, "Send an alert event").
"""

from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import Field, ValidationError
from starlette.responses import JSONResponse, Response

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.receivers.recorded_messages import keep, sender

HOST = "events.pagerduty.com"
ROOT = f"/local/hosts/{HOST}"
SERVICE = "pagerduty"

family = Family("A look-alike of PagerDuty")


class Payload(Body):
    """What an alert says."""

    summary: str = Field(min_length=1, max_length=1024)
    source: str = Field(min_length=1)
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: str | None = None
    component: str | None = None
    group: str | None = None
    class_: Annotated[str | None, Field(alias="class")] = None
    custom_details: dict[str, Any] | None = None


class Link(Body):
    """A link to more."""

    href: str
    text: str | None = None


class Trigger(Body):
    """An incident begins, or goes on."""

    routing_key: str = Field(pattern=r"^[A-Za-z0-9]{32}$")
    event_action: Literal["trigger"]
    dedup_key: str | None = Field(default=None, min_length=1, max_length=255)
    payload: Payload
    client: str | None = None
    client_url: str | None = None
    links: list[Link] = Field(default_factory=list)


class Followed(Body):
    """Somebody sees to an incident, or it ends: which one it is has to be said."""

    routing_key: str = Field(pattern=r"^[A-Za-z0-9]{32}$")
    event_action: Literal["acknowledge", "resolve"]
    dedup_key: str = Field(min_length=1, max_length=255)


@family("POST", f"{ROOT}/v2/enqueue", presigned=True, note="kept, and nobody is paged")
async def enqueue(call: Call) -> Response:
    try:
        event = await call.json()
        form = Trigger if _action(event) == "trigger" else Followed
        read = form.model_validate(event, strict=True)
    except ValidationError as error:
        return _invalid([_sentence(each) for each in error.errors(include_url=False)])
    except ApiError as error:
        return _invalid([error.message])
    key = read.dedup_key or uuid4().hex
    shown = {name: value for name, value in event.items() if name != "routing_key"}
    keep(call, SERVICE, sender(read.routing_key), {**shown, "dedup_key": key})
    answer = {"status": "success", "message": "Event processed", "dedup_key": key}
    return JSONResponse(answer, 202)


def _action(event: object) -> object:
    return event.get("event_action") if isinstance(event, dict) else None


def _invalid(errors: list[str]) -> Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return JSONResponse(body, 400)


def _sentence(error: Any) -> str:
    """Say place and mistake, never the value: it may be a key."""
    found: Json = dict(error)
    place = ".".join(str(step) for step in found["loc"]) or "event"
    return f"'{place}' is invalid: {found['msg']}"
