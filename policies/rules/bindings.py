"""What a Worker reads in the clear may be read by everybody who may look at the Worker."""

import re
from collections.abc import Iterator

from common.credential_values import is_given, looks_like
from common.credentials import as_words, is_credential_name
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Severity, rule
from policies.pack.tokens import KV_ENTRY, SCRIPTS
from policies.pack.value import Value

PLAIN = ("plain_text", "json")
SECRETS_URL = "https://developers.cloudflare.com/workers/configuration/secrets/"
ORIGINS = re.compile(r"(?i)(?:^|_)(?:CORS|ALLOWED?)_?ORIGINS?(?:_|$)")


def _plain(worker: Resource) -> Iterator[Value]:
    return (each for each in worker["bindings"].items() if each["type"].equals(*PLAIN))


@rule(
    "worker-secret-in-plain-binding",
    on=SCRIPTS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Bind it as a secret (type secret_text); rename the binding if it holds none.",
    frameworks=("Cloudflare Workers: secrets", "Trivy DS-0031", "Checkov CKV_K8S_35"),
    url=SECRETS_URL,
)
def worker_secret_in_plain_binding(worker: Resource) -> Findings:
    """A plain binding is readable in the dashboard, by the API and in the state."""
    for binding in _plain(worker):
        name, kind = binding["name"], binding["type"]
        if is_credential_name(name.text() or ""):
            yield binding.problem(f"({name}) is a credential by its name, {kind} by its type")
        for leaf in _settings(binding):
            if is_given(as_words(leaf.path), leaf.text() or "?"):
                yield leaf.problem(f"of {name} is a credential by its name, {kind} by its type")


@rule(
    "worker-plain-binding-entropy",
    on=SCRIPTS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Bind it as a secret (type secret_text); shorten or waive it if it is none.",
    frameworks=("Checkov: entropy and keyword", "KICS: passwords and secrets", "CWE-312"),
    url=SECRETS_URL,
)
def worker_plain_binding_entropy(worker: Resource) -> Findings:
    """A credential under a harmless name is as readable as any other plain binding."""
    for binding in _plain(worker):
        name = binding["name"]
        if found := looks_like(binding["text"].text() or "", name.text() or ""):
            yield binding["text"].problem(f"of {name} is {found}")
        for leaf in _settings(binding):
            if found := looks_like(leaf.text() or "", f"{name.text()}_{as_words(leaf.path)}"):
                yield leaf.problem(f"of {name} is {found}")


def _settings(binding: Value) -> Iterator[Value]:
    """Yield what the JSON of a binding holds, which may stand in a text as well."""
    for written in (binding["json"], binding["text"]):
        yield from written.parsed().leaves()


@rule(
    "worker-no-wildcard-origin",
    on=SCRIPTS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Name the https origins that may call the worker from a browser.",
    frameworks=("OWASP ASVS 14.5.3",),
    url="https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS",
)
def worker_no_wildcard_origin(worker: Resource) -> Findings:
    """A worker told to allow every origin answers any page that a user happens to visit."""
    for binding in _plain(worker):
        if not ORIGINS.search(binding["name"].text() or ""):
            continue
        for leaf in (binding["text"], *binding["json"].parsed().leaves()):
            if _is_open(leaf.text() or ""):
                yield leaf.problem(f"of {binding['name']} allows every origin")


def _is_open(text: str) -> bool:
    return any(origin.strip() in ("*", "null") for origin in text.split(","))


@rule(
    "kv-no-credentials",
    on=KV_ENTRY,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Keep credentials in secret bindings or in a Secrets Store.",
    frameworks=("Cloudflare: Secrets Store",),
    url="https://developers.cloudflare.com/secrets-store/",
)
def kv_no_credentials(entry: Resource) -> Findings:
    """A KV namespace is no store for secrets: everybody who may read keys may read values."""
    name = entry["keyName"].text() or ""
    if is_credential_name(name):
        yield entry["keyName"].problem("names a credential")
    for leaf in (entry["value"], entry["metadata"], *_opened(entry)):
        if found := looks_like(leaf.text() or "", f"{name}_{as_words(leaf.path)}"):
            yield leaf.problem(f"is {found}")


def _opened(entry: Resource) -> Iterator[Value]:
    for value in (entry["value"], entry["metadata"]):
        yield from (leaf for leaf in value.parsed().leaves() if leaf.path != value.path)
