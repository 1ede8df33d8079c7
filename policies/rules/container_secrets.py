"""What a container is told in secret stays so, and what it is told switches no guard off."""

import re

from common.credential_values import looks_like
from common.credentials import is_credential_file, is_credential_name
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, Severity, rule
from policies.pack.type_tokens import CONTAINER
from policies.pack.value import Value
from policies.rules.workload import WORKLOADS, Workload, credential_in, is_secret_assignment

OTHERS = 0o077
GUARDS_OFF = re.compile(
    r"""(?xi)(?:
      NODE_TLS_REJECT_UNAUTHORIZED=0 | PYTHONHTTPSVERIFY=0 | GIT_SSL_NO_VERIFY=(?:1|true)
    | POSTGRES_HOST_AUTH_METHOD=trust | (?:MYSQL|MARIADB)_ALLOW_EMPTY_(?:ROOT_)?PASSWORD=\S+
    | ALLOW_(?:EMPTY_PASSWORD|ANONYMOUS_LOGIN)=(?:1|yes|true)
    | (?:\w+_)?(?:DISABLE|NO|SKIP)_(?:AUTH|TLS|SSL)(?:_VERIFY)?=(?:1|yes|true|on)
    | (?:\w+_)?(?:TLS|SSL)_(?:SKIP|NO)_VERIFY=(?:1|yes|true|on)
    | (?:\w+_)?INSECURE(?:_\w+)?=(?:1|yes|true|on)
    | (?:\w+_)?AUTH(?:_ENABLED)?=(?:0|no|false|off|none)
    | (?:\w+_)?(?:VERIFY_TLS|VERIFY_SSL|TLS_VERIFY|SSL_VERIFY)=(?:0|no|false|off)
    )"""
)
"""Variables by which well-known programs ask for no login, or check no certificate."""


@rule(
    "docker-no-secret-env",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Hand it over as a file of mode 0600 (uploads), and name the file in *_FILE.",
    frameworks=("Trivy DS-0031", "Checkov CKV_K8S_35", "Regula: secrets in the environment"),
    url="https://docs.docker.com/engine/swarm/secrets/",
)
def docker_no_secret_env(container: Resource) -> Findings:
    """The environment and the command of a container are shown by `docker inspect`."""
    workload = Workload(container)
    yield from _environment(workload)
    for label, value in workload.labels():
        yield from _named(value, label.text() or "")
    for name, option in workload.log_driver[1].entries().items():
        yield from _named(option, name)
    tests = workload.spec["healthcheck"]["tests"].items()
    for place, said in credential_in([*workload.words(), *tests]):
        yield place.problem(said)


def _environment(workload: Workload) -> Findings:
    for each in workload.environment():
        if each.name == "OP_SESSION":
            if not each.value.startswith("/"):
                yield each.place.problem("gives OP_SESSION something else than the path of a file")
        elif is_secret_assignment(each.name, each.value):
            yield each.place.problem("gives a value to a credential")
        elif found := looks_like(each.value, each.name):
            yield each.place.problem(f"is {found}")


def _named(value: Value, name: str) -> Findings:
    if is_credential_name(name) and value.present:
        yield value.problem("gives a value to a credential")
    elif found := looks_like(value.text() or "", name):
        yield value.problem(f"is {found}")


@rule(
    "docker-env-keeps-guards",
    on=WORKLOADS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Take the variable away; give the program the certificate or the user that it asks for.",
    frameworks=("CWE-295", "CWE-306"),
    url="https://docs.docker.com/reference/cli/docker/container/run/#env",
)
def docker_env_keeps_guards(container: Resource) -> Findings:
    """A variable that switches TLS or the login of a program off undoes what stands around it."""
    for each in Workload(container).environment():
        if GUARDS_OFF.fullmatch(f"{each.name}={each.value}"):
            yield each.place.problem("switches a guard of the program off")


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
