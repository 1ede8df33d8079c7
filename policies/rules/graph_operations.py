"""The Connect host as a closed room, and the alarms that a stack needs."""

from collections.abc import Iterator

from policies.pack import images, links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import ALWAYS, PRODUCTION, Settings, Severity, graph_rule
from policies.pack.schema import Setting
from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    ACCESS_TOKEN,
    ACCOUNT,
    CONTAINER,
    LOAD_BALANCER,
    LOGPUSH_JOB,
    NOTIFICATION,
    REMOTE_IMAGE,
    TUNNEL,
    WEBHOOK,
)
from policies.pack.value import Value
from policies.rules.access_policies import policies
from policies.rules.graph_access import protected

API, SYNC = "docker.io/1password/connect-api", "docker.io/1password/connect-sync"
CREDENTIALS = "1password-credentials.json"
ALARMS = {
    TUNNEL: "tunnel_health_event",
    LOAD_BALANCER: "load_balancing_health_alert",
    ACCESS_TOKEN: "expiring_service_token_alert",
    LOGPUSH_JOB: "failing_logpush_job_disabled_alert",
    ACCOUNT: "security_insights_alert",
}


@graph_rule(
    "graph-connect-enclave",
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Publish no port, share one volume and one closed network, one token at the door.",
    frameworks=("1Password Connect: security",),
    url="https://developer.1password.com/docs/connect/security/",
    settings={
        "hostname": Setting({"type": "string"}, "", "Host of Connect behind Access."),
        "neighbours": schema.texts(
            "Repositories that may share a network with Connect.",
            "docker.io/1password/",
            "docker.io/cloudflare/cloudflared",
            "docker.io/library/nginx",
            "docker.io/library/python",
            "docker.io/nginxinc/nginx-unprivileged",
        ),
    },
)
def graph_connect_enclave(stack: Stack, settings: Settings) -> Findings:
    """Whoever reaches Connect with a token reads the vault: nothing but the tunnel may reach it."""
    connect = {name: _running(stack, name) for name in (API, SYNC)}
    both = [each for found in connect.values() for each in found]
    for container in both:
        if container["ports"].present:
            yield container["ports"].problem("publishes Connect past the tunnel")
        if not _may_have_credentials(stack, container):
            yield container["uploads"].problem(f"lacks {CREDENTIALS}")
    if connect[API] and connect[SYNC]:
        yield from _pair(stack, connect[API][0], connect[SYNC][0])
    yield from _neighbourhood(stack, both, settings["neighbours"])
    if both and settings["hostname"]:
        yield from _guarded(stack, both[0], settings["hostname"])


def _image(stack: Stack, container: Resource) -> images.Image:
    """The image by name; where the container has its id, the name it was pulled by."""
    text = container["image"].text() or ""
    if not text or images.is_image_id(text):
        pulled = [each for each in stack.sources(container, "image") if each.type == REMOTE_IMAGE]
        text = next((each["name"].text() or "" for each in pulled), "")
    return images.parse(text)


def _running(stack: Stack, repository: str) -> list[Resource]:
    found = stack.of(CONTAINER)
    return [each for each in found if _image(stack, each).repository == repository]


def _pair(stack: Stack, api: Resource, sync: Resource) -> Findings:
    if stack.is_certain(lambda: _image(stack, api).tag != _image(stack, sync).tag):
        yield sync["image"].problem("is of another version than the API")
    volumes = [_volumes(api, written=True), _volumes(sync, written=True)]
    if None not in volumes[0] | volumes[1] and len(volumes[0] & volumes[1]) != 1:
        yield sync["volumes"].problem("does not share exactly one volume with the API")


def _may_have_credentials(stack: Stack, container: Resource) -> bool:
    """Whether the file is given to *container*, or to a volume of it by one that carries it."""
    volumes = _volumes(container)
    carriers = (
        _may_upload(each, below=mount["target"].text())
        for each in stack.of(CONTAINER)
        for mount in each["mounts"].items()
        if {mount["source"].text(), None} & volumes or not mount["source"].known
    )
    return _may_upload(container) or any(carriers)


def _may_upload(container: Resource, below: str | None = "") -> bool:
    """Whether the file is among its uploads, *below* a folder; what is not known may be it."""
    files = [each["file"] for each in container["uploads"].items()]
    return not container["uploads"].known or any(
        not file.known or _is_credentials(file.text() or "", below or "") for file in files
    )


def _is_credentials(path: str, folder: str) -> bool:
    return CREDENTIALS in path and path.startswith(f"{folder}/")


def _volumes(container: Resource, *, written: bool = False) -> set[str | None]:
    """Return the names of its volumes, `None` for one that is not known yet.

    *written*: only those that it may write to.
    """
    named = [(each["volumeName"], each) for each in container["volumes"].items()]
    mounts = [each for each in container["mounts"].items() if each["type"].equals("volume")]
    named += [(each["source"], each) for each in mounts]
    return {name.text() for name, each in named if not (written and each["readOnly"].is_true)}


def _neighbourhood(stack: Stack, connect: list[Resource], allowed: list[str]) -> Findings:
    networks = {name for each in connect for name in _networks(each)}
    for container in stack.of(CONTAINER):
        shared = networks & _networks(container)
        if shared and stack.is_certain(_is_stranger, stack, container, allowed):
            yield container["networksAdvanced"].problem("shares a network with Connect")


def _is_stranger(stack: Stack, container: Resource, allowed: list[str]) -> bool:
    return not _image(stack, container).is_in(allowed)


def _networks(container: Resource) -> set[str]:
    joined = (each["name"].text() for each in container["networksAdvanced"].items())
    return {name for name in joined if name}


def _guarded(stack: Stack, container: Resource, host: str) -> Findings:
    guards = [app for app in stack.of(ACCESS_APPLICATION) if _stands_before(app, host)]
    if stack.lacks(_stands_before(app, host) for app in stack.of(ACCESS_APPLICATION)):
        yield container.problem(f"is reached at {host}, before which no Access application stands")
    for guard in guards:
        if stack.is_certain(_is_wide, guard):
            yield guard["policies"].problem("admits more than one named service token")


def _stands_before(application: Resource, host: str) -> bool:
    return any(links.covers(name, host) for _, name in links.hosts(protected(application)))


def _is_wide(application: Resource) -> bool:
    return not all(_is_one_machine(policy) for policy in policies(application))


def _is_one_machine(policy: Value) -> bool:
    includes = policy["includes"].items() if policy["includes"].elements_known else []
    named = [each for each in includes if each.has("serviceToken")]
    return policy["decision"].equals("non_identity") and len(named) == len(includes) == 1


@graph_rule(
    "graph-alarms-complete",
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Register a NotificationPolicy of the type named, with somebody to tell.",
    frameworks=("Cloudflare: notifications",),
    url="https://developers.cloudflare.com/notifications/notification-available/",
)
def graph_alarms_complete(stack: Stack) -> Findings:
    """What breaks and tells nobody stays broken."""
    alarms = stack.of(NOTIFICATION)
    for kind, alarm in ALARMS.items():
        if stack.of(kind) and stack.lacks(each["alertType"].equals(alarm) for each in alarms):
            yield stack.of(kind)[0].problem(f"breaks in silence: the stack has no {alarm}")
    hooks = stack.of(WEBHOOK)
    for place in _webhooks(alarms):
        ours = links.is_ours(stack, place, "mechanisms", hooks, "id")
        if place.present and not ours:
            yield place.problem("names a webhook that this stack does not have")


def _webhooks(alarms: list[Resource]) -> Iterator[Value]:
    for alarm in alarms:
        yield from (each["id"] for each in alarm["mechanisms"]["webhooks"].items())
