"""`usage`: what an account has really used of KV today, beside what is expected (ID-2)."""

import os
from collections.abc import Iterator

from config import PlatformConfig
from config.rules import demand
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health import usage as counted
from ops.paths import Paths
from ops.stack import effective_config
from ops.stack.systems import systems_of
from ops.stack.target import Target, read_target
from ops.terminal import console
from planning.plans import LIMITS
from systems.guard import TOKEN


def usage(stack: StackName) -> None:
    """Show what the account of STACK has used of KV today; fails when it is more than allowed."""
    target = read_target(Paths(), stack)
    if target.local:
        raise OpsError(
            f"{stack} is on the local Cloudflare, which counts no usage; ask a stack of an account"
        )
    token = os.environ.get(TOKEN)
    if not token:
        raise OpsError(f"{TOKEN} is not set; its token needs Account Analytics: Read")
    config = effective_config.check(Paths(), target, secrets_later=True)
    rows = list(_rows(target, config, counted.used_today(target.api, target.account, token)))
    console.out.print(counted.table(rows))
    over = [f"{row.used:,} {row.operation}s of {row.allowed:,}" for row in rows if row.is_over]
    if over:
        raise OpsError(f"more of KV was used today than is allowed: {', '.join(over)}")


def _rows(target: Target, config: PlatformConfig, used: dict[str, int]) -> Iterator[counted.Row]:
    """Yield a row for each operation: what all systems of the stack expect, and what may be."""
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(systems_of(target), settings, config.deployment)
    limits = LIMITS[config.deployment.plan].quantities
    budget = config.deployment.kv_budget.model_dump()
    for operation in counted.OPERATIONS:
        measure = f"kv_{operation}s_day"
        given = (budget[f"{operation}s_day"], limits.get(measure))
        allowed = min((each for each in given if each is not None), default=None)
        yield counted.Row(operation, used[operation], int(asked.sum(measure)), allowed)
