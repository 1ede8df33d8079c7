"""Secrets are real, sealed, and stand only where secrets belong."""

from pack import detect
from pack.finding import Findings
from pack.resource import Resource
from pack.rule import ALWAYS, Severity, rule
from pack.tokens import WORKER_VERSION, WORKERS_SCRIPT
from pack.value import Value

PLAIN = ("plain_text", "json")
BINDINGS_URL = "https://developers.cloudflare.com/workers/configuration/secrets/"


@rule(
    "secrets-no-placeholder",
    on=(),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Set the real value, a secret by `pulumi config set --secret <name>`, and deploy again.",
    frameworks=("OWASP ASVS 2.10.2", "CWE-798"),
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def secrets_no_placeholder(resource: Resource) -> Findings:
    """A value that nobody filled in deploys in silence, and fails or lets everybody in later."""
    for leaf in _leaves(resource):
        text = leaf.text()
        if text is None:
            continue
        name, value = _assignment(leaf.path, text)
        if detect.is_placeholder(value):
            yield leaf.problem("holds a placeholder")
        elif detect.is_weak(value) and detect.is_credential_name(name):
            yield leaf.problem("is a credential that everybody guesses")


def _leaves(resource: Resource) -> list[Value]:
    """All leaves, with the JSON inside json bindings opened."""
    opened = [binding["json"].parsed() for binding in resource["bindings"].items()]
    return [leaf for value in (resource.props, *opened) for leaf in value.leaves()]


def _assignment(path: str, text: str) -> tuple[str, str]:
    """Split `NAME=value` of a container's environment; elsewhere the path is the name."""
    if path.startswith("envs[") and "=" in text:
        name, _, value = text.partition("=")
        return name, value
    return path, text


@rule(
    "worker-secret-in-plain-binding",
    on=(WORKERS_SCRIPT, WORKER_VERSION),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Bind it as a secret (type secret_text); rename the binding if it holds none.",
    frameworks=("Cloudflare Workers: secrets", "Trivy DS-0031", "OWASP ASVS 6.4.1"),
    url=BINDINGS_URL,
)
def worker_secret_in_plain_binding(worker: Resource) -> Findings:
    """A plain binding is readable in the dashboard, by the API and in the state."""
    for binding in worker["bindings"].items():
        name, kind = binding["name"], binding["type"]
        if kind.equals(*PLAIN) and detect.is_credential_name(name.text() or ""):
            yield binding.problem(f"({name}) is a credential by its name, {kind} by its type")
