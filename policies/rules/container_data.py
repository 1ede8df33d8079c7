"""What a container reads of its host, and what of it the network sees."""

import ipaddress
import posixpath
import re
from collections.abc import Iterator

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Settings, Severity, rule
from policies.pack.type_tokens import CONTAINER, DOCKER_VOLUME, SERVICE
from policies.pack.value import Value
from policies.rules.workload import WORKLOADS, Workload

SOCKETS = re.compile(
    r"(?:docker|containerd|podman|crio|cri-dockerd|dockershim|buildkitd)\S*\.sock$"
)
DAEMON_FOLDERS = frozenset(
    """
    /run /var /var/run /run/docker /var/run/docker /run/containerd /run/podman /var/run/podman
    /run/crio /run/user
    """.split()  # noqa: SIM905 - paths read best as text
)
SENSITIVE = frozenset(
    """
    / /etc /boot /dev /lib /lib32 /lib64 /bin /sbin /proc /sys /usr /root /home /var/lib/docker
    /var/lib/containerd /var/lib/containers /var/lib/kubelet /var/lib/cloud /var/spool/cron
    /var/log /etc/kubernetes
    """.split()  # noqa: SIM905 - paths read best as text
)
BELOW = tuple(f"{path}/" for path in SENSITIVE - {"/"})
KEEPERS = (
    "/.ssh",
    "/.aws",
    "/.docker",
    "/.kube",
    "/.gnupg",
    "/.config/gcloud",
    "/.azure",
    "/.cloudflared",
)
"""Folders in which tools keep the credentials of their user."""

PRIVILEGED_PORTS = 1024
HOLDERS = (*WORKLOADS, DOCKER_VOLUME)
MOUNTS_URL = "https://docs.docker.com/engine/storage/bind-mounts/"


def _host_paths(resource: Resource) -> Iterator[tuple[Value, str, Value]]:
    """Yield each path of the host as its place, the cleaned path, and the mount it stands in."""
    if resource.type == DOCKER_VOLUME:
        yield from _bound(resource["driverOpts"], resource.props)
        return
    for volume in resource["volumes"].items() if resource.type == CONTAINER else ():
        yield volume["hostPath"], _clean(volume["hostPath"].text()), volume
    for mount in Workload(resource).spec["mounts"].items():
        if mount["type"].equals("bind"):
            yield mount["source"], _clean(mount["source"].text()), mount
        yield from _bound(mount["volumeOptions"]["driverOptions"], mount)


BINDING = frozenset({"bind", "rbind"})
"""Options of a mount, in any order among others, that bind a folder whatever the type."""


def _bound(options: Value, mount: Value) -> Iterator[tuple[Value, str, Value]]:
    """Yield the folder of the host that a volume of the local driver is bound to."""
    asked = {each.strip() for each in (options["o"].text() or "").split(",")}
    if asked & BINDING or options["type"].equals("none"):
        yield options["device"], _clean(options["device"].text()), mount


def _clean(path: str | None) -> str:
    if not path:
        return ""
    home = re.sub(r"^(?:~|\$HOME|\$\{HOME\})", "/root", path.strip())
    return posixpath.normpath(home).replace("//", "/")


@rule(
    "docker-no-socket-mount",
    on=HOLDERS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Take the mount away; what needs the daemon reads a filtered proxy of it.",
    frameworks=("CIS Docker 5.32", "Trivy KSV-0006", "Checkov CKV_K8S_27"),
    url="https://docs.docker.com/engine/security/protect-access/",
)
def docker_no_socket_mount(container: Resource) -> Findings:
    """Who holds the daemon's socket is root on the host."""
    for place, path, _ in _host_paths(container):
        if SOCKETS.search(path) or path in DAEMON_FOLDERS:
            yield place.problem("gives the container the daemon")


@rule(
    "docker-no-sensitive-host-paths",
    on=HOLDERS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Use a volume, or upload the one file; mount what remains read-only.",
    frameworks=("CIS Docker 5.6, 5.20", "Trivy KSV-0023"),
    url=MOUNTS_URL,
)
def docker_no_sensitive_host_paths(container: Resource) -> Findings:
    """A path of the host is changed, or read, by whoever breaks into the container."""
    for place, path, mount in _host_paths(container):
        if not path:
            continue
        if path in SENSITIVE or path.startswith(BELOW) or any(keeper in path for keeper in KEEPERS):
            yield place.problem("is a path of the host's own system")
        elif container.type != DOCKER_VOLUME and mount["readOnly"].is_not_true:
            yield mount["readOnly"].advice("is not true")
    if container.type == DOCKER_VOLUME:
        return
    for mount in Workload(container).spec["mounts"].items():
        propagation = mount["bindOptions"]["propagation"]
        if propagation.equals("shared", "rshared"):
            yield propagation.problem(f"is {propagation}")


@rule(
    "docker-ports-bound",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Publish no port: the tunnel reaches the container; else bind it to 127.0.0.1.",
    frameworks=("CIS Docker 5.8, 5.14", "KICS: traffic not bound", "Trivy KSV-0024"),
    url="https://docs.docker.com/engine/network/port-publishing/",
    settings={
        "published": schema.texts(
            "Names of containers that may publish ports; in production all others may not."
        ),
        "onlyDeclared": schema.flag(
            "Whether any published port needs a declaration.", default=False, production=True
        ),
    },
)
def docker_ports_bound(container: Resource, settings: Settings) -> Findings:
    """A published port is reached past the tunnel and past Access."""
    declared = container["name"].text() in settings["published"]
    if container.type == SERVICE:
        for port in container["endpointSpec"]["ports"].items():
            if not declared and container["name"].known:
                yield port.problem("is published on every node of the swarm, and not declared")
        return
    if container["publishAllPorts"].is_true:
        yield container["publishAllPorts"].problem("is true")
    for port in container["ports"].items():
        yield from _open_port(port)
        if settings["onlyDeclared"] and not declared and container["name"].known:
            yield port.problem("is published by a container that is not declared")


def _open_port(port: Value) -> Findings:
    address, external = port["ip"], port["external"].number()
    if address.known and _is_outer(address.text()):
        yield address.problem("is missing or open: every address of the host answers")
    if external is not None and 0 < external < PRIVILEGED_PORTS:
        yield port["external"].problem(f"is {port['external']}, below 1024")


def _is_outer(address: str | None) -> bool:
    """Return whether whoever reaches the host reaches *address*: none, all, or a public one."""
    try:
        found = ipaddress.ip_address((address or "0.0.0.0").strip().strip("[]") or "0.0.0.0")  # noqa: S104
    except ValueError:
        return True
    return found.is_unspecified or found.is_global
