"""`dashboard` and `kpis`: figures of a stack, read from its datasets (PA-12, PA-17)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from config import PlatformConfig
from ops.commands import cost
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health import datasets, grafana, kpis
from ops.paths import Paths
from ops.stack import effective_config
from ops.stack.environment import environment_for
from ops.stack.systems import systems_of
from ops.stack.target import Target, read_target
from ops.terminal import console
from planning.figures import Dashboard
from planning.refusals import RefusedError
from systems.preconditions import TOKEN, check_running

HOURS_KEPT = 90 * 24
"""Hours that Cloudflare keeps a point: three months."""

MINUTES = 60

Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="`SYSTEM.NAME`, or `NAME`. Default: all.")
]
Hours = Annotated[int, typer.Option("--hours", min=1, max=HOURS_KEPT, help="How far to look back.")]
Grafana = Annotated[
    Path | None,
    typer.Option(
        "--grafana", metavar="FOLDER", help="Write them for Grafana instead, and ask nobody."
    ),
]


def dashboard(
    stack: StackName, name: Name = None, *, hours: Hours = 1, write: Grafana = None
) -> None:
    """Show the dashboards of STACK; fails when a figure crosses its threshold."""
    target = read_target(Paths(), stack)
    if write:
        chosen = _chosen(cost.completed(target), name)
        for path in grafana.write(write, target.name, chosen):
            console.out.print(f"written: {path}")
        return
    chosen, crossed = _chosen(target, name), list[str]()
    api = sql_api(target)
    for index, (_, each) in enumerate(chosen):
        readings = api.readings(each.figures, hours * MINUTES)
        console.out.print(*([""] if index else []), f"[bold]{each.title}[/bold]", sep="\n")
        console.out.print(datasets.table(readings))
        crossed += datasets.missed(readings)
    _judge(crossed)


def kpi(stack: StackName, *, hours: Hours = 24) -> None:
    """Show what the systems of STACK have to reach; fails when a figure does not reach it."""
    readings = reached(read_target(Paths(), stack), hours * MINUTES)
    console.out.print(datasets.table(readings))
    _judge(datasets.missed(readings))


def reached(target: Target, minutes: int) -> list[datasets.Reading]:
    """Read what the systems of *target* have to reach, of the last *minutes*."""
    config = effective_config.check(Paths(), target, secrets_later=True)
    systems = systems_of(target)
    readings = sql_api(target).readings(kpis.figures(systems, config), minutes)
    return [*readings, *kpis.forecast(systems, config)]


def sql_api(target: Target) -> datasets.SqlApi:
    """Return the SQL API of the account that *target* is in. Raises `NotAnsweredError`."""
    try:
        environment_for(Paths(), target, None).apply()
        if target.local:
            check_running(target.api)
    except (OpsError, RefusedError) as error:
        raise datasets.NotAnsweredError(str(error)) from None
    token = os.environ.get(TOKEN)
    if not token:
        raise datasets.NotAnsweredError(f"{TOKEN} is not set; {datasets.RIGHT}")
    return datasets.SqlApi(target.api, target.account, token)


def _chosen(target: Target, name: str | None) -> list[tuple[str, Dashboard]]:
    """Return the dashboards called *name* with their systems, all for `None`."""
    config = effective_config.check(Paths(), target, secrets_later=True)
    known = list(_dashboards(target, config))
    chosen = [
        (system, each)
        for system, each in known
        if name in {None, each.name, f"{system}.{each.name}"}
    ]
    if not chosen:
        listed = ", ".join(f"{system}.{each.name}" for system, each in known) or "none"
        raise OpsError(f"{target.name} has no dashboard {name!r}; there are: {listed}")
    return chosen


def _dashboards(target: Target, config: PlatformConfig) -> Iterator[tuple[str, Dashboard]]:
    for system in systems_of(target):
        for each in system.dashboards(config.blocks[system.name].settings):
            yield system.name, each


def _judge(missed: list[str]) -> None:
    if missed:
        raise OpsError("\n".join(missed))
