"""Secrets are real, and marked as secret wherever the program hands them over."""

import re
from collections.abc import Iterator

from common.credential_values import evident_credential
from common.credentials import is_credential_file, is_credential_name, is_placeholder, is_weak
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Severity, rule
from policies.pack.type_tokens import (
    CONTAINER,
    DNS_RECORD,
    KV_ENTRY,
    LOGPUSH_JOB,
    PAGES_PROJECT,
    SCRIPTS,
    SERVICE,
    cloudflare,
)
from policies.pack.value import Value
from policies.rules.bindings import STAGES
from policies.rules.workload import WORKLOADS, Workload, is_secret_assignment

DESTINATION_KEYS = re.compile(
    r"(?i)secret-access-key=|[?&]s(?:ig|as)=|header_authorization=|token="
)
SENSITIVE_KEY = re.compile(
    r"(?i)(?:secret|password|passphrase|token|credentials|authorization|key_?material|key_?json"
    r"|private_?key|api_?key|access_?key|account_?key|client_?key|md5_?key|custom_?key|key_?jwk)$"
)
NO_CREDENTIAL = ("webAnalyticsToken",)
"""Names of inputs that end like a credential's and hold none."""

PROVIDERS = ("cloudflare:", "docker:")
PULUMI_URL = "https://www.pulumi.com/docs/iac/concepts/secrets/"


@rule(
    "secrets-no-placeholder",
    on=(),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Set the real value, a secret by `python -m ops secret set`, and deploy again.",
    frameworks=("OWASP ASVS 2.10.2", "CWE-798"),
    url=PULUMI_URL,
)
def secrets_no_placeholder(resource: Resource) -> Findings:
    """A value that nobody filled in deploys in silence, and fails or lets everybody in later."""
    for leaf in _leaves(resource):
        text = leaf.text()
        if text is None:
            continue
        name, value = _assignment(leaf.path, text)
        if is_placeholder(value):
            yield leaf.problem("holds a placeholder")
        elif value and is_weak(value) and is_credential_name(name):
            yield leaf.problem("is a credential that everybody guesses")
    for secret in _secret_variables(resource):
        if is_weak(secret.text() or "?"):
            yield secret.problem("is a credential that everybody guesses")


def _leaves(resource: Resource) -> Iterator[Value]:
    """Yield all leaves, the JSON inside json bindings opened, and bodies that are no programs."""
    yield from resource.props.leaves()
    yield from _bodies(resource)
    if resource.type in SCRIPTS:
        for binding in resource["bindings"].items():
            yield from binding["json"].parsed().leaves()


def _bodies(resource: Resource) -> Iterator[Value]:
    if resource.type == DNS_RECORD:
        yield resource["content"]
    if resource.type == CONTAINER:
        yield from (upload["content"] for upload in resource["uploads"].items())


def _assignment(path: str, text: str) -> tuple[str, str]:
    """Split `NAME=value` of a container's environment; elsewhere the path is the name."""
    if path.startswith("envs[") and "=" in text:
        name, _, value = text.partition("=")
        return name, value
    return path, text


@rule(
    "sensitive-inputs-are-secret",
    on=(),
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Wrap it: `pulumi.Output.secret(value)`; the SDK does not mark this input by itself.",
    frameworks=("OWASP ASVS 6.4.1", "CWE-312"),
    url=PULUMI_URL,
)
def sensitive_inputs_are_secret(resource: Resource) -> Findings:
    """A credential that is no Pulumi secret stands in clear in the state and in every preview."""
    if not resource.type.startswith(PROVIDERS):
        return
    for value in (*_by_name(resource), *_by_kind(resource)):
        if value.present and not value.holds_secret:
            yield value.problem("is a credential and no Pulumi secret")


def _by_name(resource: Resource) -> Iterator[Value]:
    """Yield the inputs whose own name says that they hold a credential."""
    elsewhere = ELSEWHERE.get(resource.type, ())
    for leaf in resource.props.everything():
        key = leaf.path.rpartition(".")[2]
        named = SENSITIVE_KEY.search(key) and key not in NO_CREDENTIAL
        if named and leaf.is_text and not leaf.path.startswith(elsewhere):
            yield leaf


def _by_kind(resource: Resource) -> Iterator[Value]:
    yield from _secret_variables(resource)
    if resource.type in SCRIPTS:
        for binding in resource["bindings"].items():
            if binding["type"].equals("secret_key"):
                yield from (binding["keyBase64"], binding["keyJwk"])
    elif resource.type == KV_ENTRY:
        if is_credential_name(resource["keyName"].text() or ""):
            yield resource["value"]
    elif resource.type == LOGPUSH_JOB:
        if DESTINATION_KEYS.search(resource["destinationConf"].text() or ""):
            yield resource["destinationConf"]
    elif resource.type in WORKLOADS:
        yield from _workload(resource)


def _workload(resource: Resource) -> Iterator[Value]:
    for each in Workload(resource).environment():
        if is_secret_assignment(each.name, each.value):
            yield each.place
    for upload in resource["uploads"].items() if resource.type == CONTAINER else ():
        if is_credential_file(upload["file"].text() or ""):
            yield from (upload["content"], upload["contentBase64"])


def _secret_variables(resource: Resource) -> Iterator[Value]:
    """Yield what scripts and Pages projects are given as secrets."""
    if resource.type in SCRIPTS:
        for binding in resource["bindings"].items():
            if binding["type"].equals("secret_text"):
                yield binding["text"]
    elif resource.type == PAGES_PROJECT:
        for stage in STAGES:
            variables = resource["deploymentConfigs"][stage]["envVars"].entries().values()
            yield from (each["value"] for each in variables if each["type"].equals("secret_text"))


@rule(
    "secrets-none-in-clear",
    on=(),
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="Take it out of this place; where it belongs here, wrap it: `pulumi.Output.secret`.",
    frameworks=("CWE-312", "CWE-798", "OWASP ASVS 2.10.4"),
    url=PULUMI_URL,
)
def secrets_none_in_clear(resource: Resource) -> Findings:
    """A credential in a comment, a header, a shell's line or the DNS is read by whoever passes."""
    if not resource.type.startswith(PROVIDERS):
        return
    elsewhere = ELSEWHERE.get(resource.type, ())
    for leaf in (*resource.props.leaves(), *_bodies(resource)):
        if leaf.secret or leaf.path.startswith(elsewhere):
            continue
        if found := evident_credential(leaf.text() or ""):
            yield leaf.problem(f"is {found}, in the clear")


ELSEWHERE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SCRIPTS, ("bindings",)),
    cloudflare("leakedCredentialCheckRule"): ("password", "username"),  # expressions
    KV_ENTRY: ("value", "metadata", "keyName"),
    PAGES_PROJECT: ("deploymentConfigs",),
    LOGPUSH_JOB: ("destinationConf",),
    CONTAINER: ("envs", "command", "entrypoints", "labels", "healthcheck", "logOpts"),
    SERVICE: ("taskSpec.containerSpec", "taskSpec.logDriver", "labels"),
}
"""Where rules of their own look for credentials, with a sentence that fits."""
