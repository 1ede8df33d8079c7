"""A container is kept from its host: no privileges, devices or capabilities beyond its need."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Settings, Severity, rule
from policies.pack.type_tokens import CONTAINER, DOCKER_NETWORK, SERVICE
from policies.rules.workload import WORKLOADS, Workload

SECURITY_URL = "https://docs.docker.com/engine/security/"
OPTIONS_URL = "https://docs.docker.com/reference/cli/docker/container/run/#security-opt"
NAMESPACES = ("pidMode", "ipcMode", "usernsMode", "cgroupnsMode")
DEVICES = ("devices", "deviceCgroupRules", "deviceRequests", "gpus")
NO_NEW_PRIVILEGES = ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")
UNCONFINED = (
    "seccomp=unconfined",
    "seccomp:unconfined",
    "apparmor=unconfined",
    "apparmor:unconfined",
    "label=disable",
    "label:disable",
    "systempaths=unconfined",
)
ALL = ("ALL", "CAP_ALL")
DANGEROUS = frozenset(
    [
        "ALL",
        "SYS_ADMIN",
        "NET_ADMIN",
        "NET_RAW",
        "SYS_PTRACE",
        "SYS_MODULE",
        "SYS_RAWIO",
        "SYS_BOOT",
        "SYS_TIME",
        "SYS_CHROOT",
        "SYSLOG",
        "DAC_READ_SEARCH",
        "DAC_OVERRIDE",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "MKNOD",
        "SETFCAP",
        "SETPCAP",
        "PERFMON",
        "BPF",
        "CHECKPOINT_RESTORE",
    ]
)
HOST_NETWORKS = ("host",)
HOST_DRIVERS = ("host", "macvlan", "ipvlan")
KERNEL = ("kernel.", "vm.", "fs.", "dev.", "net.core.bpf")
"""Beginnings of settings that are the kernel's own: one container sets them for all."""


@rule(
    "docker-no-privileged",
    on=CONTAINER,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Set privileged to false and add the one capability that is needed.",
    frameworks=("CIS Docker 5.5", "Trivy KSV-0017", "Checkov CKV_K8S_16", "KICS: privileged"),
    url=SECURITY_URL,
)
def docker_no_privileged(container: Resource) -> Findings:
    """A privileged container is root on its host."""
    if container["privileged"].is_true:
        yield container["privileged"].problem("is true")


@rule(
    "docker-no-host-namespaces",
    on=(*WORKLOADS, DOCKER_NETWORK),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Take the mode away: the container gets a namespace of its own.",
    frameworks=("CIS Docker 5.10, 5.16, 5.17, 5.31", "Trivy KSV-0008", "Checkov CKV_K8S_17"),
    url=SECURITY_URL,
)
def docker_no_host_namespaces(container: Resource) -> Findings:
    """A namespace shared with the host, or its network, is no isolation from it."""
    if container.type == DOCKER_NETWORK:
        yield from _network(container)
        return
    yield from _joined(container)
    if container.type == SERVICE:
        return
    network = container["networkMode"]
    if (network.text() or "").startswith(("host", "container:")):
        yield network.problem(f"is {network}")
    for key in NAMESPACES:
        if (container[key].text() or "").startswith(("host", "container:", "shareable")):
            yield container[key].problem(f"is {container[key]}")


def _joined(subject: Resource) -> Findings:
    """Find networks that are the host's own, however they are joined."""
    for name in Workload(subject).networks:
        if name.equals(*HOST_NETWORKS):
            yield name.problem(f"is {name}: the network of the host")


def _network(network: Resource) -> Findings:
    if network["driver"].equals(*HOST_DRIVERS):
        yield network["driver"].problem("puts containers into the net of the host")


@rule(
    "docker-no-devices",
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Take the devices away, or declare the container under withDevices.",
    frameworks=("CIS Docker 5.18",),
    url=SECURITY_URL,
    settings={"withDevices": schema.texts("Names of containers that may use devices.")},
)
def docker_no_devices(container: Resource, settings: Settings) -> Findings:
    """A device of the host is a way into the host."""
    if not container["name"].known or container["name"].text() in settings["withDevices"]:
        return
    yield from (container[key].problem("is not empty") for key in DEVICES if container[key].present)


@rule(
    "docker-no-new-privileges",
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='Add "no-new-privileges:true" to securityOpts.',
    frameworks=("CIS Docker 5.26", "Trivy KSV-0001", "Checkov CKV_K8S_20"),
    url=OPTIONS_URL,
)
def docker_no_new_privileges(container: Resource) -> Findings:
    """Without it a program in the container becomes root by a file with the set-user bit."""
    options = container["securityOpts"]
    if options.all_known and not any(text in NO_NEW_PRIVILEGES for text in options.texts()):
        yield options.problem("lacks no-new-privileges")


@rule(
    "docker-profiles-on",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Take the option away: the default profiles of seccomp and AppArmor apply then.",
    frameworks=("CIS Docker 5.2, 5.22", "Checkov CKV_K8S_31", "KICS: seccomp"),
    url=OPTIONS_URL,
)
def docker_profiles_on(container: Resource) -> Findings:
    """The profiles keep the kernel's rarely used, often broken calls away from the container."""
    if container.type == SERVICE:
        disabled = Workload(container).spec["privileges"]["seLinuxContext"]["disable"]
        if disabled.is_true:
            yield disabled.problem("is true")
        return
    for option in container["securityOpts"].items():
        if (option.text() or "").replace(" ", "").lower() in UNCONFINED:
            yield option.problem(f"is {option}")


@rule(
    "docker-cap-drop-all",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='Set capabilities.drops to ["ALL"] and add back the one that is needed.',
    frameworks=("CIS Docker 5.4", "Trivy KSV-0003", "Checkov CKV_K8S_37"),
    url=SECURITY_URL,
)
def docker_cap_drop_all(container: Resource) -> Findings:
    """A capability that nobody needs is used by whoever breaks in."""
    drops, adds = Workload(container).capabilities
    if drops.all_known and not any(text.upper() in ALL for text in drops.texts()):
        yield drops.problem("lacks ALL")
    for added in adds.items():
        if (added.text() or "").upper().removeprefix("CAP_") in DANGEROUS:
            yield added.problem(f"is {added}")


@rule(
    "docker-kernel-untouched",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Take the setting or the group away; set the kernel on the host, where it is seen.",
    frameworks=("CIS Docker 5.4", "Trivy KSV-0026", "Checkov: unsafe sysctls"),
    url=OPTIONS_URL,
)
def docker_kernel_untouched(container: Resource) -> Findings:
    """A setting of the kernel, or a group that owns the daemon, reaches every other container."""
    workload = Workload(container)
    settings = workload.spec["sysctl" if workload.is_service else "sysctls"]
    for name, value in settings.entries().items():
        if name.startswith(KERNEL):
            yield value.problem("is a setting of the host's kernel")
    for group in workload.spec["groups" if workload.is_service else "groupAdds"].items():
        if group.equals("0", "root", "docker", "disk", "sudo", "wheel", "shadow", "kvm"):
            yield group.problem(f"is {group}, which opens the host")
