"""Buckets across the stack: one door each, and an end for what is temporary."""

import re
from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, graph_rule
from policies.pack.type_tokens import (
    R2_BUCKET,
    R2_CUSTOM_DOMAIN,
    R2_LIFECYCLE,
    R2_LOCK,
    R2_MANAGED_DOMAIN,
    SCRIPTS,
)
from policies.pack.value import Value

DAY = 24 * 60 * 60
TEMPORARY = re.compile(r"(?i)(?:^|[-_.])(?:tmp|temp|cache|uploads?|exports?|logs?)(?:[-_.]|$)")


def _of_bucket(stack: Stack, bucket: Resource, kind: str) -> list[Resource]:
    return [
        each for each in stack.of(kind) if links.refers(stack, each, "bucketName", bucket, "name")
    ]


@graph_rule(
    "graph-r2-side-door",
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Switch the r2.dev address off: it stays open whatever stands before the other door.",
    frameworks=("Cloudflare R2: public buckets",),
    url="https://developers.cloudflare.com/r2/buckets/public-buckets/",
)
def graph_r2_side_door(stack: Stack) -> Findings:
    """A bucket behind a custom domain or a worker is open as a whole at its r2.dev address."""
    for bucket in stack.of(R2_BUCKET):
        published = _of_bucket(stack, bucket, R2_MANAGED_DOMAIN)
        guarded = _of_bucket(stack, bucket, R2_CUSTOM_DOMAIN) or _is_bound(stack, bucket)
        for door in published:
            if guarded and door["enabled"].is_true:
                yield door["enabled"].problem(f"is true while {bucket} has another door")


def _is_bound(stack: Stack, bucket: Resource) -> bool:
    name = bucket["name"].text()
    return name is not None and any(
        binding["bucketName"].text() == name
        for script in stack.of(*SCRIPTS)
        for binding in script["bindings"].items()
    )


@graph_rule(
    "graph-temp-data-expires",
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Give a temporary bucket a lifecycle that deletes, and aborts uploads, within the days "
    "allowed; lock any other, or name it in backedUp.",
    frameworks=("Cloudflare R2: object lifecycles", "GDPR Art. 5 (1) e"),
    url="https://developers.cloudflare.com/r2/buckets/object-lifecycles/",
    settings={
        "maxDays": schema.number("Longest stay in a temporary bucket, in days.", 90),
        "temporary": schema.texts("Buckets that are temporary whatever they are called."),
        "backedUp": schema.texts("Buckets whose backup somebody answers for."),
    },
)
def graph_temp_data_expires(stack: Stack, settings: Settings) -> Findings:
    """What is kept for a moment and never deleted is kept for ever; what matters needs a copy."""
    for bucket in stack.of(R2_BUCKET):
        name = bucket["name"].text()
        if name is None:
            continue
        if TEMPORARY.search(name) or name in settings["temporary"]:
            yield from _expires(stack, bucket, settings["maxDays"])
        elif name not in settings["backedUp"] and _is_unlocked(stack, bucket):
            yield bucket.advice("has neither a lock nor a declared backup")


def _is_unlocked(stack: Stack, bucket: Resource) -> bool:
    locks = (links.refers(stack, e, "bucketName", bucket, "name") for e in stack.of(R2_LOCK))
    return stack.lacks(locks)


def _expires(stack: Stack, bucket: Resource, max_days: float) -> Findings:
    if stack.lacks(_deletes(each, max_days) for each in _rules(stack, bucket)):
        yield bucket.problem(f"is temporary and nothing deletes within {max_days:.0f} days")
    aborting = (each["abortMultipartUploadsTransition"].present for each in _rules(stack, bucket))
    if stack.lacks(aborting):
        yield bucket.problem("is temporary and nothing aborts unfinished uploads")


def _rules(stack: Stack, bucket: Resource) -> Iterator[Value]:
    for lifecycle in _of_bucket(stack, bucket, R2_LIFECYCLE):
        yield from (each for each in lifecycle["rules"].items() if each["enabled"].is_not_false)


def _deletes(each: Value, max_days: float) -> bool:
    condition = each["deleteObjectsTransition"]["condition"]
    age = condition["maxAge"].number()
    return age is not None and age <= max_days * DAY
