"""The scheduled watcher of Project Awareness: what it checks, and when it tells somebody."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from config.fields import Cron, DatasetName, Origin, Positive, Settings, Whole
from config.secret_fields import SEALED, Secret
from config.system_parts import Worker as AnyWorker
from planning.refusals import RefusedError
from systems.project_awareness.refused_settings import OF_A_WORKER, OF_ALERTS, refuse

EVERY_MINUTE = "* * * * *"
Percent = Annotated[Decimal, Field(gt=0, le=100)]
Destination = Literal["pagerduty", "slack"]
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}", re.ASCII)


def _routing_key(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if info.context != SEALED and not _ROUTING_KEY.fullmatch(secret.get_secret_value()):
        raise RefusedError(
            "is no integration key of PagerDuty's Events API v2: that is 32 letters and digits; "
            "a service shows it under Integrations, Events API v2"
        )
    return secret


RoutingKey = Annotated[Secret, AfterValidator(_routing_key)]


class WatchWorker(AnyWorker):
    """The script of the watcher and how it runs."""

    _refused = refuse(OF_A_WORKER)

    crons: tuple[Cron, ...] = (EVERY_MINUTE,)
    """When it runs. Default, and nothing else: every minute, the most often there is."""


class Alerts(Settings):
    """When somebody is told, and that it is over."""

    _refused = refuse(OF_ALERTS)

    to: tuple[Destination, ...] = ("pagerduty", "slack")
    """Who is told, each with its secret: PAGERDUTY_API_KEY, SLACK_WEBHOOK_URL. Default: both."""

    failures: Positive = 3
    """Failed checks of `/health` in five minutes that mean it is down, and of the other checks in
    15 minutes that they fail. Default: 3."""

    errors_page_percent: Percent = Decimal(5)
    """Answers of a hundred, in five minutes, above which errors page somebody. Default: 5."""

    errors_warn_percent: Percent = Decimal(2)
    """Answers of a hundred, in ten minutes, above which Slack is told of errors. Default: 2."""

    slow_ms: Positive = 500
    """Milliseconds that 95 of 100 answers may take, in ten minutes. Default: 500."""

    least_requests: Positive = 30
    """Requests below which a share of errors or a percentile says nothing. Default: 30, more than
    the checks alone make."""

    calm_minutes: Positive = 3
    """Minutes that all has to be well before an alert ends. Default: 3."""

    silent_minutes: Positive = 15
    """Minutes without anything to judge by after which Slack is told that. Default: 15."""

    remind_hours: Annotated[Whole, Field(ge=0, le=168)] = 4
    """Hours after which an alert that lasts is told again; 0: never. Default: 4."""


class Watch(Settings):
    """A worker that runs every minute: it checks the host as users see it, and tells of alerts."""

    worker: WatchWorker
    """The script."""

    dataset: DatasetName
    """Dataset of Analytics Engine that gets a point for each check."""

    health_rounds: Annotated[Whole, Field(ge=1, le=2)] = 2
    """Checks of `/health` in each run, a run a minute. Default: 2, so every 30 seconds."""

    other_origins: tuple[Origin, ...] = ()
    """Origins of other stacks whose `/health` is checked every two minutes. Default: none."""

    alerts: Alerts = Alerts()
    """When somebody is told. Default: PagerDuty and Slack, by the limits of the source."""


def limits(alerts: Alerts) -> dict[str, float]:
    """Return the limits of *alerts* as the worker reads them."""
    return {
        "failures": alerts.failures,
        "errors_page_percent": float(alerts.errors_page_percent),
        "errors_warn_percent": float(alerts.errors_warn_percent),
        "slow_ms": alerts.slow_ms,
        "least_requests": alerts.least_requests,
        "calm_minutes": alerts.calm_minutes,
        "silent_minutes": alerts.silent_minutes,
        "remind_hours": alerts.remind_hours,
    }
