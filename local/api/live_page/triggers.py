"""What starts a worker without a request: schedules and queues, as they are and by hand."""

import json

from common.json_types import Json
from local.api import control
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.live_page.page_queries import look
from local.api.queues import queues
from local.api.state import runtime_port
from local.records.records import Kind


class Message(Body):
    """A message as a person writes it: JSON where it is some, text otherwise."""

    body: str


@look("GET", "triggers")
async def list_triggers(call: Call) -> Json:
    records = call.state.records
    schedules = [
        {"worker": script["name"], "cron": schedule["cron"]}
        for script in records.all(Kind.SCRIPT)
        for schedule in (records.get(Kind.SCHEDULES, script["name"]) or {}).get("schedules", [])
    ]
    consumers = {each["queue_id"]: each for each in records.all(Kind.CONSUMER)}
    waiting = [await _queue(call, each, consumers) for each in records.all(Kind.QUEUE)]
    return {"schedules": schedules, "queues": waiting}


@look("POST", "cron/{script_name}", note="`?cron=` says which schedule")
async def run_schedule(call: Call) -> Json:
    """Run a schedule now; return how that ended."""
    return await control.trigger_cron(call)


@look("POST", "queues/{queue_id}/messages", note="its consumer gets it as any other")
async def send_message(call: Call) -> Json:
    text = (await call.read(Message)).body
    name = queues.find(call.state.records, call.params["queue_id"])["queue_name"]
    content = json.dumps(_as_sent(text)).encode()
    answer = await runtime_port.ask(call.state.runtime, "POST", "queues", name, content=content)
    if answer.is_error:
        raise ApiError(400, 10000, runtime_port.message(answer))
    return {}


def _as_sent(text: str) -> Json:
    try:
        return {"body": json.loads(text), "content_type": "json"}
    except ValueError:
        return {"body": text, "content_type": "text"}


async def _queue(call: Call, queue: Json, consumers: dict[str, Json]) -> Json:
    answer = await runtime_port.ask(call.state.runtime, "GET", "queues", queue["queue_name"])
    waiting = answer.json()["backlogCount"] if answer.is_success else None
    consumer = consumers.get(queue["queue_id"], {})
    return {
        "id": queue["queue_id"],
        "name": queue["queue_name"],
        "waiting": waiting,
        "consumer": consumer.get("script_name") or "",
        "gives_up_to": consumer.get("dead_letter_queue") or "",
    }
