"""What the block `chittyos:monitoring` cannot see by itself: names, secrets, and the plan."""

from collections import Counter
from collections.abc import Iterator

from config.deployment import Deployment
from config.fields import Environment
from config.monitoring import Destination, PlatformSecrets
from config.reading.problems import set_secret_command, unknown
from config.rules.deployment import once
from config.system_declaration import Finding
from planning.addresses import check_transport
from planning.notifications import ALERTS, SLACK_HERE
from planning.plans import FEATURES, ZONE_PLANS
from planning.refusals import RefusedError

PATH = "chittyos:monitoring"
SLACK_URL = "chittyos:SLACK_WEBHOOK_URL"
SECRETS = {"slack": "SLACK_WEBHOOK_URL", "webhook": "WEBHOOK_SECRET"}
NEEDS = {
    "slack": "notification_webhooks",
    "webhook": "notification_webhooks",
    "pagerduty": "notification_pagerduty",
}


def check(stack: str, deployment: Deployment, secrets: PlatformSecrets) -> Iterator[Finding]:
    """Find what does not fit together; every finding names the path to correct."""
    asked = deployment.monitoring
    yield from once(f"{PATH}.destinations", (each.name for each in asked.destinations))
    yield from once(f"{PATH}.alerts", (each.name for each in asked.alerts))
    yield from _names(deployment)
    for index, destination in enumerate(asked.destinations):
        path = f"{PATH}.destinations[{index}]"
        yield from _plan(deployment, path, NEEDS.get(destination.kind, ""))
        yield from _secret(stack, path, destination, secrets)
        yield from _transport(deployment, path, destination)
    for index, alert in enumerate(asked.alerts):
        yield from _plan(deployment, f"{PATH}.alerts[{index}].type", ALERTS[alert.type].feature)
    yield from _place(deployment, secrets)


def _names(deployment: Deployment) -> Iterator[Finding]:
    """Find destinations that are not there, and those that nothing is told to."""
    asked = deployment.monitoring
    known = [each.name for each in asked.destinations]
    told = Counter(name for alert in asked.alerts for name in alert.to)
    for index, alert in enumerate(asked.alerts):
        for place, name in enumerate(alert.to):
            if name not in known:
                yield f"{PATH}.alerts[{index}].to[{place}]", unknown(name, known)
        yield from once(f"{PATH}.alerts[{index}].to", alert.to)
    for index, name in enumerate(known):
        if name not in told:
            text = f"{name!r} is told of nothing; name it in `to` of an alert, or remove it"
            yield f"{PATH}.destinations[{index}].name", text


def _plan(deployment: Deployment, path: str, name: str) -> Iterator[Finding]:
    """Find what no zone's plan has. What is an add-on shows when it is made."""
    if not name:
        return
    feature = FEATURES[name]
    best = max(ZONE_PLANS.index(zone.plan) for zone in deployment.zones)
    if best < ZONE_PLANS.index(feature.zone):
        text = f"{feature.what} needs a zone on the {feature.zone} plan, and none has it"
        yield path, f"{text}; remove it ({feature.instead}), or change the plan of a zone"


def _secret(
    stack: str, path: str, destination: Destination, secrets: PlatformSecrets
) -> Iterator[Finding]:
    name = SECRETS.get(destination.kind)
    if name and getattr(secrets, name) is None:
        key = f"chittyos:{name}"
        needed = f"must be set, for {path} is of kind {destination.kind}"
        yield key, f"{needed}; {set_secret_command(key, stack)}"


def _place(deployment: Deployment, secrets: PlatformSecrets) -> Iterator[Finding]:
    """Find a look-alike on this machine where the real thing is told."""
    url = secrets.SLACK_WEBHOOK_URL
    here = url is not None and SLACK_HERE in url.get_secret_value()
    if here and not _is_local(deployment):
        yield SLACK_URL, "leads to this machine (value not shown); set that of Slack itself"


def _transport(deployment: Deployment, path: str, destination: Destination) -> Iterator[Finding]:
    """Find a receiver that would get the secret of webhooks in clear."""
    if destination.url is None:
        return
    try:
        check_transport(destination.url, loopback=_is_local(deployment))
    except RefusedError as error:
        yield f"{path}.url", str(error)


def _is_local(deployment: Deployment) -> bool:
    return deployment.environment is Environment.DEVELOPMENT or deployment.rehearsal
