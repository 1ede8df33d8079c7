"""Every command by its name; `--help` shows what each docstring says."""

from collections.abc import Callable

import typer

from ops.commands import (
    adopt,
    archive,
    audit,
    backup,
    check,
    cost,
    dashboard,
    deploy,
    dev,
    doctor,
    drift,
    ecosystem,
    errors,
    hardcoded_ids,
    history,
    init,
    keys,
    load,
    local,
    preview,
    reap,
    releases,
    rollback,
    rollout,
    rotate,
    secret,
    secrets,
    service_token,
    split,
    stack_map,
    stacks,
    state,
    state_migrate,
    token_policy,
    tokens,
    usage,
    usage_import,
    verify,
)
from ops.terminal import retired_options
from ops.terminal.grouped_help import GroupedHelp

PANELS: dict[str, dict[str, Callable[..., None] | typer.Typer]] = {
    "Begin a stack": {
        "init": init.init,
        "token-policy": token_policy.token_policy,
        "secrets": secrets.secrets,
        "doctor": doctor.doctor,
        "adopt": adopt.adopt,
    },
    "Deploy": {
        "preview": preview.preview,
        "up": deploy.up,
        "verify": verify.verify,
        "rollout": rollout.rollout,
        "releases": releases.releases,
        "rollback": rollback.rollback,
        "refresh": deploy.refresh,
        "destroy": deploy.destroy,
        "env": local.env,
    },
    "Watch what runs": {
        "check": check.app,
        "drift": drift.drift,
        "errors": errors.errors,
        "archive": archive.archive_logs,
        "dashboard": dashboard.dashboard,
        "kpis": dashboard.kpi,
        "usage": usage.usage,
        "cost": cost.cost,
        "map": stack_map.stack_map,
        "audit": audit.audit,
        "load": load.load,
        "ecosystem": ecosystem.ecosystem,
    },
    "Back up and recover": {
        "backup": backup.backup,
        "restore": backup.restore,
        "state": state.app,
    },
    "Secrets, tokens and accounts": {
        "secret": secret.app,
        "rotate": rotate.rotate,
        "service-token": service_token.app,
        "token": tokens.app,
        "keys": keys.app,
        "import-usage": usage_import.import_usage,
    },
    "Several stacks, and pull requests": {
        "stacks": stacks.stacks,
        "split": split.split,
        "comment": preview.comment,
        "reap": reap.reap,
    },
    "Develop on this machine": {
        "start": local.start,
        "dev": dev.dev,
        "reset": local.reset,
        "history": history.app,
        "hardcoded-ids": hardcoded_ids.hardcoded_ids,
    },
}
"""Commands in the groups in which `--help` and docs/commands.md show them."""

WRITES_PLAN = {"--json": "--out FILE: the plan is written to it, as JSON"}
RETIRED = {"preview": WRITES_PLAN, "up": WRITES_PLAN}
"""Options that a command had, with what took their place."""

app = typer.Typer(
    help="Commands of the platform. COMMAND --help says what each takes, docs/commands.md more.",
    cls=GroupedHelp,
    context_settings={"max_content_width": 120},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for panel, commands in PANELS.items():
    for name, command in commands.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel, cls=GroupedHelp)
        else:
            kind = retired_options.without(RETIRED.get(name, {}))
            app.command(name=name, rich_help_panel=panel, cls=kind)(command)
state.app.command()(state_migrate.migrate)
state.app.command()(state_migrate.forget)
