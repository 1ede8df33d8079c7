"""`usage`: what an account has really used, beside what is expected (ID-2, PA-16)."""

import os
from typing import Any

from config import PlatformConfig
from config.rules import demand
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health import account_usage as counted
from ops.paths import Paths
from ops.stack import effective_config
from ops.stack.systems import systems_of
from ops.stack.target import Target, read_target
from ops.terminal import console
from planning import budgets
from planning.demand import Total
from systems.preconditions import TOKEN


def usage(stack: StackName) -> None:
    """Show what the account of STACK has used; fails when it is more than is allowed a day.

    Requests and operations of a month are shown where `chittyos:budgets` says from where on.
    """
    target = read_target(Paths(), stack)
    if target.local:
        raise OpsError(
            f"{stack} is on the local Cloudflare, which counts no usage; ask a stack of an account"
        )
    token = os.environ.get(TOKEN)
    if not token:
        raise OpsError(f"{TOKEN} is not set; its token needs Account Analytics: Read")
    config = effective_config.check(Paths(), target, secrets_later=True)
    asked = demand.total(systems_of(target), _settings(config), config.deployment)
    rows = list(counted.rows(config, asked, counted.used_today(target.api, target.account, token)))
    console.out.print(counted.table(rows))
    _month(target, config, asked, token)
    over = [f"{row.used:,} {row.what} of {row.allowed:,}" for row in rows if row.is_over]
    if over:
        raise OpsError(f"more was used today than is allowed: {', '.join(over)}")


def _settings(config: PlatformConfig) -> dict[str, Any]:
    return {name: block.settings for name, block in config.blocks.items()}


def _month(target: Target, config: PlatformConfig, asked: Total, token: str) -> None:
    """Show what was used this month, where it is told from somewhere on (PA-16)."""
    given = config.deployment.budgets
    if given.worker_requests is None and given.kv_operations is None:
        return
    requests, operations = counted.used_this_month(target.api, target.account, token)
    rows = [
        counted.OfTheMonth(what, used, expected, told_from)
        for what, used, expected, told_from in (
            ("requests to workers", requests, budgets.requests(asked), given.worker_requests),
            ("operations of KV", operations, budgets.kv_operations(asked), given.kv_operations),
        )
        if told_from is not None
    ]
    console.out.print("", counted.month_table(rows), sep="\n")
    for row in rows:
        if row.is_told:
            console.out.print(f"[yellow]budget:[/yellow] {row.used:,} {row.what} this month")
