"""A stack made ready to run: tools, environment, configuration, and the program in this process."""

from dataclasses import dataclass
from functools import cached_property

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack

from ops import settings, turn
from ops.environment import environment_for
from ops.layout import Layout
from ops.target import Target, read_target
from ops.tools import Tools, tools_for
from systems import guard


@dataclass
class Session:
    """What a command works with."""

    layout: Layout
    target: Target
    tools: Tools

    @cached_property
    def stack(self) -> Stack:
        """The stack of the engine, with the program in this process."""
        workspace = LocalWorkspace(
            work_dir=str(self.layout.root), program=program, pulumi_command=PulumiCommand()
        )
        return Stack.create_or_select(self.target.name, workspace)


def check_api(target: Target) -> None:
    """Refuse to go on when the local Cloudflare that *target* stands on does not answer.

    The engine would take a refused connection for many errors, and drop what it cannot read.
    """
    if target.local:
        guard.check_running(target.api)


def open_session(layout: Layout, stack: str) -> Session:
    """Make *stack* ready: its environment is that of this process, and no other runs beside it.

    Raises `OpsError`, `ToolchainError` or `ConfigError` with what is missing or wrong; then
    nothing was registered.
    """
    read_target(layout, stack)  # what cannot be run is not kept waiting
    turn.take(layout)
    return make_ready(layout, read_target(layout, stack))


def make_ready(layout: Layout, target: Target) -> Session:
    """Make a stack ready whose configuration is in hand; see `open_session`."""
    settings.check(layout, target)
    tools = tools_for(layout, target)
    environment_for(layout, target, tools.folder).apply()
    settings.prepare(layout, target, tools.engine.path)
    return Session(layout, target, tools)


def program() -> None:
    """Build the platform, as `pulumi up` does; imported late, for it takes seconds."""
    from systems.platform import main  # noqa: PLC0415

    main()
