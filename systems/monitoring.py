"""What monitoring becomes, of what the configuration says of it."""

from collections.abc import Mapping

from components.monitoring import AlertArgs, DestinationArgs, MonitoringArgs
from config.monitoring import Alert, Destination, PlatformSecrets
from config.platform_config import PlatformConfig
from config.reading.source import SEALED
from planning.notifications import SLACK, split_slack


def monitoring_args(config: PlatformConfig) -> MonitoringArgs:
    """Return the arguments of the stack's monitoring; there has to be some."""
    asked, secrets = config.deployment.monitoring, config.secrets
    return MonitoringArgs(
        destinations=tuple(_destination(each, secrets) for each in asked.destinations),
        alerts=tuple(_alert(config.stack, each) for each in asked.alerts),
    )


def webhook_secrets(config: PlatformConfig) -> Mapping[str, str]:
    """Return what the webhooks are known by, under the names of their destinations."""
    listed = config.deployment.monitoring.destinations
    found = {each.name: _secret(each, config.secrets) for each in listed}
    return {name: secret for name, secret in found.items() if secret is not None}


def _destination(asked: Destination, secrets: PlatformSecrets) -> DestinationArgs:
    url = _slack(secrets)[0] if asked.kind == "slack" else asked.url
    kind = "webhook" if asked.kind == "slack" else asked.kind
    return DestinationArgs(
        name=asked.name, kind=kind, emails=asked.emails, url=url, service=asked.service
    )


def _secret(asked: Destination, secrets: PlatformSecrets) -> str | None:
    if asked.kind == "slack":
        return _slack(secrets)[1]
    if asked.kind == "webhook" and secrets.WEBHOOK_SECRET:
        return secrets.WEBHOOK_SECRET.get_secret_value()
    return None


def _slack(secrets: PlatformSecrets) -> tuple[str, str]:
    """Split the address that a destination of kind slack needs; the rules see that it is there."""
    url = secrets.SLACK_WEBHOOK_URL.get_secret_value() if secrets.SLACK_WEBHOOK_URL else ""
    if url == SEALED:  # a map is drawn without looking into secrets
        return f"https://{SLACK}/services", SEALED
    return split_slack(url)


def _alert(stack: str, asked: Alert) -> AlertArgs:
    return AlertArgs(
        name=asked.name,
        notification=f"{stack}: {asked.name}",
        alert_type=asked.type,
        to=asked.to,
        filters=asked.filters,
        interval=asked.interval,
    )
