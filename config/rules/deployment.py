"""What the block `chittyos:` cannot see by itself: zones named twice, owners that are nobody."""

from collections import Counter
from collections.abc import Iterable, Iterator

from common.credentials import is_placeholder
from config.deployment import Deployment
from config.rules import baseline
from config.system_declaration import Finding
from planning.plans import FEATURES


def check(deployment: Deployment) -> Iterator[Finding]:
    """Find what does not fit together; every finding names the path to correct."""
    for index, zone in enumerate(deployment.zones):
        if is_placeholder(zone.owner):
            yield f"chittyos:zones[{index}].owner", "is a placeholder; name the owning stack"
        yield from baseline.check(zone, f"chittyos:zones[{index}]")
    yield from once("chittyos:zones", (zone.name for zone in deployment.zones))
    yield from once("chittyos:zones", (zone.id for zone in deployment.zones))
    yield from _notifications(deployment)
    pools = (pool.name for balancer in deployment.balancers for pool in balancer.pools)
    yield from once("chittyos:balancers", pools)
    yield from once("chittyos:add_ons", deployment.add_ons)


def _notifications(deployment: Deployment) -> Iterator[Finding]:
    """Find notifications of usage that no zone's plan has, or that tell the same twice."""
    path = "chittyos:usage_notifications"
    asked = deployment.usage_notifications
    feature = FEATURES["usage_notifications"]
    if asked and {zone.plan for zone in deployment.zones} == {"free"}:
        text = f"needs a zone on the {feature.zone} plan, and all are free"
        yield path, f"{text}; remove it ({feature.instead}), or change the plan of a zone"
    yield from once(path, (f"{each.product} at {each.limit:,}" for each in asked))


def once(path: str, names: Iterable[str]) -> Iterator[Finding]:
    """Find every name that stands more than once at *path*."""
    for name, count in Counter(names).items():
        if count > 1:
            yield path, f"has {name!r} {count} times; name it once"
