"""The watcher as resources: a worker without an address, its object and its dataset."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi

from components.binding import Bindable
from components.bundle import ROOT
from components.dataset import Dataset
from components.durable_object import DurableObject
from components.secret import Secret
from components.upload import Upload, prepare
from components.worker import Worker
from config import PlatformConfig
from config.history import load_history
from systems.project_awareness.names import NAME
from systems.project_awareness.settings import ProjectAwareness as Settings
from systems.project_awareness.settings import ProjectAwarenessSecrets
from systems.project_awareness.watcher_settings import Alerts, Watch, limits
from systems.workers import worker_args

FOLDER = Path(__file__).resolve().parent / "workers" / "watch"
ENTRY = FOLDER / "index.ts"
HISTORY = FOLDER / "durable_objects.yaml"
OBJECTS = {"WATCH_STATE_DO": "WatchStateDurableObject"}
"""Classes, by the binding that leads to them."""

TOLD_BY = {"pagerduty": "PAGERDUTY_API_KEY", "slack": "SLACK_WEBHOOK_URL"}
"""The secret of each of those who can be told."""


def upload_of(config: PlatformConfig, settings: Settings, watch: Watch) -> Upload:
    """Bundle the watcher and plan the migrations of its object; registers nothing."""
    account = config.deployment.account
    args = worker_args(
        config,
        watch.worker,
        str(ENTRY.relative_to(ROOT)),
        hosts=(),
        variables=_variables(config, settings, watch),
        history=load_history(HISTORY),
    )
    return prepare(account, args, classes=list(OBJECTS.values()))


def register(
    upload: Upload,
    watch: Watch,
    secrets: ProjectAwarenessSecrets,
    account_id: str,
    opts: pulumi.ResourceOptions,
) -> None:
    """Register the watcher; say which of those who are to be told will not be."""
    given = {name: value for name, value in _secrets(watch.alerts, secrets) if value}
    for text in missing(watch.alerts, secrets):
        pulumi.log.warn(text)
    bindings: dict[str, Bindable] = {
        **{name: DurableObject(class_name) for name, class_name in OBJECTS.items()},
        "HEALTH_CHECKS": Dataset(watch.dataset),
        **{name: Secret(value) for name, value in given.items()},
    }
    Worker(f"{NAME}-watch", upload, account_id=account_id, bindings=bindings, opts=opts)


def missing(alerts: Alerts, secrets: ProjectAwarenessSecrets) -> Iterator[str]:
    """Say for each secret that is not there what is off without it, and how it is set."""
    has = {name for name, value in _secrets(alerts, secrets) if value}
    lost = {"ANALYTICS_TOKEN": "no alert is judged, and nobody is told of anything"}
    lost |= {TOLD_BY[each]: f"{each} is told of no alert" for each in alerts.to}
    for name, what in lost.items():
        if name not in has:
            yield (
                f"{NAME}:{name} is not set, so {what}; set it: "
                f"python -m ops secret set <stack> {NAME}.{name}"
            )


def _secrets(alerts: Alerts, secrets: ProjectAwarenessSecrets) -> Iterator[tuple[str, str]]:
    known = {
        "SERVICE_TOKEN": secrets.SERVICE_TOKEN,
        "ANALYTICS_TOKEN": secrets.ANALYTICS_TOKEN,
        "PAGERDUTY_API_KEY": secrets.PAGERDUTY_API_KEY,
        "SLACK_WEBHOOK_URL": secrets.SLACK_WEBHOOK_URL,
    }
    off = set(TOLD_BY.values()) - {TOLD_BY[each] for each in alerts.to}
    for name, secret in known.items():
        if name not in off:
            yield name, secret.get_secret_value() if secret else ""


def _variables(config: PlatformConfig, settings: Settings, watch: Watch) -> Mapping[str, str]:
    return {
        "ENVIRONMENT": config.deployment.environment,
        "OWN_ORIGIN": f"https://{settings.host}",
        "OTHER_ORIGINS": ",".join(watch.other_origins),
        "ACCOUNT_ID": config.deployment.account,
        "USAGE_DATASET": settings.datasets.usage,
        "CHECKS_DATASET": watch.dataset,
        "HEALTH_SECONDS": str(60 // watch.health_rounds),
        "ALERTS": json.dumps(limits(watch.alerts), separators=(",", ":")),
    }
