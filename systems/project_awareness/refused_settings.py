"""What is asked for and is no setting of Cloudflare: refused, with what stands in its place."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from planning.refusals import RefusedError

OF_A_WORKER: Mapping[str, str] = {
    "memory_mb": "a worker has 128 MB, whatever is asked for; remove it",
    "max_concurrent_requests": (
        "a Durable Object serves one request after the other and no number changes that; remove "
        "it: owners are spread over objects by their key"
    ),
    "auto_scaling": "workers and objects are made as they are asked for; remove it",
    "migration_strategy": (
        "Cloudflare has none; remove it: classes change by their sealed history in "
        "durable_objects.yaml"
    ),
    "usage_model": (
        "'bundled' is retired and there is one model, Standard: requests and CPU time are paid "
        "for; remove it, and set cpu_ms"
    ),
}
OF_ALERTS: Mapping[str, str] = {
    "memory_mb": (
        "Workers do not report the memory they use, so nothing could be held against it; remove "
        "it: a worker that takes more than its 128 MB is ended, and that is an error (1102)"
    ),
    "slack_channel": (
        "a webhook of Slack has the channel it was made for, whatever a message says; remove it, "
        "and make SLACK_WEBHOOK_URL for that channel"
    ),
}
OF_A_NAMESPACE: Mapping[str, str] = {
    "consistency": (
        "KV is eventually consistent and nothing else; remove it: what has to be consistent lives "
        "in the Durable Objects"
    ),
    "storage_class": "KV has no storage classes, R2 has; remove it",
}
OF_A_BUCKET: Mapping[str, str] = {
    "glacier_after_days": (
        "R2 has no class below Infrequent Access; remove it, and see delete_after_days"
    ),
    "compression": "R2 does not compress; remove it: the worker does, by gzip",
    "encryption": "R2 encrypts everything, with keys of its own; remove it",
}
OF_DATASETS: Mapping[str, str] = {
    "memory_usage_patterns": (
        "a worker is not told what memory it uses, so nothing could be written; remove it: one "
        "that takes more than 128 MB is ended, which the account counts as exceededMemory"
    ),
}
OF_THRESHOLDS: Mapping[str, str] = {
    "memory_mb": (
        "400 MB or any other memory cannot be measured: a worker is not told what it uses and has "
        "128 MB; remove it"
    ),
}


def refuse(reasons: Mapping[str, str]) -> Any:
    """Make the check of a model that refuses the keys of *reasons*, each with its reason."""

    def check(_: type[Any], given: Any) -> Any:
        if isinstance(given, dict):
            for name in sorted(reasons.keys() & given.keys()):
                raise RefusedError(f"{name}: {reasons[name]}")
        return given

    decorate: Any = model_validator(mode="before")  # its type knows methods in classes alone
    return decorate(classmethod(check))
