"""Queues, and who empties them."""

from provider.cloudflare.table import Resource, call

_QUEUES = "/accounts/{accountId}/queues"
_CONSUMERS = f"{_QUEUES}/{{queueId}}/consumers"
_NO_QUEUE = 11000

QUEUE = Resource(
    name="Queue",
    create=call(f"POST {_QUEUES}"),
    read=call(f"GET {_QUEUES}/{{id}}"),
    update=call(f"PUT {_QUEUES}/{{id}}"),
    delete=call(f"DELETE {_QUEUES}/{{id}}"),
    id="{queueId}",
    gone=frozenset({_NO_QUEUE}),
    identity={"queue_id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "jurisdiction"}),
    unread=frozenset({"jurisdiction"}),
    fixed=frozenset({"createdOn", "queueId"}),
)

CONSUMER = Resource(
    name="QueueConsumer",
    create=call(f"POST {_CONSUMERS}"),
    read=call(f"GET {_CONSUMERS}/{{consumerId}}"),
    update=call(f"PUT {_CONSUMERS}/{{consumerId}}"),
    delete=call(f"DELETE {_CONSUMERS}/{{consumerId}}"),
    id="{accountId}",
    gone=frozenset({11003, _NO_QUEUE}),
    identity={"consumer_id": "consumerId"},
    replace=frozenset({"accountId", "queueId"}),
    delete_before_replace=True,  # a queue takes one consumer
    fixed=frozenset({"consumerId", "createdOn", "queueName"}),
)

RESOURCES = (QUEUE, CONSUMER)
