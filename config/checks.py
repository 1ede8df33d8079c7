"""What one model cannot see alone: hosts and zones, plans, dates, steps, names taken twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date

from common.credential_values import looks_like
from common.credentials import is_credential_name, is_placeholder
from config import rollouts
from config.chittyconnect import ChittyConnect, Documents, Worker
from config.deployment import Deployment
from config.model import Environment
from config.problems import show
from config.rollouts import Circumstances
from planning import addresses, compatibility
from planning.names import route_host
from planning.refusals import RefusedError
from planning.texts import check_size
from planning.zones import zone_of

Finding = tuple[str, str]
"""A path and what is wrong there."""

FREE_CRONS = 5
"""Schedules an account has on the free plan."""

SYSTEM_VARIABLES = frozenset(
    {
        "ENVIRONMENT",
        "ENABLE_DURABLE_OBJECTS",
        "DO_ROLLOUT_PERCENTAGE",
        "ENABLE_R2_STORAGE",
        "ONEPASSWORD_CONNECT_URL",
        "CORS_ORIGIN",
        "R2_S3_ENDPOINT",
        "R2_BUCKET_NAME",
        "QUOTA_BYTES",
        "QUOTA_DOCUMENTS",
        "MAX_UPLOAD_BYTES",
        "SESSION_TTL_SECONDS",
        "SESSION_MAX_BYTES",
        "SESSION_STATE",
        "TOKEN_KV",
        "DOCUMENT_STORAGE",
        "DB",
        "DOCUMENT_EVENTS",
    }
)
"""Names of bindings that ChittyConnect sets from the rest of its configuration."""


def check(
    stack: str, deployment: Deployment, system: ChittyConnect, around: Circumstances
) -> Iterator[Finding]:
    """Find what does not fit together; every finding names the path to correct."""
    yield from _zones(deployment)
    yield from _host("chittyconnect:host", system.host, deployment)
    yield from _routes(stack, deployment, system.worker)
    yield from _compatibility(system.worker, around.now.astimezone(UTC).date())
    yield from _worker(system.worker, deployment)
    yield from _variables(system.worker)
    yield from rollouts.check(deployment.environment, system.rollout, around)
    yield from _credentials(system)
    yield from _transport(deployment, system)
    yield from _page(deployment, system.documents)


def _zones(deployment: Deployment) -> Iterator[Finding]:
    for index, zone in enumerate(deployment.zones):
        if is_placeholder(zone.owner):
            yield f"chittyos:zones[{index}].owner", "is a placeholder; name the owning stack"
    yield from _once("chittyos:zones", (zone.name for zone in deployment.zones))
    yield from _once("chittyos:zones", (zone.id for zone in deployment.zones))


def _host(path: str, host: str, deployment: Deployment) -> Iterator[Finding]:
    try:
        zone_of(host, (zone.name for zone in deployment.zones))
    except RefusedError as error:
        yield path, str(error)


def _routes(stack: str, deployment: Deployment, worker: Worker) -> Iterator[Finding]:
    owners = {zone.name: zone.owner for zone in deployment.zones}
    for index, pattern in enumerate(worker.routes):
        path = f"chittyconnect:worker.routes[{index}]"
        missing = list(_host(path, route_host(pattern), deployment))
        yield from missing
        if missing or not pattern.startswith("*"):
            continue
        owner = owners[zone_of(route_host(pattern), owners)]
        if owner != stack:
            yield (
                path,
                (
                    f"{pattern!r} catches hosts of other stacks, which only {owner}, the owner of "
                    f"the zone, may; name one host"
                ),
            )
    yield from _once("chittyconnect:worker.routes", worker.routes)


def _compatibility(worker: Worker, today: date) -> Iterator[Finding]:
    path = "chittyconnect:worker.compatibility"
    day, flags = worker.compatibility_date, worker.compatibility_flags
    try:
        compatibility.check_reached(day, today)
    except RefusedError as error:
        yield f"{path}_date", str(error)
    for index, flag in enumerate(flags):
        try:
            compatibility.check_flag(flag, day, beside=flags)
        except RefusedError as error:
            yield f"{path}_flags[{index}]", str(error)


def _worker(worker: Worker, deployment: Deployment) -> Iterator[Finding]:
    path = "chittyconnect:worker"
    yield from _once(f"{path}.compatibility_flags", worker.compatibility_flags)
    yield from _once(f"{path}.crons", worker.crons)
    if deployment.plan == "free":
        yield from _free_plan(path, worker)


def _free_plan(path: str, worker: Worker) -> Iterator[Finding]:
    for field in ("cpu_ms", "subrequests"):
        value = getattr(worker, field)
        if value is not None:
            yield (
                f"{path}.{field}",
                (
                    f"{value} needs the Workers Paid plan and chittyos:plan is free; "
                    f"remove it or change the plan"
                ),
            )
    if len(worker.crons) > FREE_CRONS:
        yield (
            f"{path}.crons",
            (
                f"{len(worker.crons)} schedules need the Workers Paid plan, free has {FREE_CRONS}; "
                f"remove some or change chittyos:plan"
            ),
        )


def _variables(worker: Worker) -> Iterator[Finding]:
    for name, value in worker.variables.items():
        try:
            _check_variable(name, value)
        except RefusedError as error:
            yield f"chittyconnect:worker.variables.{name}", str(error)


def _check_variable(name: str, value: str) -> None:
    if name in SYSTEM_VARIABLES:
        raise RefusedError("is set by the system from the rest of the configuration; remove it")
    if is_credential_name(name):
        raise RefusedError(
            "has the name of a secret (value not shown) and anyone could read it; "
            "make it a secret of the system"
        )
    if is_placeholder(value):
        raise RefusedError(f"{show(value)} is a placeholder; put the value there")
    if found := looks_like(value, name):
        raise RefusedError(
            f"looks like {found} (value not shown) and anyone could read it; "
            f"make it a secret of the system"
        )
    check_size(value, "shorten it")


def _credentials(system: ChittyConnect) -> Iterator[Finding]:
    if system.credentials.connect_url and system.secrets.ONEPASSWORD_CONNECT_TOKEN is None:
        yield (
            "chittyconnect:ONEPASSWORD_CONNECT_TOKEN",
            "must be set where chittyconnect:credentials.connect_url is",
        )


def _transport(deployment: Deployment, system: ChittyConnect) -> Iterator[Finding]:
    loopback = deployment.environment is Environment.DEVELOPMENT
    for path, address in (
        ("chittyconnect:documents.s3_endpoint", system.documents.s3_endpoint),
        ("chittyconnect:credentials.connect_url", system.credentials.connect_url),
    ):
        try:
            addresses.check_transport(address or "https://", loopback=loopback)
        except RefusedError as error:
            yield path, str(error)


def _page(deployment: Deployment, documents: Documents) -> Iterator[Finding]:
    loopback = deployment.environment is Environment.DEVELOPMENT
    try:
        addresses.check_page(documents.cors_origin or "", loopback=loopback)
    except RefusedError as error:
        yield "chittyconnect:documents.cors_origin", str(error)


def _once(path: str, names: Iterable[str]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            yield path, f"has {name!r} {count} times; name it once"
