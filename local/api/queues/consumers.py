"""Consumers of queues."""

from typing import Literal
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.errors import ApiError, not_emulated
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.queues.errors import BODY, invalid_name
from local.api.queues.queues import NAME, QUEUE, find, given, make_queue, shown_consumer
from local.api.state.state import State
from local.records.records import Kind, Records
from planning import queues

CONSUMERS = f"{QUEUE}/consumers"
CONSUMER = f"{CONSUMERS}/{{consumer_id}}"
DEFAULTS = {
    "batch_size": 10,
    "max_concurrency": None,
    "max_retries": 3,
    "max_wait_time_ms": 5000,
    "retry_delay": 0,
}

family = Family("Queue consumers", BODY)


class Settings(Body):
    """How messages are delivered."""

    batch_size: int | None = Field(default=None, ge=1, le=queues.MOST_BATCH_SIZE)
    max_concurrency: int | None = Field(default=None, ge=1, le=queues.MOST_CONCURRENCY)
    max_retries: int | None = Field(default=None, ge=0, le=queues.MOST_RETRIES)
    max_wait_time_ms: int | None = Field(default=None, ge=0, le=queues.MOST_WAIT_MS)
    retry_delay: int | None = Field(default=None, ge=0, le=queues.LONGEST_DELAY_SECONDS)


class ConsumerBody(Body):
    """A consumer as it is put."""

    type: Literal["worker", "http_pull", "notification"]
    script_name: str | None = None
    dead_letter_queue: str | None = None
    settings: Settings | None = None


@family("GET", CONSUMERS)
async def list_consumers(call: Call) -> list[Json]:
    records = call.state.records
    queue = find(records, call.params["queue_id"])
    return [
        shown_consumer(records, consumer)
        for consumer in records.all(Kind.CONSUMER)
        if consumer["queue_id"] == queue["queue_id"]
    ]


@family(
    "POST",
    CONSUMERS,
    extent="partial",
    note="workers only, one a queue; a dead letter queue that is missing is made",
)
async def create_consumer(call: Call) -> Json:
    body = await call.read(ConsumerBody)
    return await _put(call, uuid4().hex, body, new=True)


@family("GET", CONSUMER)
async def get_consumer(call: Call) -> Json:
    records = call.state.records
    return shown_consumer(records, _find(records, call))


@family("PUT", CONSUMER)
async def update_consumer(call: Call) -> Json:
    body = await call.read(ConsumerBody)
    return await _put(call, call.params["consumer_id"], body, new=False)


@family("DELETE", CONSUMER)
async def delete_consumer(call: Call) -> None:
    def edit(records: Records) -> None:
        records.remove(Kind.CONSUMER, _find(records, call)["consumer_id"])

    await call.state.change(edit)


async def _put(call: Call, consumer_id: str, body: ConsumerBody, *, new: bool) -> Json:
    if body.type != "worker":
        raise not_emulated(f"queue consumer of type {body.type}; use worker")

    def edit(records: Records) -> Json:
        queue = find(records, call.params["queue_id"])
        old = None if new else _find(records, call)
        _check(records, queue, consumer_id, body)
        _make_dead_letter_queue(records, call.state, body.dead_letter_queue)
        consumer = _consumer(queue, consumer_id, body) | {
            "created_on": old["created_on"] if old else call.state.now()
        }
        return shown_consumer(records, records.put(Kind.CONSUMER, consumer_id, consumer))

    return await call.state.change(edit)


def _consumer(queue: Json, consumer_id: str, body: ConsumerBody) -> Json:
    return {
        "consumer_id": consumer_id,
        "queue_id": queue["queue_id"],
        "type": body.type,
        "script_name": body.script_name,
        "dead_letter_queue": body.dead_letter_queue or "",
        "settings": DEFAULTS | given(body.settings),
    }


def _check(records: Records, queue: Json, consumer_id: str, body: ConsumerBody) -> None:
    if not body.script_name or records.get(Kind.SCRIPT, body.script_name) is None:
        raise ApiError(
            404, 11001, f"Worker '{body.script_name or ''}' was not found; upload it first"
        )
    if body.dead_letter_queue == queue["queue_name"]:
        raise ApiError(400, 11006, "A queue cannot be its own dead letter queue")
    for other in records.all(Kind.CONSUMER):
        if other["queue_id"] == queue["queue_id"] and other["consumer_id"] != consumer_id:
            raise ApiError(
                400,
                11004,
                f"Queue '{queue['queue_name']}' (UUID '{queue['queue_id']}') already has a "
                "consumer.",
            )


def _make_dead_letter_queue(records: Records, state: State, name: str | None) -> None:
    names = {queue["queue_name"] for queue in records.all(Kind.QUEUE)}
    if name and not NAME.fullmatch(name):
        raise invalid_name(name)
    if name and name not in names:
        make_queue(records, state, name, {})


def _find(records: Records, call: Call) -> Json:
    queue = find(records, call.params["queue_id"])
    consumer = records.get(Kind.CONSUMER, call.params["consumer_id"])
    if consumer is None or consumer["queue_id"] != queue["queue_id"]:
        raise ApiError(404, 11003, f"Consumer '{call.params['consumer_id']}' was not found")
    return consumer
