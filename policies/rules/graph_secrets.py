"""Where secrets end up: what one resource makes, another must not show."""

from collections.abc import Iterator

from common.credential_values import looks_like
from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import ALWAYS, DEPLOYED, Settings, Severity, graph_rule
from policies.pack.type_tokens import (
    ACCESS_TOKEN,
    ACCOUNT_TOKEN,
    API_TOKEN,
    CONTAINER,
    DNS_RECORD,
    KV_ENTRY,
    SCRIPTS,
    STACK,
    TUNNEL,
)
from policies.pack.value import Value

PRODUCERS = {
    API_TOKEN: "value",
    ACCOUNT_TOKEN: "value",
    ACCESS_TOKEN: "clientSecret",
    TUNNEL: "tunnelSecret",
    "random:index/randomPassword:RandomPassword": "result",
    "random:index/randomBytes:RandomBytes": "base64",
}
SHORTEST = 8
"""Shorter secrets turn up in other texts by chance."""

SECRETS_URL = "https://www.pulumi.com/docs/iac/concepts/secrets/"


def secrets_of(stack: Stack) -> set[str]:
    """Return the known secrets that the stack's resources make or are given."""
    found = (value.text() for resource in stack.resources for value in _made(resource))
    return {text for text in found if text and len(text) >= SHORTEST}


def _made(resource: Resource) -> Iterator[Value]:
    if resource.type in PRODUCERS:
        yield resource[PRODUCERS[resource.type]]
    if resource.type in SCRIPTS:
        bindings = resource["bindings"].items()
        yield from (each["text"] for each in bindings if each["type"].equals("secret_text"))


def _carries(value: Value, secrets: set[str]) -> bool:
    text = value.text()
    return text is not None and any(secret in text for secret in secrets)


@graph_rule(
    "graph-secret-lineage",
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Hand it over as a secret: a secret_text binding, a file of mode 0600, a Secrets Store.",
    frameworks=("CWE-200", "OWASP ASVS 6.4"),
    url=SECRETS_URL,
)
def graph_secret_lineage(stack: Stack) -> Findings:
    """A secret that one resource makes is no secret where another shows it."""
    secrets = secrets_of(stack)
    for place in _shown(stack):
        if _carries(place, secrets):
            yield place.problem("shows a secret of this stack")
    for record in stack.of(DNS_RECORD):
        if record["content"].secret:
            yield record["content"].problem("shows a secret: the DNS is public")


def _shown(stack: Stack) -> Iterator[Value]:
    for script in stack.of(*SCRIPTS):
        for binding in script["bindings"].items():
            if binding["type"].equals("plain_text", "json"):
                yield from (binding["text"], binding["json"])
    yield from (entry["value"] for entry in stack.of(KV_ENTRY))
    for container in stack.of(CONTAINER):
        for key in ("envs", "command", "entrypoints"):
            yield from container[key].items()
        yield from (label["value"] for label in container["labels"].items())


@graph_rule(
    "graph-no-credential-outputs",
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Do not export it, or export it by `pulumi.Output.secret`.",
    frameworks=("CWE-200",),
    url=SECRETS_URL,
    settings={"allowed": schema.texts("Outputs that look like credentials and are none.")},
)
def graph_no_credential_outputs(stack: Stack, settings: Settings) -> Findings:
    """An output that is no Pulumi secret is printed by every update and kept in the clear."""
    secrets = secrets_of(stack)
    for root in stack.of(STACK):
        for name, output in root.props.entries().items():
            if name not in settings["allowed"] and not output.secret:
                yield from _open(output, secrets)


def _open(output: Value, secrets: set[str]) -> Findings:
    for leaf in output.leaves():
        if leaf.secret:
            continue
        if _carries(leaf, secrets):
            yield leaf.problem("shows a secret of this stack")
        elif looks_like(leaf.text() or ""):
            yield leaf.problem("looks like a credential and is no Pulumi secret")
