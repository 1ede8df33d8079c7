"""Where a worker answers and when it wakes: what hangs on a script, by whichever model it came."""

import pulumi

from components.sdk import cloudflare
from components.worker_args import Attachments, Host, Route


def attach(
    worker: pulumi.Resource,
    name: str,
    attachments: Attachments,
    *,
    account_id: str,
    script: pulumi.Output[str],
) -> None:
    """Register what hangs on *script*, as children of *worker*, whose names begin with *name*.

    `<name>-cron` always (a schedule has no delete: an empty list is how it leaves), then
    `<name>-<host>` and `<name>-<pattern>` for every host and route.
    """
    cloudflare.WorkersCronTrigger(
        f"{name}-cron",
        account_id=account_id,
        script_name=script,
        schedules=[{"cron": cron} for cron in attachments.crons],
        opts=pulumi.ResourceOptions(parent=worker),
    )
    for host in attachments.hosts:
        _answer_at(worker, name, host, account_id, script)
    for route in attachments.routes:
        _answer_to(worker, name, route, script)


def _answer_at(
    worker: pulumi.Resource, name: str, host: Host, account_id: str, script: pulumi.Output[str]
) -> None:
    cloudflare.WorkersCustomDomain(
        f"{name}-{host.name}",
        account_id=account_id,
        hostname=host.name,
        zone_id=host.zone_id,
        service=script,
        # Every change replaces, and two of one host cannot stand side by side.
        opts=pulumi.ResourceOptions(parent=worker, delete_before_replace=True),
    )


def _answer_to(
    worker: pulumi.Resource, name: str, route: Route, script: pulumi.Output[str]
) -> None:
    cloudflare.WorkersRoute(
        f"{name}-{route.pattern}",
        zone_id=route.zone_id,
        pattern=route.pattern,
        script=script,
        opts=pulumi.ResourceOptions(parent=worker),
    )
