"""Where a worker answers and when it wakes: what hangs on a script, by whichever model it came."""

from collections.abc import Sequence

import pulumi

from components.sdk import cloudflare
from components.worker_args import Attachments, Host, Route


def attach(  # noqa: PLR0913 - each is a thing of its own
    worker: pulumi.Resource,
    name: str,
    attachments: Attachments,
    *,
    account_id: str,
    script: pulumi.Output[str],
    guards: Sequence[pulumi.Resource],
) -> None:
    """Register what hangs on *script*, as children of *worker*, whose names begin with *name*.

    `<name>-cron` always (a schedule has no delete: an empty list is how it leaves), then
    `<name>-<host>` and `<name>-<pattern>` for every host and route, once *guards* stand before it.
    """
    cloudflare.WorkersCronTrigger(
        f"{name}-cron",
        account_id=account_id,
        script_name=script,
        schedules=[{"cron": cron} for cron in attachments.crons],
        opts=pulumi.ResourceOptions(parent=worker),
    )
    for host in attachments.hosts:
        # Every change replaces, and two of one host cannot stand side by side.
        _answer_at(
            _child(worker, guards, delete_before_replace=True), name, host, account_id, script
        )
    for route in attachments.routes:
        _answer_to(_child(worker, guards), name, route, script)


def _child(
    worker: pulumi.Resource,
    guards: Sequence[pulumi.Resource],
    *,
    delete_before_replace: bool = False,
) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(
        parent=worker, depends_on=list(guards), delete_before_replace=delete_before_replace
    )


def _answer_at(
    opts: pulumi.ResourceOptions,
    name: str,
    host: Host,
    account_id: str,
    script: pulumi.Output[str],
) -> None:
    cloudflare.WorkersCustomDomain(
        f"{name}-{host.name}",
        account_id=account_id,
        hostname=host.name,
        zone_id=host.zone_id,
        service=script,
        opts=opts,
    )


def _answer_to(
    opts: pulumi.ResourceOptions, name: str, route: Route, script: pulumi.Output[str]
) -> None:
    cloudflare.WorkersRoute(
        f"{name}-{route.pattern}",
        zone_id=route.zone_id,
        pattern=route.pattern,
        script=script,
        opts=opts,
    )
