"""Workers are seen, bounded, and reached only by the ways that somebody chose."""

import datetime as dt
from collections.abc import Sequence

from policies.pack import clock, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import (
    ADVICE,
    DEPLOYED,
    PRODUCTION,
    PRODUCTION_ADVICE,
    Settings,
    Severity,
    rule,
)
from policies.pack.type_tokens import (
    SCRIPTS,
    WORKER,
    WORKER_ROUTE,
    WORKER_SUBDOMAIN,
    WORKERS_SCRIPT,
)

WORKERS_URL = "https://developers.cloudflare.com/workers/"


@rule(
    "worker-observability-on",
    on=(WORKERS_SCRIPT, WORKER),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Set observability.enabled to true, logs on, and a sampling rate that leaves a trail.",
    frameworks=("awsguard: access logging", "OWASP ASVS 7.1"),
    url=f"{WORKERS_URL}observability/logs/workers-logs/",
    settings={
        "logs": schema.flag("Whether logs must be on too.", default=False, production=True),
        "minSamplingRate": schema.number("Smallest share of requests logged.", 0, production=0.01),
    },
)
def worker_observability_on(worker: Resource, settings: Settings) -> Findings:
    """Without logs nobody can say afterwards what a worker did."""
    observability = worker["observability"]
    if observability["enabled"].is_not_true:
        yield observability["enabled"].problem("is not true")
        return
    logs = observability["logs"]
    if settings["logs"]:
        if logs["enabled"].is_false:
            yield logs["enabled"].problem("is false")
        if logs["persist"].is_false and logs["destinations"].empty:
            yield logs["persist"].problem("is false, and no destination takes the logs")
        if logs["invocationLogs"].is_false:
            yield logs["invocationLogs"].advice("is false: requests leave no line of their own")
    for rate in (observability["headSamplingRate"], logs["headSamplingRate"]):
        number = rate.number()
        if number is not None and number < settings["minSamplingRate"]:
            yield rate.problem(f"is {rate}; at least {settings['minSamplingRate']} is wanted")


@rule(
    "worker-workers-dev-off",
    on=(WORKER_SUBDOMAIN, WORKER),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set enabled and previewsEnabled to false; publish by a route or a custom domain.",
    frameworks=("Cloudflare Workers: workers.dev",),
    url=f"{WORKERS_URL}configuration/routing/workers-dev/",
)
def worker_workers_dev_off(subject: Resource) -> Findings:
    """An address on workers.dev goes round the zone's firewall, rate limits and Access."""
    place = subject["subdomain"] if subject.type == WORKER else subject.props
    for key in ("enabled", "previewsEnabled"):
        if place[key].is_true:
            yield place[key].problem("is true")
    if place.present and place["previewsEnabled"].absent:
        yield place["previewsEnabled"].problem("is missing: previews keep their addresses")


@rule(
    "worker-compat-date",
    on=SCRIPTS,
    severity=Severity.LOW,
    levels=ADVICE,
    remedy="Set compatibilityDate to a recent day after reading what changed since.",
    frameworks=("Cloudflare Workers: compatibility dates",),
    url=f"{WORKERS_URL}configuration/compatibility-dates/",
    settings={"maxAgeDays": schema.number("Greatest age of the date, in days.", 540)},
)
def worker_compat_date(worker: Resource, settings: Settings) -> Findings:
    """Corrections of the runtime, those of security too, come with newer dates only."""
    place = worker["compatibilityDate"]
    if not place.known:
        return
    date = clock.day(place.text())
    oldest = clock.today() - dt.timedelta(days=settings["maxAgeDays"])
    if date is None:
        yield place.problem("is missing or no day")
    elif date > clock.today():
        yield place.problem(f"is {place}, which is still to come")
    elif date < oldest:
        yield place.problem(f"is {place}, older than {settings['maxAgeDays']:.0f} days")


NODE, NODE_SINCE = "nodejs_compat", "2026-08-04"
"""The flag by which a worker has Node.js, and the first date that has it by itself."""

FILLED, FILLED_SINCE = "nodejs_compat_populate_process_env", "2025-04-01"
"""The flag by which `process.env` has text bindings, and the first date that has it with Node."""

EMPTY = "nodejs_compat_do_not_populate_process_env"


@rule(
    "worker-secrets-not-in-process-env",
    on=SCRIPTS,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy=f"Add {EMPTY} to compatibilityFlags.",
    frameworks=("Cloudflare Workers: compatibility flags",),
    url=f"{WORKERS_URL}configuration/compatibility-flags/",
)
def worker_secrets_not_in_process_env(worker: Resource) -> Findings:
    """All code of a worker, that of its packages too, reads `process.env`, and so every secret."""
    if not any(each["type"].equals("secret_text") for each in worker["bindings"].items()):
        return
    date, listed = worker["compatibilityDate"], worker["compatibilityFlags"].items()
    flags = [each.text() for each in listed]
    if not all(each.known for each in (worker["compatibilityFlags"], *listed)):
        return
    if fills_process_env(date.text() or "", flags):
        yield date.problem(f"is {date}, by which process.env has every secret, and {EMPTY} lacks")


def fills_process_env(date: str, flags: Sequence[str | None]) -> bool:
    """Whether a worker of *date* with *flags* has its text bindings in `process.env`."""
    if EMPTY in flags:
        return False
    has_node = NODE in flags or (date >= NODE_SINCE and f"no_{NODE}" not in flags)
    return FILLED in flags or (has_node and date >= FILLED_SINCE)


@rule(
    "worker-cpu-limit",
    on=SCRIPTS,
    severity=Severity.LOW,
    levels=PRODUCTION_ADVICE,
    remedy="Set limits.cpuMs to what a request may use at most.",
    frameworks=("KICS: CPU usage not limited",),
    url=f"{WORKERS_URL}wrangler/configuration/#limits",
    settings={"maxCpuMs": schema.number("Greatest limit, in milliseconds.", 100_000)},
)
def worker_cpu_limit(worker: Resource, settings: Settings) -> Findings:
    """A request without a limit of its own may spend as much as the plan allows, at your cost."""
    limit = worker["limits"]["cpuMs"]
    number = limit.number()
    if limit.absent:
        yield limit.problem("is missing")
    elif number is not None and number > settings["maxCpuMs"]:
        yield limit.problem(f"is {limit}; at most {settings['maxCpuMs']:.0f} is wanted")


@rule(
    "worker-route-scoped",
    on=WORKER_ROUTE,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Name the host and the script of the route; declare a wildcard that is meant.",
    frameworks=("Cloudflare Workers: routes",),
    url=f"{WORKERS_URL}configuration/routing/routes/",
    settings={"wildcards": schema.texts("Patterns that may match every host of a zone.")},
)
def worker_route_scoped(route: Resource, settings: Settings) -> Findings:
    """A wide route catches traffic nobody meant; one without a script switches Workers off."""
    for key in ("zoneId", "script"):
        if route[key].empty:
            yield route[key].problem("is missing")
    pattern = route["pattern"]
    host = (pattern.text() or "").strip().rpartition("://")[2].partition("/")[0]
    if "*" in host and pattern.text() not in settings["wildcards"]:
        yield pattern.problem(f"is {pattern}: it matches every host of the zone")
