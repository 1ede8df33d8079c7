"""Queues, kept and delivered by the queue worker that is part of workerd."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud, Consumer, Queue
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.modules import is_lost
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    ForAdmin,
    bundled_worker,
    designator,
    json_binding,
    modules_of,
    namespace_binding,
    reached,
    system_worker,
    worker_service,
)
from local.runtime.configuration.storage import sqlite_files, unique_key
from planning import queues

PRODUCER = Path(__file__).parent / "producer"
MILLISECONDS = 1000
SETTINGS = {
    "batch_size": "maxBatchSize",
    "max_retries": "maxRetries",
    "retry_delay": "retryDelay",
    "max_concurrency": "maxConcurrency",
}
"""Settings of a consumer: the API's names, and workerd's."""

LIMITS = {
    "delaySeconds": queues.LONGEST_DELAY_SECONDS,
    "messages": queues.MOST_MESSAGES,
    "messageBytes": queues.LARGEST_MESSAGE_BYTES,
    "batchBytes": queues.LARGEST_BATCH_BYTES,
}
"""What `producer/limits.mjs` holds senders to."""


def _bind(binding: Json, context: Context) -> Json:
    name = binding["queue_name"]
    found = [queue for queue in context.cloud.queues if queue.name == name]
    context.need(binding, name, bool(found), "queue")
    return _binding(binding["name"], found[0])


def _binding(name: str, queue: Queue) -> Json:
    """Bind a queue as a producer does; limits and its delivery delay are seen to on the way."""
    props = {"queue": queue.name, "delay": queue.settings.get("delivery_delay") or 0}
    return {"name": name, "queue": designator("system:producer", props)}


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    producer = system_worker("producer", modules_of(PRODUCER), _producer_bindings(cloud))
    return [bundled_worker("queues", "QueueShard", _queue_bindings(cloud)), producer]


def _queue_bindings(cloud: Cloud) -> list[Json]:
    consumers = _delivering(cloud)
    settings = {consumer.queue: _settings(consumer) for consumer in consumers}
    workers = sorted({consumer.worker for consumer in consumers})
    return [
        namespace_binding("SHARD", "QueueShard"),
        json_binding("CONSUMERS", settings),
        *({"name": f"worker:{name}", "service": reached(name, cloud)} for name in workers),
    ]


def _producer_bindings(cloud: Cloud) -> list[Json]:
    bound = {
        binding["queue_name"]
        for worker in cloud.workers
        for binding in worker.bindings
        if binding["type"] == "queue"
    }
    queues_reached = [
        _reached(queue.name, for_worker=queue.name in bound) for queue in cloud.queues
    ]
    return [json_binding("QUEUE_LIMITS", LIMITS), *queues_reached]


def _reached(queue: str, *, for_worker: bool) -> Json:
    binding = {"name": f"queue:{queue}", "service": designator("system:queues", {"queue": queue})}
    return binding if for_worker else ForAdmin(binding)


def _delivering(cloud: Cloud) -> list[Consumer]:
    """List the consumers that get messages: their worker has code, their queue is not paused."""
    names = {worker.name for worker in cloud.workers if not is_lost(worker)}
    paused = {queue.name for queue in cloud.queues if queue.settings.get("delivery_paused")}
    return [
        consumer
        for consumer in cloud.consumers
        if consumer.worker in names and consumer.queue not in paused
    ]


def _settings(consumer: Consumer) -> Json:
    """Return what workerd's queues read of one consumer; what is `None` keeps its default."""
    settings: Json = {
        theirs: consumer.settings[ours]
        for ours, theirs in SETTINGS.items()
        if consumer.settings.get(ours) is not None
    }
    wait = consumer.settings.get("max_wait_time_ms")
    if wait is not None:
        settings["maxBatchTimeout"] = wait / MILLISECONDS
    if consumer.dead_letter_queue:
        settings["deadLetterQueue"] = consumer.dead_letter_queue
    return {"consumer": worker_service(consumer.worker), **settings}


def _wakes(former: Cloud, present: Cloud) -> list[str]:
    """Have queues look at what waits in them; one that had no consumer sleeps otherwise."""
    before = {consumer.queue for consumer in _delivering(former)}
    now = {consumer.queue for consumer in _delivering(present)}
    return [f"/queues/{queue}" for queue in sorted(now - before)]


def _files(layout: Layout, queue: str) -> Iterator[Path]:
    """List the files of a queue's shards; each shard says in itself whose it is."""
    for database in (layout.disk("queues") / unique_key("queues")).glob("*.sqlite"):
        if _owner(database).endswith(_serialized(queue)):
            yield from sqlite_files(database)


def _serialized(name: str) -> bytes:
    """Write an ASCII text of less than 128 characters as V8 does: a tag, the length, the text."""
    return b'"' + bytes([len(name)]) + name.encode()


def _owner(shard: Path) -> bytes:
    """Read the serialized name of the shard's queue."""
    with closing(sqlite3.connect(f"file:{shard}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT value FROM _cf_KV WHERE key = 'queue'").fetchone()
        except sqlite3.DatabaseError:
            return b""
    return bytes(row[0]) if row else b""


KIND = RuntimeKind(
    bindings={"queue": _bind},
    services=_services,
    disks=("queues",),
    admin=lambda cloud: [_binding(f"queue:{queue.name}", queue) for queue in cloud.queues],
    stored=lambda cloud: [queue.name for queue in cloud.queues],
    files=_files,
    wakes=_wakes,
)
