"""A stack made ready to run: tools, environment, configuration, and the program in this process."""

from collections.abc import Callable
from dataclasses import dataclass

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack

from ops import settings
from ops.environment import environment_for
from ops.layout import Layout
from ops.target import Target, read_target
from ops.tools import Tools, tools_for

Program = Callable[[], None]


@dataclass(frozen=True)
class Session:
    """What a command works with."""

    layout: Layout
    target: Target
    tools: Tools

    def stack(self, program: Program) -> Stack:
        """Open the stack with *program*; it runs inside this process."""
        workspace = LocalWorkspace(
            work_dir=str(self.layout.root), program=program, pulumi_command=PulumiCommand()
        )
        return Stack.create_or_select(self.target.name, workspace)


def open_session(layout: Layout, stack: str) -> Session:
    """Make *stack* ready: its environment is that of this process from here on.

    Raises `OpsError` or `ToolchainError` with what is missing.
    """
    target = read_target(layout, stack)
    tools = tools_for(layout, target)
    environment_for(layout, target, tools.folder).apply()
    settings.prepare(layout, target, tools)
    return Session(layout, target, tools)


def program() -> None:
    """Build the platform, as `pulumi up` does; imported late, for it takes seconds."""
    from systems.platform import main  # noqa: PLC0415

    main()
