"""What Project Awareness notes of itself, and what of it is too much (PA-12, PA-17)."""

from decimal import Decimal

from config.fields import DatasetName, Positive, Settings, Share
from systems.project_awareness.refused_settings import OF_DATASETS, OF_THRESHOLDS, refuse


class Datasets(Settings):
    """Datasets of Analytics Engine, each kept for three months; only this system writes to them."""

    _refused = refuse(OF_DATASETS)

    usage: DatasetName
    """A point for each request."""

    performance: DatasetName
    """How long suggestions, sessions and synchronisation take."""

    security: DatasetName
    """What was refused, and what looks like a probe."""


class Thresholds(Settings):
    """From where on a figure of a dashboard is marked."""

    _refused = refuse(OF_THRESHOLDS)

    p95_ms: Positive = 100
    """Milliseconds within which 95 of 100 requests are answered. Default: 100."""

    errors: Share = Decimal("0.01")
    """Share of requests that may be answered with an error of ours. Default: 0.01."""

    blocked_hour: Positive = 100
    """Requests that may be refused an hour. Default: 100."""
