"""A container runs as nobody, writes what it must, and neither starves nor dies in silence."""

import re

from policies.pack import images, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import CONTAINER, DOCKER_NETWORK, SERVICE
from policies.rules.workload import WORKLOADS, Workload

RUN_URL = "https://docs.docker.com/engine/containers/run/"
LIMITS_URL = "https://docs.docker.com/engine/containers/resource_constraints/"
ALWAYS_RESTARTED = ("unless-stopped", "always")
MOST_RETRIES = 5
IDLE_TEST = re.compile(
    r"(?i)(?:CMD(?:-SHELL)?\s+)?(?:(?:/usr)?(?:/bin/)?true|:|exit 0|echo\b[^|;&]*)"
)
"""A health check that says yes without asking anything."""


@rule(
    "docker-non-root",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set user to the image's own unprivileged user, by number.",
    frameworks=("CIS Docker 4.1", "Trivy KSV-0012", "Trivy DS-0002", "Checkov CKV_K8S_23"),
    url=RUN_URL,
    settings={
        "nonRootByDefault": schema.texts(
            "Repositories whose images are somebody else than root without being told.",
            "docker.io/1password/connect-api",
            "docker.io/1password/connect-sync",
            "docker.io/cloudflare/cloudflared",
            "docker.io/nginxinc/nginx-unprivileged",
        )
    },
)
def docker_non_root(container: Resource, settings: Settings) -> Findings:
    """Root inside is one mistake away from root outside."""
    spec = Workload(container).spec
    user = spec["user"]
    if user.empty and spec["image"].known:
        image = images.parse(spec["image"].text() or "")
        if not image.is_in(settings["nonRootByDefault"]):
            yield user.problem("is missing: the image may run as root")
    elif _is_root((user.text() or "nobody").partition(":")[0].strip()):
        yield user.problem(f"is {user}")


def _is_root(user: str) -> bool:
    return user == "root" or (user.lstrip("+").isdigit() and int(user) == 0)


@rule(
    "docker-read-only-fs",
    on=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Set readOnly to true; give what must be written a tmpfs or a volume.",
    frameworks=("CIS Docker 5.13", "Trivy KSV-0014", "Checkov CKV_K8S_22"),
    url=RUN_URL,
)
def docker_read_only_fs(container: Resource) -> Findings:
    """What may be written may be changed by whoever breaks in, and stays so."""
    workload = Workload(container)
    writable = workload.spec["readOnly"]
    if not workload.never_runs and writable.is_not_true:
        yield writable.problem("is not true")


@rule(
    "docker-resource-limits",
    on=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Set memory (MB), cpus or cpuShares, and a ulimit for processes (nproc).",
    frameworks=("CIS Docker 5.11, 5.12", "Trivy KSV-0018", "Checkov CKV_K8S_13"),
    url=LIMITS_URL,
)
def docker_resource_limits(container: Resource) -> Findings:
    """A container without limits takes what its neighbours need."""
    if container.type == SERVICE:
        bytes_ = container["taskSpec"]["resources"]["limits"]["memoryBytes"]
        if bytes_.known and not bytes_.number():
            yield bytes_.problem("is not limited")
        return
    if Workload(container).never_runs:
        return
    memory, ulimits = container["memory"], container["ulimits"]
    if memory.known and not memory.number():
        yield memory.problem("is not limited")
    if container["cpus"].empty and container["cpuShares"].empty:
        yield container["cpus"].advice("is not limited")
    if ulimits.all_known and not any(each["name"].equals("nproc") for each in ulimits.items()):
        yield ulimits.advice("does not limit processes (nproc)")


@rule(
    "docker-restart-policy",
    on=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy='Set restart to "unless-stopped", or "on-failure" with maxRetryCount of 1 to 5.',
    frameworks=("CIS Docker 5.15", "KICS: restart policy"),
    url="https://docs.docker.com/engine/containers/start-containers-automatically/",
)
def docker_restart_policy(container: Resource) -> Findings:
    """Without it the vault or the tunnel stays down after the first failure."""
    if container.type == SERVICE:
        condition = container["taskSpec"]["restartPolicy"]["condition"]
        if condition.equals("none"):
            yield condition.problem(f"is {condition}")
        return
    if Workload(container).never_runs:
        return
    restart, retries = container["restart"], container["maxRetryCount"]
    if restart.equals("on-failure"):
        if retries.known and not 1 <= (retries.number() or 0) <= MOST_RETRIES:
            yield retries.problem("is not between 1 and 5")
    elif restart.differs(*ALWAYS_RESTARTED):
        yield restart.problem(f"is {restart}")


@rule(
    "docker-healthcheck",
    on=WORKLOADS,
    severity=Severity.LOW,
    levels=PRODUCTION,
    remedy="State a healthcheck, or declare an image that has no shell to run one.",
    frameworks=("CIS Docker 5.27", "Trivy DS-0026", "Checkov CKV_K8S_8"),
    url="https://docs.docker.com/reference/dockerfile/#healthcheck",
    settings={
        "withoutShell": schema.texts(
            "Repositories whose images cannot run a check; they are probed from outside.",
            "docker.io/1password/connect-api",
            "docker.io/1password/connect-sync",
            "docker.io/cloudflare/cloudflared",
            "docker.io/nginx/nginx-prometheus-exporter",
        )
    },
)
def docker_healthcheck(container: Resource, settings: Settings) -> Findings:
    """A container that hangs looks alive unless somebody asks it."""
    spec = Workload(container).spec
    tests, image = spec["healthcheck"]["tests"], spec["image"]
    if not image.known or images.parse(image.text() or "").is_in(settings["withoutShell"]):
        return
    if Workload(container).never_runs:
        return
    if tests.empty or tests.texts() == ["NONE"]:
        yield tests.problem("is missing or NONE")
    elif tests.all_known and IDLE_TEST.fullmatch(" ".join(tests.texts())):
        yield tests.problem("passes whatever happens")


@rule(
    "docker-own-network",
    on=(*WORKLOADS, DOCKER_NETWORK),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Join a network made for it; set internal on networks that carry data only.",
    frameworks=("CIS Docker 5.30", "KICS: networks not set"),
    url="https://docs.docker.com/engine/network/",
    settings={"internal": schema.texts("Names of networks that must have no way out.")},
)
def docker_own_network(subject: Resource, settings: Settings) -> Findings:
    """On the default network every container of the host reaches every other."""
    if subject.type == CONTAINER:
        if subject["networksAdvanced"].empty and subject["networkMode"].differs("none"):
            yield subject["networksAdvanced"].problem("is empty")
        for name in Workload(subject).networks:
            if name.equals("bridge", "default"):
                yield name.problem(f"is {name}: every container of the host is on it")
    elif subject.type == SERVICE:
        networks = subject["taskSpec"]["networksAdvanceds"]
        if networks.empty:
            yield networks.problem("is empty")
    elif subject["name"].text() in settings["internal"] and subject["internal"].is_not_true:
        yield subject["internal"].problem("is not true")


@rule(
    "docker-log-rotation",
    on=WORKLOADS,
    severity=Severity.LOW,
    levels=PRODUCTION,
    remedy='Set logOpts to {"max-size": "10m", "max-file": "3"}, or a driver that ships logs away.',
    frameworks=("CIS Docker 2.12",),
    url="https://docs.docker.com/engine/logging/drivers/json-file/",
)
def docker_log_rotation(container: Resource) -> Findings:
    """Logs that are never cut fill the disk of the host."""
    driver, options = Workload(container).log_driver
    size = options["max-size"]
    if driver.equals("none"):
        yield driver.problem("is none: nobody can say what the container did")
    elif driver.equals(None, "json-file") and (size.empty or size.equals("-1", "0")):
        yield options.problem("has no max-size")
