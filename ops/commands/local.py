"""`start`, `reset` and `env`: the local Cloudflare, and a shell for plain `pulumi`."""

import os

import typer

from ops.commands.options import StackName, Yes
from ops.paths import Paths
from ops.run.consent import agree
from ops.stack import command_lock, effective_config, local_cloudflare, policy_exceptions
from ops.stack.environment import Policies, environment_for
from ops.stack.session import equip
from ops.stack.target import DEVELOPMENT, read_target
from ops.stack.tools import tools_for


def start() -> None:
    """Start the local Cloudflare with the zones and ports of `development`."""
    paths = Paths()
    target = read_target(paths, DEVELOPMENT)
    # To set secrets, it has to run.
    config = effective_config.check(paths, target, secrets_later=True)
    local_cloudflare.start(paths, target, config)


def reset(*, yes: Yes = False) -> None:
    """Delete the local Cloudflare and the state of `development`; asks first."""
    agree("Delete the local Cloudflare and everything stored in it?", yes=yes)
    paths = Paths()
    command_lock.take(paths)
    local_cloudflare.reset(paths)
    typer.echo("deleted; make up starts afresh")


def env(stack: StackName) -> None:
    """Print what a shell evaluates so that plain `pulumi` works on STACK."""
    caller = dict(os.environ)
    paths = Paths()
    target = read_target(paths, stack)
    command_lock.take(paths)
    tools = equip(paths, target).tools if target.local else tools_for(paths, target)
    policies = Policies(tools.pack(paths), policy_exceptions.configuration(paths, target, tools))
    typer.echo(environment_for(paths, target, tools.for_shell(paths), caller, policies).exports())
