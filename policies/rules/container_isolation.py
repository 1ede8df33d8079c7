"""A container is kept from its host: no privileges, devices or capabilities beyond its need."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Settings, Severity, rule
from policies.pack.tokens import CONTAINER

SECURITY_URL = "https://docs.docker.com/engine/security/"
OPTIONS_URL = "https://docs.docker.com/reference/cli/docker/container/run/#security-opt"
NAMESPACES = ("pidMode", "ipcMode", "usernsMode", "cgroupnsMode")
DEVICES = ("devices", "deviceCgroupRules", "deviceRequests")
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
        "DAC_READ_SEARCH",
        "BPF",
    ]
)


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
    on=CONTAINER,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Take the mode away: the container gets a namespace of its own.",
    frameworks=("CIS Docker 5.10, 5.16, 5.17, 5.31", "Trivy KSV-0008", "Checkov CKV_K8S_17"),
    url=SECURITY_URL,
)
def docker_no_host_namespaces(container: Resource) -> Findings:
    """A namespace shared with the host, or its network, is no isolation from it."""
    network = container["networkMode"]
    if (network.text() or "").startswith(("host", "container:")):
        yield network.problem(f"is {network}")
    for key in NAMESPACES:
        if (container[key].text() or "").startswith("host"):
            yield container[key].problem(f"is {container[key]}")


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
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Take the option away: the default profiles of seccomp and AppArmor apply then.",
    frameworks=("CIS Docker 5.2, 5.22", "Checkov CKV_K8S_31", "KICS: seccomp"),
    url=OPTIONS_URL,
)
def docker_profiles_on(container: Resource) -> Findings:
    """The profiles keep the kernel's rarely used, often broken calls away from the container."""
    for option in container["securityOpts"].items():
        if option.equals(*UNCONFINED):
            yield option.problem(f"is {option}")


@rule(
    "docker-cap-drop-all",
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='Set capabilities.drops to ["ALL"] and add back the one that is needed.',
    frameworks=("CIS Docker 5.4", "Trivy KSV-0003", "Checkov CKV_K8S_37"),
    url=SECURITY_URL,
)
def docker_cap_drop_all(container: Resource) -> Findings:
    """A capability that nobody needs is used by whoever breaks in."""
    drops, adds = container["capabilities"]["drops"], container["capabilities"]["adds"]
    if drops.all_known and not any(text.upper() in ALL for text in drops.texts()):
        yield drops.problem("lacks ALL")
    for added in adds.items():
        if (added.text() or "").upper().removeprefix("CAP_") in DANGEROUS:
            yield added.problem(f"is {added}")
