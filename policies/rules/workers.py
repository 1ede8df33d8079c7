"""Workers are seen, bounded, and reached only by the ways that somebody chose."""

import datetime as dt

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
from policies.pack.tokens import SCRIPTS, WORKER, WORKER_ROUTE, WORKER_SUBDOMAIN, WORKERS_SCRIPT

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
    if settings["logs"] and logs["enabled"].is_false:
        yield logs["enabled"].problem("is false")
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
    host = (pattern.text() or "").rpartition("://")[2].partition("/")[0]
    if host.startswith("*") and pattern.text() not in settings["wildcards"]:
        yield pattern.problem(f"is {pattern}: it matches every host of the zone")
