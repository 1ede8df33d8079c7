"""Secrets are real, and marked as secret wherever the program hands them over."""

import re
from collections.abc import Callable, Iterator

from common.credentials import is_credential_file, is_credential_name, is_placeholder, is_weak
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Severity, rule
from policies.pack.tokens import (
    ACCESS_APPLICATION,
    CONTAINER,
    HYPERDRIVE,
    IDENTITY_PROVIDER,
    KV_ENTRY,
    LOGPUSH_JOB,
    PAGES_PROJECT,
    REGISTRY_IMAGE,
    SCRIPTS,
    SERVICE,
    WEBHOOK,
    WORKER_VERSION,
    WORKERS_SCRIPT,
)
from policies.pack.value import Value

DESTINATION_KEYS = re.compile(
    r"(?i)secret-access-key=|[?&]s(?:ig|as)=|header_authorization=|token="
)
PULUMI_URL = "https://www.pulumi.com/docs/iac/concepts/secrets/"


@rule(
    "secrets-no-placeholder",
    on=(),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Set the real value, a secret by `pulumi config set --secret <name>`, and deploy again.",
    frameworks=("OWASP ASVS 2.10.2", "CWE-798"),
    url=PULUMI_URL,
)
def secrets_no_placeholder(resource: Resource) -> Findings:
    """A value that nobody filled in deploys in silence, and fails or lets everybody in later."""
    for leaf in _leaves(resource):
        text = leaf.text()
        if text is None:
            continue
        name, value = assignment(leaf.path, text)
        if is_placeholder(value):
            yield leaf.problem("holds a placeholder")
        elif value and is_weak(value) and is_credential_name(name):
            yield leaf.problem("is a credential that everybody guesses")
    for secret in _secret_bindings(resource):
        if is_weak(secret.text() or "?"):
            yield secret.problem("is a credential that everybody guesses")


def _leaves(resource: Resource) -> Iterator[Value]:
    """All leaves, with the JSON inside json bindings opened."""
    yield from resource.props.leaves()
    if resource.type not in SCRIPTS:
        return
    for binding in resource["bindings"].items():
        yield from binding["json"].parsed().leaves()


def assignment(path: str, text: str) -> tuple[str, str]:
    """Split `NAME=value` of a container's environment; elsewhere the path is the name."""
    if path.startswith("envs[") and "=" in text:
        name, _, value = text.partition("=")
        return name, value
    return path, text


@rule(
    "sensitive-inputs-are-secret",
    on=(
        WORKERS_SCRIPT,
        WORKER_VERSION,
        KV_ENTRY,
        HYPERDRIVE,
        IDENTITY_PROVIDER,
        ACCESS_APPLICATION,
        WEBHOOK,
        PAGES_PROJECT,
        CONTAINER,
        SERVICE,
        REGISTRY_IMAGE,
        LOGPUSH_JOB,
    ),
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Wrap it: `pulumi.Output.secret(value)`; the SDK does not mark this input by itself.",
    frameworks=("OWASP ASVS 6.4.1", "CWE-312"),
    url=PULUMI_URL,
)
def sensitive_inputs_are_secret(resource: Resource) -> Findings:
    """A credential that is no Pulumi secret stands in clear in the state and in every preview."""
    for value in SENSITIVE[resource.type](resource):
        if value.present and not value.holds_secret:
            yield value.problem("is a credential and no Pulumi secret")


def _secret_bindings(resource: Resource) -> Iterator[Value]:
    if resource.type in SCRIPTS:
        for binding in resource["bindings"].items():
            if binding["type"].equals("secret_text"):
                yield binding["text"]


def _bindings(worker: Resource) -> Iterator[Value]:
    for binding in worker["bindings"].items():
        if binding["type"].equals("secret_text"):
            yield binding["text"]
        if binding["type"].equals("secret_key"):
            yield from (binding["keyBase64"], binding["keyJwk"])


def _kv(entry: Resource) -> Iterator[Value]:
    if is_credential_name(entry["keyName"].text() or ""):
        yield entry["value"]


def _hyperdrive(hyperdrive: Resource) -> Iterator[Value]:
    origin = hyperdrive["origin"]
    yield from (origin["password"], origin["accessClientSecret"])


def _identity_provider(provider: Resource) -> Iterator[Value]:
    yield provider["config"]["clientSecret"]


def _application(application: Resource) -> Iterator[Value]:
    authentication = application["scimConfig"]["authentication"]
    for key in ("clientSecret", "password", "token"):
        yield authentication[key]


def _webhook(webhook: Resource) -> Iterator[Value]:
    yield webhook["secret"]


def _pages(project: Resource) -> Iterator[Value]:
    for stage in ("preview", "production"):
        variables = project["deploymentConfigs"][stage]["envVars"].entries().values()
        yield from (each["value"] for each in variables if each["type"].equals("secret_text"))


def _container(container: Resource) -> Iterator[Value]:
    for env in container["envs"].items():
        if is_secret_assignment(env.text() or ""):
            yield env
    for upload in container["uploads"].items():
        if is_credential_file(upload["file"].text() or ""):
            yield from (upload["content"], upload["contentBase64"])


def is_secret_assignment(text: str) -> bool:
    """Whether `NAME=value` gives a value to a credential."""
    name, _, value = text.partition("=")
    return bool(value) and is_credential_name(name)


def _service(service: Resource) -> Iterator[Value]:
    yield service["auth"]["password"]


def _registry_image(image: Resource) -> Iterator[Value]:
    yield image["authConfig"]["password"]


def _logpush(job: Resource) -> Iterator[Value]:
    destination = job["destinationConf"]
    if DESTINATION_KEYS.search(destination.text() or ""):
        yield destination


SENSITIVE: dict[str, Callable[[Resource], Iterator[Value]]] = {
    WORKERS_SCRIPT: _bindings,
    WORKER_VERSION: _bindings,
    KV_ENTRY: _kv,
    HYPERDRIVE: _hyperdrive,
    IDENTITY_PROVIDER: _identity_provider,
    ACCESS_APPLICATION: _application,
    WEBHOOK: _webhook,
    PAGES_PROJECT: _pages,
    CONTAINER: _container,
    SERVICE: _service,
    REGISTRY_IMAGE: _registry_image,
    LOGPUSH_JOB: _logpush,
}
