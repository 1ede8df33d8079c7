"""Settings of queue consumers, from the names and units of the API to those of workerd."""

from local.model import Consumer, Json

MILLISECONDS = 1000
NAMES = {
    "batch_size": "maxBatchSize",
    "max_retries": "maxRetries",
    "retry_delay": "retryDelay",
    "max_concurrency": "maxConcurrency",
}


def consumer_settings(consumer: Consumer) -> Json:
    """Say what workerd's queues read of one consumer; what is `None` keeps its default."""
    settings: Json = {
        theirs: consumer.settings[ours]
        for ours, theirs in NAMES.items()
        if consumer.settings.get(ours) is not None
    }
    wait = consumer.settings.get("max_wait_time_ms")
    if wait is not None:
        settings["maxBatchTimeout"] = wait / MILLISECONDS
    if consumer.dead_letter_queue:
        settings["deadLetterQueue"] = consumer.dead_letter_queue
    return {"consumer": f"worker:{consumer.worker}", **settings}
