"""What caches keep is what everybody may have."""

import re
from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, graph_rule, rule
from policies.pack.type_tokens import ACCESS_APPLICATION, RULESET, SCRIPTS, WORKERS_SCRIPT
from policies.pack.value import Value

CACHE_URL = "https://developers.cloudflare.com/cache/"
PHASE = "http_request_cache_settings"
CREDENTIALS = ("authorization", "cookie")
QUOTED = re.compile(r'"([^"]*)"')
PUBLIC = ("/static/", "/assets/", "/favicon.ico", "/robots.txt", "/.well-known/")


@rule(
    "edge-cache-asks-who",
    on=RULESET,
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="Leave requests with Authorization and Cookie out of the rule's expression, or name the "
    "public paths that it is for.",
    frameworks=("CWE-524", "OWASP ASVS 8.2.1"),
    url=f"{CACHE_URL}how-to/cache-rules/",
    settings={"publicPaths": schema.texts("Paths whose answers are for everybody.", *PUBLIC)},
)
def edge_cache_asks_who(ruleset: Resource, settings: Settings) -> Findings:
    """An answer that is kept by its address alone is given to whoever asks next."""
    for each in _keeping(ruleset):
        text = (each["expression"].text() or "").lower()
        passing = [name for name in CREDENTIALS if name not in text]
        if passing and each["expression"].known and not _is_public(text, settings["publicPaths"]):
            named = " and ".join(passing)
            yield each["expression"].problem(f"keeps answers to requests with {named}, for all")


def _keeping(ruleset: Resource) -> Iterator[Value]:
    if ruleset["phase"].equals(PHASE):
        for each in ruleset["rules"].items():
            if each["actionParameters"]["cache"].is_true and each["enabled"].is_not_false:
                yield each


def _is_public(text: str, public: list[str]) -> bool:
    """Return whether all paths that the expression names are public ones, and it names some."""
    paths = [each for each in QUOTED.findall(text) if each.startswith("/")]
    return (
        bool(paths)
        and " or not " not in text
        and all(any(path.startswith(each) for each in public) for path in paths)
    )


@rule(
    "worker-cache-has-contract",
    on=SCRIPTS,
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="Leave cacheOptions off; or have every answer say Cache-Control, and name the worker in "
    "contracts.",
    frameworks=("CWE-524", "OWASP ASVS 8.2.1"),
    url="https://developers.cloudflare.com/workers/",
    settings={
        "contracts": schema.texts("Workers that say Cache-Control in every answer, by their names.")
    },
)
def worker_cache_has_contract(script: Resource, settings: Settings) -> Findings:
    """The cache before a worker keeps what says nothing of itself, and looks at no cookie."""
    enabled = script["cacheOptions"]["enabled"]
    contracts = settings["contracts"]
    is_named = script.type == WORKERS_SCRIPT and not script["scriptName"].differs(*contracts)
    if enabled.is_true and not is_named and script.name not in contracts:
        yield enabled.problem("is true, and no contract says that every answer has Cache-Control")


@graph_rule(
    "graph-cache-beside-bearer",
    severity=Severity.CRITICAL,
    levels=PRODUCTION,
    remedy="Keep answers of public paths alone, or leave requests with Authorization out of the "
    "rule.",
    frameworks=("CWE-524", "OWASP API2"),
    url=f"{CACHE_URL}how-to/cache-rules/",
    settings={"bearerPaths": schema.texts("Paths, or hosts with paths, that need a credential.")},
)
def graph_cache_beside_bearer(stack: Stack, settings: Settings) -> Findings:
    """A path that needs a credential is open as long as an answer of it is kept above it."""
    guarded = {*settings["bearerPaths"], *_guarded(stack)}
    for ruleset in stack.of(RULESET):
        for each in _keeping(ruleset):
            text = (each["expression"].text() or "").lower()
            for path in sorted(guarded if "authorization" not in text else ()):
                if _reaches(text, path):
                    yield each["expression"].problem(f"keeps answers of {path} (a credential)")


def _guarded(stack: Stack) -> Iterator[str]:
    """Find what needs a credential: by Access, and by rules that look for Authorization."""
    for application in stack.of(ACCESS_APPLICATION):
        yield from filter(None, (application["domain"].text(),))
        for destination in application["destinations"].items():
            yield from filter(None, (destination["uri"].text(),))
    for ruleset in stack.of(RULESET):
        for each in ruleset["rules"].items():
            text = each["expression"].text() or ""
            if "authorization" in text.lower() and not ruleset["phase"].equals(PHASE):
                yield from (path for path in QUOTED.findall(text) if path.startswith("/"))


def _reaches(text: str, guarded: str) -> bool:
    """Return whether a cache rule is about requests of *guarded*, a path or a host with one."""
    host = "" if guarded.startswith("/") else links.host_of(guarded)
    path = guarded if not host else links.path_of(guarded)
    named = QUOTED.findall(text)
    hosts = [each for each in named if "." in each and not each.startswith("/")]
    paths = [each for each in named if each.startswith("/")]
    on_host = not host or not hosts or any(links.covers(host, each) for each in hosts)
    return on_host and (
        not paths or any(path.startswith(each) or each.startswith(path) for each in paths)
    )
