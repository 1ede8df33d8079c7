"""What each plan gives, as tables for people: of the values that configurations are held to."""

from collections.abc import Iterable, Iterator

from planning.address_lists import LISTS
from planning.health_checks import CHECK_LIMITS
from planning.plans import FEATURES, LIMITS, ZONE_PLANS, Feature, told
from planning.rule_checks import CACHE, CUSTOM, HEADERS
from planning.rule_checks import LIMITS as RATE_LIMITS
from planning.zone_limits import ZONE_LIMITS
from planning.zone_settings import SETTINGS

_PHASES = {
    "custom rules of the WAF": CUSTOM,
    "rate limits": RATE_LIMITS,
    "rules for headers of answers": HEADERS,
    "cache rules": CACHE,
}


def page() -> str:
    """Give the tables of features, of numbers and settings of a zone, and of the account."""
    return "\n".join(
        [
            "\n## What only some have\n",
            _table(("name", "what", "needs", "without it"), _features()),
            "\n## How much a zone has\n",
            _table(("of a zone", *ZONE_PLANS), _numbers()),
            "\n## Settings that a zone cannot change on every plan\n",
            _table(("setting", "needs"), _settings()),
            "\n## How much the account has\n",
            _table(("of the account", *(each.name for each in LIMITS.values())), _account()),
            "",
        ]
    )


def _features() -> Iterator[tuple[str, ...]]:
    for name, feature in FEATURES.items():
        yield f"`{name}`", feature.what, needed(feature), feature.instead or "refused"


def needed(feature: Feature) -> str:
    """Say which plans and add-ons *feature* needs, all of them together."""
    account = ["Workers Paid"] if feature.account == "paid" else []
    zone = [f"a zone on the {feature.zone} plan"] if feature.zone != "free" else []
    add_on = [f"the add-on `{feature.add_on}`"] if feature.add_on else []
    return ", ".join([*account, *zone, *add_on])


def _numbers() -> Iterator[tuple[str, ...]]:
    limits = [ZONE_LIMITS[plan] for plan in ZONE_PLANS]
    checks = [CHECK_LIMITS[plan] for plan in ZONE_PLANS]
    for what, phase in _PHASES.items():
        yield what, *(f"{each.rules[phase]:,}" for each in limits)
    yield "longest time that a rate limit counts", *(f"{each.period:,} s" for each in limits)
    yield "longest time that a rate limit stops", *(f"{each.timeout:,} s" for each in limits)
    yield (
        "fields that a rate limit looks at",
        *(", ".join(f"`{it}`" for it in sorted(each.fields or ())) or "all" for each in limits),
    )
    yield "shortest edge TTL of a cache rule", *(f"{each.edge_ttl:,} s" for each in limits)
    yield "lists of addresses, for the account", *(f"{LISTS[plan]:,}" for plan in ZONE_PLANS)
    yield "health checks", *(f"{each.checks:,}" for each in checks)
    intervals = (f"{each.interval} s" if each.checks else "none" for each in checks)
    yield "shortest time between two questions of one", *intervals


def _settings() -> Iterator[tuple[str, ...]]:
    for name, setting in SETTINGS.items():
        if setting.plan != "free":
            yield f"`{name}`", f"a zone on the {setting.plan} plan"


def _account() -> Iterator[tuple[str, ...]]:
    plans = [told(limits) for limits in LIMITS.values()]
    for what in plans[0]:
        yield what, *(plan.get(what, "as much as is paid for") for plan in plans)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows))
