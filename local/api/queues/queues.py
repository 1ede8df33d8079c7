"""Queues."""

import re
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.queues import errors
from local.api.state.state import State
from local.api.workers.deploy import live_version
from local.records.records import Kind, Records
from planning.queues import LONGEST_DELAY_SECONDS

QUEUES = "/accounts/{account_id}/queues"
QUEUE = f"{QUEUES}/{{queue_id}}"
DAY = 24 * 60 * 60
NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")

family = Family("Queues", errors.BODY)


class Settings(Body):
    """Settings of a queue, in seconds. `None` leaves one as it is."""

    delivery_delay: int | None = Field(default=None, ge=0, le=LONGEST_DELAY_SECONDS)
    delivery_paused: bool | None = None
    message_retention_period: int | None = Field(default=None, ge=60, le=14 * DAY)


class NewQueue(Body):
    """A queue as it is created."""

    queue_name: str
    settings: Settings | None = None


class Update(Body):
    """What is changed of a queue."""

    queue_name: str | None = None
    settings: Settings | None = None


@family("GET", QUEUES)
async def list_queues(call: Call) -> Any:
    wanted = call.request.query_params.getlist("name")
    records = call.state.records
    found = [q for q in records.all(Kind.QUEUE) if not wanted or q["queue_name"] in wanted]
    return page([shown(records, queue) for queue in found], call.query, 100)


@family("POST", QUEUES)
async def create_queue(call: Call) -> Json:
    body = await call.read(NewQueue)
    settings = given(body.settings)

    def edit(records: Records) -> Json:
        _must_be_free(records, body.queue_name)
        return shown(records, make_queue(records, call.state, body.queue_name, settings))

    return await call.state.change(edit)


@family("GET", QUEUE)
async def get_queue(call: Call) -> Json:
    return shown(call.state.records, find(call.state.records, call.params["queue_id"]))


@family("PUT", QUEUE)
async def replace_queue(call: Call) -> Json:
    return await _update(call)


@family("PATCH", QUEUE)
async def update_queue(call: Call) -> Json:
    return await _update(call)


@family("DELETE", QUEUE, note="deletes its messages and its consumers")
async def delete_queue(call: Call) -> None:
    queue_id = call.params["queue_id"]

    def edit(records: Records) -> None:
        queue = find(records, queue_id)
        for consumer in records.all(Kind.CONSUMER):
            if consumer["queue_id"] == queue_id:
                records.remove(Kind.CONSUMER, consumer["consumer_id"])
            elif consumer["dead_letter_queue"] == queue["queue_name"]:
                raise ApiError(
                    400,
                    11005,
                    f"Cannot delete queue '{queue['queue_name']}' that serves as dead letter queue "
                    "for consumers",
                )
        records.remove(Kind.QUEUE, queue_id)

    await call.state.change(edit)


def given(settings: BaseModel | None) -> Json:
    """Take the settings that were given."""
    return settings.model_dump(exclude_none=True) if settings else {}


def find(records: Records, queue_id: str) -> Json:
    queue = records.get(Kind.QUEUE, queue_id)
    if queue is None:
        raise ApiError(404, 11000, f"Queue '{queue_id}' was not found")
    return queue


def make_queue(records: Records, state: State, name: str, settings: Json) -> Json:
    """Record a new queue with the defaults of Cloudflare."""
    now = state.now()
    defaults = {
        "delivery_delay": 0,
        "delivery_paused": False,
        "message_retention_period": 4 * DAY,
    }
    queue_id = uuid4().hex
    queue = {
        "queue_id": queue_id,
        "queue_name": name,
        "created_on": now,
        "modified_on": now,
        "settings": defaults | settings,
    }
    return records.put(Kind.QUEUE, queue_id, queue)


def shown(records: Records, queue: Json) -> Json:
    """Show a queue with who writes to it and who reads it."""
    producers = _producers(records, queue["queue_name"])
    consumers = [
        shown_consumer(records, consumer)
        for consumer in records.all(Kind.CONSUMER)
        if consumer["queue_id"] == queue["queue_id"]
    ]
    return {
        **queue,
        "producers": producers,
        "producers_total_count": len(producers),
        "consumers": consumers,
        "consumers_total_count": len(consumers),
    }


def shown_consumer(records: Records, consumer: Json) -> Json:
    """Show a consumer; wrangler reads `script`, the SDK and the plugin `script_name`."""
    queue = find(records, consumer["queue_id"])
    script = {"script": consumer["script_name"]} if consumer["script_name"] else {}
    answer = {name: value for name, value in consumer.items() if value is not None}
    return {**answer, **script, "queue_name": queue["queue_name"]}


def _producers(records: Records, queue_name: str) -> list[Json]:
    def writes(script: Json) -> bool:
        bindings = live_version(records, script)["bindings"]
        return any(b.get("queue_name") == queue_name for b in bindings)

    scripts = [script["name"] for script in records.all(Kind.SCRIPT) if writes(script)]
    return [{"type": "worker", "script": name} for name in scripts]


async def _update(call: Call) -> Json:
    body, queue_id = await call.read(Update), call.params["queue_id"]

    def edit(records: Records) -> Json:
        queue = find(records, queue_id)
        if body.queue_name is not None and body.queue_name != queue["queue_name"]:
            _must_be_free(records, body.queue_name)
        changed = {
            "queue_name": queue["queue_name"] if body.queue_name is None else body.queue_name,
            "modified_on": call.state.now(),
            "settings": queue["settings"] | given(body.settings),
        }
        return shown(records, records.put(Kind.QUEUE, queue_id, queue | changed))

    return await call.state.change(edit)


def _must_be_free(records: Records, name: str) -> None:
    if not NAME.fullmatch(name):
        raise errors.invalid_name(name)
    if any(queue["queue_name"] == name for queue in records.all(Kind.QUEUE)):
        raise ApiError(
            409,
            11009,
            f"Queue name '{name}' is already taken. Please use a different name and try again.",
        )
