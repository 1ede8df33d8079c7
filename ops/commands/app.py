"""Every command by its name; `--help` shows what each docstring says.

A command imports much, and one of them is run: each is imported when it is asked for.
"""

from typing import Any

import typer

from ops.terminal.grouped_help import GroupedHelp
from ops.terminal.lazy_commands import LazyCommands

PANELS: dict[str, dict[str, str]] = {
    "Begin a stack": {
        "init": "init:init",
        "token-policy": "token_policy:token_policy",
        "secrets": "secrets:secrets",
        "doctor": "doctor:doctor",
        "adopt": "adopt:adopt",
    },
    "Deploy": {
        "preview": "preview:preview",
        "up": "deploy:up",
        "verify": "verify:verify",
        "rollout": "rollout:rollout",
        "releases": "releases:releases",
        "rollback": "rollback:rollback",
        "refresh": "deploy:refresh",
        "destroy": "deploy:destroy",
        "env": "local:env",
    },
    "Watch what runs": {
        "check": "check:app",
        "drift": "drift:drift",
        "errors": "errors:errors",
        "archive": "archive:archive_logs",
        "dashboard": "dashboard:dashboard",
        "kpis": "dashboard:kpi",
        "usage": "usage:usage",
        "cost": "cost:cost",
        "map": "stack_map:stack_map",
        "audit": "audit:audit",
        "load": "load:load",
        "ecosystem": "ecosystem:ecosystem",
    },
    "Back up and recover": {
        "backup": "backup:backup",
        "restore": "backup:restore",
        "state": "state_migrate:app",
    },
    "Secrets, tokens and accounts": {
        "secret": "secret:app",
        "rotate": "rotate:rotate",
        "service-token": "service_token:app",
        "token": "tokens:app",
        "keys": "keys:app",
        "import-usage": "usage_import:import_usage",
    },
    "Several stacks, and pull requests": {
        "stacks": "stacks:stacks",
        "split": "split:split",
        "comment": "preview:comment",
        "reap": "reap:reap",
    },
    "Develop on this machine": {
        "start": "local:start",
        "dev": "dev:dev",
        "reset": "local:reset",
        "history": "history:app",
        "hardcoded-ids": "hardcoded_ids:hardcoded_ids",
    },
}
"""Commands in the groups in which `--help` and docs/commands.md show them, each with its place:
the module of this package, and its name there."""


WRITES_PLAN = {"--json": "--out FILE: the plan is written to it, as JSON"}
RETIRED = {"preview": WRITES_PLAN, "up": WRITES_PLAN}
"""Options that a command had, with what took their place."""


class _Commands(GroupedHelp):
    """All of them, each made of its module when it is asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = LazyCommands(__package__, PANELS, RETIRED)  # type: ignore[assignment]


app = typer.Typer(
    help="Commands of the platform. COMMAND --help says what each takes, docs/commands.md more.",
    cls=_Commands,
    context_settings={"max_content_width": 120},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _ops() -> None:
    """Have each command be one of `ops`, also before any is there."""
