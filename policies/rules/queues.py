"""What a queue cannot deliver is not lost."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import QUEUE, QUEUE_CONSUMER


@rule(
    "queue-consumer-has-dlq",
    on=QUEUE_CONSUMER,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Name a dead-letter queue and a number of retries on the consumer.",
    frameworks=("Cloudflare Queues: dead letter queues",),
    url="https://developers.cloudflare.com/queues/configuration/dead-letter-queues/",
    settings={"maxRetries": schema.number("Greatest number of retries.", 10)},
)
def queue_consumer_has_dlq(consumer: Resource, settings: Settings) -> Findings:
    """A message that cannot be handled is dropped after its retries unless a queue keeps it."""
    if consumer["deadLetterQueue"].empty:
        yield consumer["deadLetterQueue"].problem("is missing")
    retries = consumer["settings"]["maxRetries"]
    number = retries.number()
    if retries.absent:
        yield retries.problem("is missing")
    elif number is not None and number > settings["maxRetries"]:
        yield retries.problem(f"is {retries}; at most {settings['maxRetries']:.0f} is wanted")


@rule(
    "queue-delivers",
    on=QUEUE,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Resume the queue, and keep messages long enough to repair what reads them.",
    url="https://developers.cloudflare.com/queues/configuration/configure-queues/",
    settings={"minSeconds": schema.number("Shortest time that messages are kept.", 3600)},
)
def queue_delivers(queue: Resource, settings: Settings) -> Findings:
    """A queue that is paused, or forgets within minutes, loses work while everything looks well."""
    if queue["settings"]["deliveryPaused"].is_true:
        yield queue["settings"]["deliveryPaused"].problem("is true")
    kept = queue["settings"]["messageRetentionPeriod"]
    seconds = kept.number()
    if seconds is not None and seconds < settings["minSeconds"]:
        yield kept.problem(f"is {kept} seconds; at least {settings['minSeconds']:.0f} is wanted")
