"""What a container reads of its host, shows to the network, and is told in secret."""

import posixpath
import re
from collections.abc import Iterator

from common.credentials import is_credential_file, is_credential_name
from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Settings, Severity, rule
from policies.pack.tokens import CONTAINER
from policies.pack.value import Value
from policies.rules.secrets import is_secret_assignment

SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
SENSITIVE = frozenset(
    [
        "/",
        "/etc",
        "/boot",
        "/dev",
        "/lib",
        "/lib32",
        "/lib64",
        "/proc",
        "/sys",
        "/usr",
        "/root",
        "/home",
    ]
)
BELOW = tuple(f"{path}/" for path in SENSITIVE - {"/"})
OPEN_ADDRESSES = ("0.0.0.0", "::", "[::]")  # noqa: S104
PRIVILEGED_PORTS = 1024
OTHERS = 0o077
TOKEN_FLAGS = re.compile(
    r"(?i)^--(?:token|credentials-contents|password|api-key|secret)(?:=(?!$)|$)"
)
MOUNTS_URL = "https://docs.docker.com/engine/storage/bind-mounts/"


def _host_paths(container: Resource) -> Iterator[tuple[Value, str, Value]]:
    """Each host path as the place, the cleaned path, and the mount that it stands in."""
    for volume in container["volumes"].items():
        yield volume["hostPath"], _clean(volume["hostPath"].text()), volume
    for mount in container["mounts"].items():
        if mount["type"].equals("bind"):
            yield mount["source"], _clean(mount["source"].text()), mount


def _clean(path: str | None) -> str:
    if not path:
        return ""
    return posixpath.normpath(path.replace("~", "/root", 1)).replace("//", "/")


@rule(
    "docker-no-socket-mount",
    on=CONTAINER,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Take the mount away; what needs the daemon reads a filtered proxy of it.",
    frameworks=("CIS Docker 5.32", "Trivy KSV-0006", "Checkov CKV_K8S_27"),
    url="https://docs.docker.com/engine/security/protect-access/",
)
def docker_no_socket_mount(container: Resource) -> Findings:
    """Who holds the daemon's socket is root on the host."""
    for place, path, _ in _host_paths(container):
        if posixpath.basename(path) in SOCKETS or path in ("/run", "/var/run"):
            yield place.problem("gives the container the daemon")


@rule(
    "docker-no-sensitive-host-paths",
    on=CONTAINER,
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
        if path in SENSITIVE or path.startswith(BELOW) or "/.ssh" in path:
            yield place.problem("is a path of the host's own system")
        elif mount["readOnly"].is_not_true:
            yield mount["readOnly"].advice("is not true")
    for mount in container["mounts"].items():
        propagation = mount["bindOptions"]["propagation"]
        if propagation.equals("shared", "rshared"):
            yield propagation.problem(f"is {propagation}")


@rule(
    "docker-ports-bound",
    on=CONTAINER,
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
    if container["publishAllPorts"].is_true:
        yield container["publishAllPorts"].problem("is true")
    declared = container["name"].text() in settings["published"]
    for port in container["ports"].items():
        address, external = port["ip"], port["external"].number()
        if address.equals(None, "", *OPEN_ADDRESSES):
            yield address.problem("is missing or open: every address of the host answers")
        if external is not None and 0 < external < PRIVILEGED_PORTS:
            yield port["external"].problem(f"is {port['external']}, below 1024")
        if settings["onlyDeclared"] and not declared and container["name"].known:
            yield port.problem("is published by a container that is not declared")


@rule(
    "docker-no-secret-env",
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Hand it over as a file of mode 0600 (uploads), and name the file in *_FILE.",
    frameworks=("Trivy DS-0031", "Checkov CKV_K8S_35", "Regula: secrets in the environment"),
    url="https://docs.docker.com/engine/swarm/secrets/",
)
def docker_no_secret_env(container: Resource) -> Findings:
    """The environment and the command of a container are shown by `docker inspect`."""
    for env in container["envs"].items():
        name, _, value = (env.text() or "").partition("=")
        if name == "OP_SESSION":
            if not value.startswith("/"):
                yield env.problem("gives OP_SESSION something else than the path of a file")
        elif is_secret_assignment(env.text() or ""):
            yield env.problem("gives a value to a credential")
    for label in container["labels"].items():
        if is_credential_name(label["label"].text() or "") and label["value"].present:
            yield label["value"].problem("gives a value to a credential")
    for key in ("command", "entrypoints"):
        for word in container[key].items():
            if TOKEN_FLAGS.match(word.text() or ""):
                yield word.problem("hands a credential over as an argument")


@rule(
    "docker-upload-0600",
    on=CONTAINER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='Set permissions to "0600" (or narrower), and owner to the user of the container.',
    frameworks=("CIS Docker 5.32",),
    url="https://developer.1password.com/docs/connect/security/",
)
def docker_upload_0600(container: Resource) -> Findings:
    """A credential that every user of the container may read is not kept."""
    for upload in container["uploads"].items():
        if not is_credential_file(upload["file"].text() or ""):
            continue
        mode = upload["permissions"]
        if mode.known and _is_open(mode.text()):
            yield mode.problem("is missing (0644 then) or lets others read")
        if upload["owner"].empty and _has_user(container):
            yield upload["owner"].problem("is missing: the user of the container cannot read it")


def _is_open(mode: str | None) -> bool:
    try:
        return bool(int(mode or "644", 8) & OTHERS)
    except ValueError:
        return True


def _has_user(container: Resource) -> bool:
    user = container["user"].text() or "root"
    return user.partition(":")[0] not in ("root", "0")
