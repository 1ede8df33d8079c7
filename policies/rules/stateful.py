"""What holds data is not lost by a change of the program."""

import re

from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DATA_KEPT, PRODUCTION, Severity, rule
from policies.pack.type_tokens import (
    D1_DATABASE,
    DOCKER_VOLUME,
    KV_NAMESPACE,
    QUEUE,
    R2_BUCKET,
    SECRETS_STORE,
    TUNNEL,
    WORKERS_SCRIPT,
    ZONE,
)

HOLDS_DATA = (
    R2_BUCKET,
    KV_NAMESPACE,
    D1_DATABASE,
    QUEUE,
    ZONE,
    SECRETS_STORE,
    TUNNEL,
    DOCKER_VOLUME,
    WORKERS_SCRIPT,
)

SECURING = frozenset(
    {
        "*",
        "rules",
        "policies",
        "bindings",
        "includes",
        "ingresses",
        "privileged",
        "capabilities",
        "image",
    }
)
"""Properties whose drift weakens security."""

PATH_PARTS = re.compile(r"\w+|\*")


@rule(
    "stateful-protected",
    on=HOLDS_DATA,
    severity=Severity.HIGH,
    levels=DATA_KEPT,
    remedy="Register it with `protect=True`; unprotect it only to delete it on purpose.",
    frameworks=("awsguard: deletion protection",),
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
)
def stateful_protected(resource: Resource) -> Findings:
    """The engine shows a deletion to no policy, so that protection is the only guard of data."""
    if not resource.options.protect and _holds_data(resource):
        yield resource.problem("holds data and is not protected")


def _holds_data(resource: Resource) -> bool:
    """A script holds data by its Durable Objects only, and only by those it owns."""
    if resource.type != WORKERS_SCRIPT:
        return True
    return any(
        binding["type"].equals("durable_object_namespace") and binding["scriptName"].empty
        for binding in resource["bindings"].items()
    )


@rule(
    "no-blind-ignore-changes",
    on=(),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Ignore narrower properties, or let the program state the value.",
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/",
)
def no_blind_ignore_changes(resource: Resource) -> Findings:
    """A change that the program ignores hides that somebody weakened the setting by hand."""
    for path in resource.options.ignore_changes:
        if SECURING & set(PATH_PARTS.findall(path)):
            yield resource.problem(f"ignores changes of {path}")
