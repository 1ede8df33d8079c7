"""What a worker may ask for: its dates and flags, its plan, its variables."""

from collections.abc import Iterator
from datetime import date

from common.credential_values import looks_like
from common.credentials import is_credential_name, is_placeholder
from config.deployment import Deployment
from config.reading.problems import show
from config.rules.deployment import once
from config.system_declaration import Declared, Finding, WorkerUse
from config.system_parts import Worker
from planning import api_tokens, compatibility
from planning.refusals import RefusedError
from planning.text_limits import check_size


def check(
    system: Declared, use: WorkerUse, deployment: Deployment, today: date
) -> Iterator[Finding]:
    """Find what is wrong with one worker of *system*; every finding names the path to correct."""
    path = f"{system.name}:{use.path}"
    yield from _compatibility(path, use.worker, today)
    yield from once(f"{path}.compatibility_flags", use.worker.compatibility_flags)
    yield from once(f"{path}.crons", use.worker.crons)
    yield from once(f"{path}.routes", use.worker.routes)
    if deployment.plan == "free":
        yield from _free_plan(path, use.worker)
    secrets = _secret_names(system, use)
    yield from _variables(path, use, secrets)
    yield from _datasets(path, use, secrets)


def _secret_names(system: Declared, use: WorkerUse) -> frozenset[str]:
    """Return what secrets are called, with all names that a list of API tokens may take."""
    secrets = frozenset(system.secrets.model_fields)
    return (
        secrets | set(api_tokens.NAMES) if api_tokens.FIRST in secrets | use.bindings else secrets
    )


def _compatibility(path: str, worker: Worker, today: date) -> Iterator[Finding]:
    day, flags = worker.compatibility_date, worker.compatibility_flags
    try:
        compatibility.check_reached(day, today)
    except RefusedError as error:
        yield f"{path}.compatibility_date", str(error)
    for index, flag in enumerate(flags):
        try:
            compatibility.check_flag(flag, day, beside=flags)
        except RefusedError as error:
            yield f"{path}.compatibility_flags[{index}]", str(error)


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


def _variables(path: str, use: WorkerUse, secrets: frozenset[str]) -> Iterator[Finding]:
    for name, value in use.worker.variables.items():
        try:
            _check_variable(name, value, use.bindings, secrets)
        except RefusedError as error:
            yield f"{path}.variables.{name}", str(error)


def _datasets(path: str, use: WorkerUse, secrets: frozenset[str]) -> Iterator[Finding]:
    """Find a dataset whose binding has the name of something else that the worker is given."""
    for name in use.worker.datasets:
        if name in use.bindings | secrets | use.worker.variables.keys():
            text = "is the name of a variable, a secret or another binding; choose another"
            yield f"{path}.datasets.{name}", text


def _check_variable(
    name: str, value: str, bindings: frozenset[str], secrets: frozenset[str]
) -> None:
    if name in bindings:
        raise RefusedError("is set by the system from the rest of the configuration; remove it")
    if name in secrets:
        raise RefusedError("is a secret of the system (value not shown); remove it here")
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
