"""Queues, and the workers that empty them."""

from collections.abc import Sequence
from typing import Annotated, Protocol

import pulumi
from pydantic import Field, NonNegativeInt, PositiveInt

from components.args import Args
from components.binding import Binding
from components.retention import keep
from components.sdk import cloudflare
from planning import queues


class QueueArgs(Args):
    """What one queue is."""

    queue: str
    """Its name in the account."""

    retention_seconds: PositiveInt = queues.RETENTION_SECONDS
    """How long a message is kept. Default: 4 days."""

    retain: bool = True
    """Whether it is protected and stays when the stack goes. Default: it does."""


class Queue(pulumi.ComponentResource):
    """A queue. Child: the queue under the name of the component.

    *dead_letters* takes what its consumer failed at too often. Default: such messages are lost.
    """

    queue_name: pulumi.Output[str]
    """Name of the queue: what bindings and dead letters go by."""

    queue_id: pulumi.Output[str]
    """Id of the queue: what consumers go by."""

    def __init__(
        self,
        name: str,
        args: QueueArgs,
        *,
        account_id: pulumi.Input[str],
        dead_letters: "Queue | None" = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Queue", name, args.model_dump(), opts)
        self.account_id = account_id
        self.dead_letters = dead_letters
        queue = cloudflare.Queue(
            name,
            account_id=account_id,
            queue_name=args.queue,
            settings={
                "delivery_delay": 0,
                "delivery_paused": False,
                "message_retention_period": args.retention_seconds,
            },
            opts=keep(self, retain=args.retain),
        )
        self.queue_name = queue.queue_name
        self.queue_id = queue.queue_id
        self.register_outputs({"queueName": self.queue_name})

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing beyond the queue itself."""
        return ()

    def binding(self, name: str) -> Binding:
        """Let a worker send to the queue as `env.<name>`."""
        return {"name": name, "type": "queue", "queue_name": self.queue_name}


class ConsumerArgs(Args):
    """How a worker empties a queue. Every setting is said, for an absent one would drift."""

    batch_size: Annotated[PositiveInt, Field(le=queues.MOST_BATCH_SIZE)] = queues.BATCH_SIZE
    """Messages handed over at once. Default: 10."""

    max_wait_ms: Annotated[NonNegativeInt, Field(le=queues.MOST_WAIT_MS)] = queues.MAX_WAIT_MS
    """Milliseconds to wait for a full batch. Default: 5 s."""

    max_retries: Annotated[NonNegativeInt, Field(le=queues.MOST_RETRIES)] = queues.MAX_RETRIES
    """Tries after the first before a message is a dead letter. Default: 3."""

    retry_delay_seconds: Annotated[NonNegativeInt, Field(le=queues.LONGEST_DELAY_SECONDS)] = (
        queues.RETRY_DELAY_SECONDS
    )
    """Seconds between tries, a day at most. Default: 30."""

    max_concurrency: Annotated[PositiveInt, Field(le=queues.MOST_CONCURRENCY)] = (
        queues.MAX_CONCURRENCY
    )
    """Batches worked on at the same time. Default: 5."""


class HasScript(Protocol):
    """A worker that is deployed."""

    script_name: pulumi.Output[str]


class Consumer(pulumi.ComponentResource):
    """A worker that empties a queue. Child: the consumer under the name of the component."""

    def __init__(
        self,
        name: str,
        args: ConsumerArgs,
        *,
        queue: Queue,
        worker: HasScript,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Consumer", name, args.model_dump(), opts)
        cloudflare.QueueConsumer(
            name,
            account_id=queue.account_id,
            queue_id=queue.queue_id,
            type="worker",
            script_name=worker.script_name,
            dead_letter_queue=queue.dead_letters.queue_name if queue.dead_letters else None,
            settings={
                "batch_size": args.batch_size,
                "max_concurrency": args.max_concurrency,
                "max_retries": args.max_retries,
                "max_wait_time_ms": args.max_wait_ms,
                "retry_delay": args.retry_delay_seconds,
            },
            # A queue has one consumer; a second one beside it is refused.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.register_outputs({})
