"""What the stack may cost and use a month: the part `budgets` of `chittyos:` (PA-16)."""

from decimal import Decimal

from config.fields import Positive, Settings, Share


class Spending(Settings):
    """Dollars a month that may be spent on something."""

    dollars: Positive
    """US dollars a month. A forecast above it is refused before anything is made."""

    tell_at: Share = Decimal("0.80")
    """Share of it from which on every preview and `up` says so. Default: 0.80."""


class Budgets(Settings):
    """What all systems of the stack together may be expected to cost and to use a month.

    What is really billed Cloudflare tells by `usage_notifications`, on the Pro plan of a zone.
    """

    workers: Spending | None = None
    """For what runs: requests, CPU time, Durable Objects, operations of KV, rows of D1, queues,
    points of Analytics Engine. Default: no budget."""

    storage: Spending | None = None
    """For what lies there: R2 with its operations, KV, Durable Objects, D1. Default: no budget."""

    models: Spending | None = None
    """For what providers of language models are paid, by the prices in the configuration. Default:
    no budget."""

    worker_requests: Positive | None = None
    """Requests to workers from which on it is told; Workers Paid includes 10 million. Default: it
    is not told."""

    kv_operations: Positive | None = None
    """Operations of KV from which on it is told; Workers Paid includes 10 million reads. Default:
    it is not told."""
