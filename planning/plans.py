"""What the plans of an account and its zones give, and which demand is beyond them (FW-12)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from planning.demand import DAYS, GB, Need, Quantity, Total
from planning.refusals import RefusedError

AccountPlan = Literal["free", "paid"]
ZonePlan = Literal["free", "pro", "business", "enterprise"]
AddOn = Literal["advanced_certificates", "load_balancing"]
"""What is paid for beside plans, by the name that a `Feature` needs it by."""

ZONE_PLANS: tuple[ZonePlan, ...] = ("free", "pro", "business", "enterprise")
"""The plans of a zone, each with all that those before it have."""


@dataclass(frozen=True)
class Plan:
    """What is paid for: the account's plan, that of each zone by its name, and add-ons."""

    account: AccountPlan
    zones: Mapping[str, ZonePlan] = field(default_factory=dict)
    add_ons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """A demand beyond the plan: where it is asked for, and a sentence with what to do.

    *refused*: nothing may be sent. Otherwise something else does the work.
    """

    subject: str
    text: str
    refused: bool = True


@dataclass(frozen=True)
class Limits:
    """What a plan of Workers has for a whole account.

    *cpu_ms* is for one request. *quantities* are by the measure of a `Demand`: a day where that
    is a day or a month, and in bytes where it is bytes.
    """

    name: str
    crons: int
    cpu_ms: int
    quantities: Mapping[str, int]
    remedy: str


LIMITS: Mapping[AccountPlan, Limits] = {
    "free": Limits(
        name="Workers Free",
        crons=5,
        cpu_ms=10,
        quantities={
            "worker_requests_month": 100_000,
            "kv_reads_day": 100_000,
            "kv_writes_day": 1_000,
            "kv_deletes_day": 1_000,
            "kv_lists_day": 1_000,
            "kv_stored_bytes": GB,
            "do_requests_month": 100_000,
            "do_gb_seconds_month": 13_000,
            "do_rows_read_month": 5_000_000,
            "do_rows_written_month": 100_000,
            "do_stored_bytes": 5 * GB,
            "d1_rows_read_month": 5_000_000,
            "d1_rows_written_month": 100_000,
            "d1_stored_bytes": 5 * GB,
            "queue_operations_month": 10_000,
            "analytics_points_month": 100_000,
            "analytics_queries_month": 10_000,
        },
        remedy="set chittyos:plan to paid",
    ),
    "paid": Limits(
        name="Workers Paid",
        crons=250,
        cpu_ms=300_000,
        quantities={},
        remedy="ask Cloudflare for a higher limit",
    ),
}
"""Source: developers.cloudflare.com, the pages of limits and prices of each product, 2026-11-28."""

_WORDS = {
    "worker_requests_month": "requests to workers a day",
    "kv_reads_day": "KV reads a day",
    "kv_writes_day": "KV writes a day",
    "kv_deletes_day": "KV deletes a day",
    "kv_lists_day": "KV lists a day",
    "kv_stored_bytes": "in KV",
    "do_requests_month": "requests to Durable Objects a day",
    "do_gb_seconds_month": "GB-s of Durable Objects a day",
    "do_rows_read_month": "rows read by Durable Objects a day",
    "do_rows_written_month": "rows written by Durable Objects a day",
    "do_stored_bytes": "in Durable Objects",
    "d1_rows_read_month": "D1 rows read a day",
    "d1_rows_written_month": "D1 rows written a day",
    "d1_stored_bytes": "in D1",
    "queue_operations_month": "queue operations a day",
    "analytics_points_month": "Analytics Engine data points a day",
    "analytics_queries_month": "Analytics Engine queries a day",
}


@dataclass(frozen=True)
class Feature:
    """What a feature is, which plan or add-on it needs, and what does the work without.

    Without an *instead* a need for it is refused.
    """

    what: str
    account: AccountPlan = "free"
    zone: ZonePlan = "free"
    add_on: str = ""
    instead: str = ""


FEATURES: Mapping[str, Feature] = {
    "cpu_ms": Feature("a CPU limit of a worker's own", account="paid"),
    "subrequests": Feature("more subrequests than the plan has", account="paid"),
    "queue_retention": Feature("a message retention other than 24 hours", account="paid"),
    "key_value_objects": Feature("Durable Objects with key-value storage", account="paid"),
    "workers_logpush": Feature("Logpush of Workers' trace events", account="paid"),
    "health_checks": Feature(
        "a health check", zone="pro", instead="a scheduled worker checks instead"
    ),
    "usage_notifications": Feature(
        "a billing usage notification", zone="pro", instead="`ops usage` says it when asked"
    ),
    "notification_webhooks": Feature(
        "a webhook of notifications", zone="pro", instead="mail the e-mail address of the channel"
    ),
    "notification_pagerduty": Feature(
        "PagerDuty as a destination of notifications",
        zone="business",
        instead="mail the address of PagerDuty's e-mail integration",
    ),
    "waf_managed_rules": Feature("the Cloudflare managed ruleset", zone="pro"),
    "host_tls": Feature("a minimum of TLS for single hosts", add_on="advanced_certificates"),
    "ddos_log": Feature("an override that only notes attacks", zone="enterprise"),
    "custom_certificates": Feature("a certificate of one's own", zone="business"),
    "regular_expressions": Feature("a rule with `matches`", zone="business"),
    "custom_cache_keys": Feature(
        "a cache key of one's own",
        zone="enterprise",
        instead="the worker uses the Cache API with the key",
    ),
    "advanced_rate_limits": Feature(
        "a rate limit counted by more than the address",
        zone="enterprise",
        instead="the worker counts in a token bucket",
    ),
    "counting_expressions": Feature("a rate limit that counts by an expression", zone="business"),
    "logging_rules": Feature("a custom rule that only notes requests", zone="enterprise"),
    "bot_management": Feature("Bot Management", zone="enterprise"),
    "zone_logpush": Feature("Logpush of a zone's requests", zone="enterprise"),
    "advanced_certificates": Feature("an advanced certificate", add_on="advanced_certificates"),
    "load_balancing": Feature("a load balancer", add_on="load_balancing"),
}
"""What only some plans have, by the name that a `Need` gives."""


def check_plan(total: Total, plan: Plan) -> tuple[Finding, ...]:
    """Return what of *total* is beyond *plan*: crons, sums, CPU time, features."""
    limits = LIMITS[plan.account]
    return (
        *_crons(total, limits),
        *_sums(total, limits),
        *_cpu(total, limits),
        *_needs(total, plan),
    )


def told(limits: Limits) -> dict[str, str]:
    """Return each quantity of *limits* in words: what is counted, and how much of it there is."""
    quantities = {
        _WORDS[measure]: _said(measure, allowed * _days(measure))
        for measure, allowed in limits.quantities.items()
    }
    return {
        "cron triggers": f"{limits.crons}",
        "ms of CPU a request": f"{limits.cpu_ms:,}",
        **quantities,
    }


def _crons(total: Total, limits: Limits) -> Iterator[Finding]:
    asked = total.crons()
    count = sum(len(crons) for crons in asked.values())
    if count > limits.crons:
        who = "; ".join(f"{system}: {', '.join(crons)}" for system, crons in asked.items())
        yield Finding(
            "account:crons",
            f"{count} cron triggers are asked for and {limits.name} has {limits.crons} an account "
            f"({who}); remove {count - limits.crons}, or {limits.remedy}",
        )


def _sums(total: Total, limits: Limits) -> Iterator[Finding]:
    for measure, allowed in limits.quantities.items():
        asked = total.sum(measure)
        if asked > allowed * _days(measure):
            shares = total.shares(measure).items()
            who = ", ".join(f"{system} {_said(measure, much)}" for system, much in shares)
            yield Finding(
                f"account:{measure}",
                f"{_said(measure, asked)} {_WORDS[measure]} are expected and {limits.name} has "
                f"{_said(measure, allowed * _days(measure))} an account ({who}); "
                f"expect less, or {limits.remedy}",
            )


def _cpu(total: Total, limits: Limits) -> Iterator[Finding]:
    for system, much in total.shares("worker_cpu_ms_request").items():
        if much > limits.cpu_ms:
            yield Finding(
                f"{system}:worker_cpu_ms_request",
                f"{much} ms of CPU a request are expected and {limits.name} stops a request after "
                f"{limits.cpu_ms:,}; expect less, or {limits.remedy}",
            )


def _needs(total: Total, plan: Plan) -> Iterator[Finding]:
    for system, need in total.needs():
        lacks = _lack(need, plan)
        if lacks:
            feature = FEATURES[need.feature]
            change = "name it in chittyos:add_ons once it is paid for"
            otherwise = change if feature.add_on else "change the plan"
            remedy = feature.instead or f"remove it, or {otherwise}"
            text = f"{system} asks for {feature.what}, which needs {lacks}; {remedy}"
            yield Finding(need.path, text, refused=not feature.instead)


def _lack(need: Need, plan: Plan) -> str:
    """Return what *need* lacks in *plan*, with what the plan has; "" when nothing is missing."""
    if need.feature not in FEATURES:
        known = ", ".join(FEATURES)
        raise RefusedError(f"{need.feature!r} is no known feature of a plan; known are: {known}")
    feature = FEATURES[need.feature]
    if feature.account == "paid" and plan.account == "free":
        return "Workers Paid, and chittyos:plan is free"
    if feature.add_on and feature.add_on not in plan.add_ons:
        return f"the add-on {feature.add_on}, which the account has not"
    has = plan.zones.get(need.zone, "free")
    if ZONE_PLANS.index(has) < ZONE_PLANS.index(feature.zone):
        return f"the {feature.zone} plan of its zone, and {need.zone or 'the zone'} has {has}"
    return ""


def _days(measure: str) -> int:
    """Return for how many days *measure* counts; plans count one."""
    return DAYS if measure.endswith("_month") else 1


def _said(measure: str, quantity: Quantity) -> str:
    """Return *quantity* as plans count it, never less than it is: gigabytes, or so many a day."""
    if measure.endswith("_bytes"):
        return f"{(Decimal(quantity) / GB).quantize(Decimal('0.01'), ROUND_CEILING):,} GB"
    return f"{(Decimal(quantity) / _days(measure)).to_integral_value(ROUND_CEILING):,}"
