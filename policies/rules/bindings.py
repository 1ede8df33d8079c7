"""What a Worker or a Pages project reads in the clear, everybody reads who may look at it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from common.credential_values import is_given, looks_like
from common.credentials import as_words, is_credential_name
from policies.pack.finding import Findings
from policies.pack.hosts import allows_everybody, is_plain
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, Severity, rule
from policies.pack.type_tokens import KV_ENTRY, PAGES_PROJECT, SCRIPTS
from policies.pack.value import Value

PLAIN = ("plain_text", "json")
BY_NAME = "a credential by its name, plain by its type"
STAGES = ("preview", "production")
READERS = (*SCRIPTS, PAGES_PROJECT)
SECRETS_URL = "https://developers.cloudflare.com/workers/configuration/secrets/"
ORIGINS = re.compile(
    r"(?i)(?:^|_)(?:CORS|(?:ALLOW(?:ED)?|TRUSTED|ACCESS_CONTROL_ALLOW)_?ORIGINS?"
    r"|ORIGINS?_?(?:ALLOW|ALLOWED|ALLOWLIST|WHITELIST))(?:_|$)"
)
NO_LIST = re.compile(r"(?i)_(?:MAX_AGE|METHODS?|HEADERS?|CREDENTIALS|ENABLED|DEBUG)$")


@dataclass(frozen=True)
class Variable:
    """A variable in the clear: its name, the place that gives it, and its value."""

    label: Value | str
    place: Value
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        return self.label if isinstance(self.label, str) else self.label.text() or ""

    @property
    def shown(self) -> str:
        """The name as a message may show it."""
        return str(self.label)

    def settings(self) -> Iterator[Value]:
        """Yield what the JSON of the variable holds, in whichever field it stands."""
        for written in self.values:
            yield from written.parsed().leaves()


def variables(reader: Resource) -> Iterator[Variable]:
    """Yield the variables that a script or a Pages project is given in the clear."""
    if reader.type == PAGES_PROJECT:
        for stage in STAGES:
            given = reader["deploymentConfigs"][stage]["envVars"].entries()
            for name, each in given.items():
                if each["type"].equals(None, "plain_text"):
                    yield Variable(name, each["value"], (each["value"],))
        return
    for binding in reader["bindings"].items():
        if binding["type"].equals(*PLAIN):
            values = (binding["text"], binding["json"])
            yield Variable(binding["name"], binding, values)


@rule(
    "worker-secret-in-plain-binding",
    on=READERS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Bind it as a secret (type secret_text); rename the binding if it holds none.",
    frameworks=("Cloudflare Workers: secrets", "Trivy DS-0031", "Checkov CKV_K8S_35"),
    url=SECRETS_URL,
)
def worker_secret_in_plain_binding(reader: Resource) -> Findings:
    """A plain binding is readable in the dashboard, by the API and in the state."""
    for each in variables(reader):
        if is_credential_name(each.name):
            yield each.place.problem(f"({each.shown}) is {BY_NAME}")
        for leaf in each.settings():
            if is_given(as_words(leaf.path), leaf.text() or "?"):
                yield leaf.problem(f"of {each.shown} is {BY_NAME}")


@rule(
    "worker-plain-binding-entropy",
    on=READERS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Bind it as a secret (type secret_text); shorten or waive it if it is none.",
    frameworks=("Checkov: entropy and keyword", "KICS: passwords and secrets", "CWE-312"),
    url=SECRETS_URL,
)
def worker_plain_binding_entropy(reader: Resource) -> Findings:
    """A credential under a harmless name is as readable as any other plain binding."""
    for each in variables(reader):
        for value in each.values:
            if found := looks_like(value.text() or "", each.name):
                yield value.problem(f"of {each.shown} is {found}")
        for leaf in each.settings():
            if found := looks_like(leaf.text() or "", f"{each.name}_{as_words(leaf.path)}"):
                yield leaf.problem(f"of {each.shown} is {found}")


@rule(
    "worker-no-wildcard-origin",
    on=READERS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Name the https origins that may call the worker from a browser.",
    frameworks=("OWASP ASVS 14.5.3",),
    url="https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS",
)
def worker_no_wildcard_origin(reader: Resource) -> Findings:
    """A worker told to allow every origin answers any page that a user happens to visit."""
    for each in variables(reader):
        if not ORIGINS.search(each.name) or NO_LIST.search(each.name):
            continue
        for leaf in (*each.values, *each.settings()):
            origins = [part for part in re.split(r"[\s,;|]+", leaf.text() or "") if part]
            if any(map(allows_everybody, origins)):
                yield leaf.problem(f"of {each.shown} allows every origin")
            elif any(map(is_plain, origins)):
                yield leaf.problem(f"of {each.shown} allows a page without TLS")


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
