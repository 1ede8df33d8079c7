"""Health checks: what Cloudflare asks a host from outside, as far as the plan of its zone goes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from planning.plans import FEATURES, ZONE_PLANS, ZonePlan
from planning.refusals import RefusedError, refuse_all
from planning.zones import zone_of

REGIONS = (
    "WNAM",
    "ENAM",
    "WEU",
    "EEU",
    "NSAM",
    "SSAM",
    "OC",
    "ME",
    "NAF",
    "SAF",
    "IN",
    "SEAS",
    "NEAS",
)
"""Regions that are asked from. `ALL_REGIONS` asks from each and needs the Business plan."""

LONGEST_TIMEOUT, MOST_RETRIES, LONGEST_INTERVAL = 10, 5, 3600
_CODE = re.compile(r"[1-5](\d\d|\dx|xx)")


@dataclass(frozen=True)
class CheckLimits:
    """What the plan of a zone has."""

    checks: int
    """Health checks of the zone."""

    interval: int
    """Shortest time between two of them, in seconds."""


CHECK_LIMITS: Mapping[ZonePlan, CheckLimits] = {
    "free": CheckLimits(0, 0),
    "pro": CheckLimits(10, 60),
    "business": CheckLimits(50, 15),
    "enterprise": CheckLimits(1000, 10),
}
"""Source: the table of availability in the documentation of Cloudflare's Health Checks."""


@dataclass(frozen=True)
class HealthCheck:
    """A question that is asked again and again. Times are whole seconds."""

    name: str
    """Its name in the zone."""

    host: str
    path: str = "/health"
    interval: int = 60
    timeout: int = 5
    retries: int = 2
    """Tries after one that timed out, at once."""

    fails: int = 1
    """Failed checks in a row after which the host counts as unhealthy."""

    codes: tuple[str, ...] = ("200",)
    contains: str = ""
    """Text that the answer has to have, in any case. "": any."""

    regions: tuple[str, ...] = ("WNAM", "ENAM", "WEU")
    emails: tuple[str, ...] = ()
    """Who is told when it changes."""


def check_codes(codes: Iterable[str]) -> None:
    """Raise `RefusedError` for what is neither a code of HTTP nor a range, and for errors."""
    for code in codes:
        if not _CODE.fullmatch(code.lower()):
            raise RefusedError(f"{code!r} is no code of HTTP; write 200, or 2xx for a range")
        if code.startswith("5"):
            raise RefusedError(f"{code!r} takes an error for a sign of life; name what is well")


def check_regions(regions: Iterable[str]) -> None:
    """Raise `RefusedError` for a region that there is not, and for one that stands twice."""
    counts = Counter(regions)
    for region, count in counts.items():
        if region not in REGIONS:
            raise RefusedError(f"{region!r} is none of {', '.join(REGIONS)}")
        if count > 1:
            raise RefusedError(f"{region} stands {count} times; name it once")


def check_plans(
    wanted: Iterable[tuple[str, HealthCheck]],
    plans: Mapping[str, ZonePlan],
    owners: Mapping[str, str],
    stack: str,
) -> None:
    """Refuse what is beyond the plan of its zone, in *plans* by name, or another stack's to set.

    *wanted* pairs systems with their checks. What the free plan has not, the worker does by a
    schedule of its own.
    """
    refuse_all(_beyond(tuple(wanted), plans, owners, stack))


def _beyond(
    wanted: Sequence[tuple[str, HealthCheck]],
    plans: Mapping[str, ZonePlan],
    owners: Mapping[str, str],
    stack: str,
) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for system, check in wanted:
        zone = zone_of(check.host, plans)
        where = f"health check {check.name} of {system}"
        if owners[zone] != stack:
            yield (
                f"{where} is for {check.host}, and only {owners[zone]}, the owner of zone {zone}, "
                f"sets its health checks; name {stack} among the guests of the zone in the file of "
                f"{owners[zone]}, or leave it out of {stack}"
            )
            continue
        yield from _check_plan(where, zone, check, plans[zone])
        counts[zone] += 1
    for zone, count in counts.items():
        allowed = CHECK_LIMITS[plans[zone]].checks
        if count > allowed > 0:
            yield (
                f"zone {zone}: {count} health checks are wanted and the {plans[zone]} plan has "
                f"{allowed}; leave some out, or change the plan"
            )


def _check_plan(where: str, zone: str, check: HealthCheck, plan: ZonePlan) -> Iterator[str]:
    feature = FEATURES["health_checks"]
    if ZONE_PLANS.index(plan) < ZONE_PLANS.index(feature.zone):
        yield (
            f"{where} needs the {feature.zone} plan of its zone, and {zone} has {plan}; "
            f"remove it ({feature.instead}), or change the plan"
        )
        return
    shortest = CHECK_LIMITS[plan].interval
    if check.interval < shortest:
        yield (
            f"{where} asks every {check.interval} seconds and the {plan} plan has {shortest} at "
            f"least; ask more seldom, or change the plan"
        )
