"""A stack made ready to run: tools, environment, configuration, and the program in this process."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

import pulumi
from pulumi.automation import LocalWorkspace, OutputMap, PulumiCommand, Stack
from semver import VersionInfo

from common.quick_imports import no_collection
from ops.engine.process import as_sentence
from ops.paths import Paths
from ops.stack import command_lock, engine_variables, state_location
from ops.stack.environment import Policies, environment_for
from ops.stack.target import Target, read_target
from ops.stack.tools import Tools, tools_for
from ops.terminal import console
from systems import preconditions
from toolchain import engine as engines
from toolchain.engine import Engine

if TYPE_CHECKING:
    from config import PlatformConfig

COLLECTS, RARELY = "GOGC", "400"
"""How far the engine's memory may grow before it looks for garbage, in percent: it runs for
seconds, and Go's own 100 costs it a tenth of them."""


@dataclass
class Session:
    """What a command works with."""

    paths: Paths
    target: Target
    tools: Tools

    imports: dict[tuple[str, str], str] = field(default_factory=dict)
    """Ids by type and name of resources that the program is to import instead of making them."""

    exists: bool = False
    """Whether the stack has to exist. Default: one that does not is made."""

    configuration: "PlatformConfig | None" = None
    """What the program was last run by, secrets decrypted. `None`: it has not run."""

    @cached_property
    def stack(self) -> Stack:
        """The stack of the engine, with the program in this process."""
        kind = _PreparedWorkspace if self.target.local else _Workspace
        workspace = kind(
            work_dir=str(self.paths.root),
            program=self._program,
            env_vars={COLLECTS: os.environ.get(COLLECTS) or RARELY},
            pulumi_command=_KnownEngine(self.tools.engine),
        )
        opened = Stack.select if self.exists else Stack.create_or_select
        with as_sentence():
            return opened(self.target.name, workspace)

    @cached_property
    def _ahead(self) -> Thread:
        """Imports what the program needs while the engine starts and loads the policies."""
        return Thread(target=_load_ahead, args=(self.target,), daemon=True)

    def load_ahead(self) -> None:
        """Begin to import what the program needs, for a run of the engine that runs it."""
        if self._ahead.ident is None:
            self._ahead.start()

    def _program(self) -> None:
        if self._ahead.is_alive():
            self._ahead.join()  # two threads that import the same would wait for each other
        if self.imports:
            pulumi.runtime.register_stack_transformation(self._import)
        self.configuration = program()

    def _import(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """Give a resource that is to be imported the id of what is there."""
        given = self.imports.get((args.type_, args.name))
        if given is None:
            return None
        imported = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=given))
        return pulumi.ResourceTransformationResult(args.props, imported)


class _KnownEngine(PulumiCommand):
    """An engine that was found to fit: its version is not asked for again."""

    def __init__(self, engine: Engine) -> None:
        self.command = "pulumi"
        self.version = VersionInfo.parse(engine.version)


class _Workspace(LocalWorkspace):
    """The workspace of a stack whose outputs nobody here asks for."""

    def stack_outputs(self, stack_name: str) -> OutputMap:  # noqa: ARG002 - as the SDK calls it
        """Return none: after each `up` the SDK would have the engine decrypt them, by two runs."""
        return {}


class _PreparedWorkspace(_Workspace):
    """The workspace of a stack that `equip` has seen to: the engine is not asked if it exists."""

    def select_stack(self, stack_name: str) -> None:
        """Do nothing: every command names its stack, and no plain `pulumi` is to meet another."""


def check_api(target: Target) -> None:
    """Refuse to go on when the local Cloudflare that *target* stands on does not answer.

    The engine would take a refused connection for many errors, and drop what it cannot read.
    """
    if target.local:
        preconditions.check_running(target.api)


def open_session(paths: Paths, stack: str) -> Session:
    """Make *stack* ready: its environment is that of this process, and no other runs beside it.

    Raises `OpsError`, `ToolchainError` or `ConfigError` with what is missing or wrong; then
    nothing was registered.
    """
    return make_ready(paths, _taken(paths, stack))


def open_to_read(paths: Paths, stack: str) -> Session:
    """Make *stack* ready to be looked at; see `open_session`.

    Its secrets, the passphrase and the plugins of an account may be missing: what is asked is the
    state, which stays encrypted, and the API by the token of the environment. The program cannot
    be run with it.
    """
    from ops.stack import effective_config  # noqa: PLC0415 - it has all models of the systems

    target = _taken(paths, stack)
    effective_config.check(paths, target, secrets_later=True)
    return equip(paths, target, to_read=True)


def _taken(paths: Paths, stack: str) -> Target:
    """Return *stack* as it is once no other command runs."""
    read_target(paths, stack)  # what cannot be run is not kept waiting
    command_lock.take(paths)
    return read_target(paths, stack)


def begin_session(paths: Paths, stack: str) -> Session | None:
    """Make *stack* ready for a run that needs no program; its configuration is yet to be settled.

    `settle` does that, which takes as long as an engine takes to start. `None` where nothing can
    run before it: there is no engine yet, or no file of the secrets of this machine. A stack that
    does not exist is not made by it: asking it for its `stack` raises `OpsError`.
    Raises `OpsError` with what is missing or wrong, `BusyError` when another command runs.
    """
    target = read_target(paths, stack)
    unsettled = target.local and not paths.effective(stack).exists()
    if unsettled or engines.find(engines.Places(paths.root)) is None:
        return None
    command_lock.take(paths)
    session = _equipped(paths, read_target(paths, stack))
    session.exists = True
    return session


def settle(session: Session) -> None:
    """Check the configuration of a session that was begun, and bring its file up to date.

    Raises `ConfigError` with every problem, as `open_session` does before anything runs.
    """
    with no_collection():
        from ops.stack import effective_config  # noqa: PLC0415 - it has all models of the systems

    effective_config.check(session.paths, session.target)
    effective_config.prepare(session.paths, session.target, session.tools.engine.path)


def make_ready(paths: Paths, target: Target) -> Session:
    """Make a stack ready whose configuration is in hand; see `open_session`."""
    from ops.stack import effective_config  # noqa: PLC0415 - it has all models of the systems

    effective_config.check(paths, target)
    return equip(paths, target)


def equip(paths: Paths, target: Target, *, to_read: bool = False) -> Session:
    """Give *target* its tools, its environment and its files, whatever its configuration lacks.

    *to_read*: it is only looked at, so that no official plugin has to be there. Default: it runs.
    """
    from ops.stack import effective_config  # noqa: PLC0415 - it has all models of the systems

    session = _equipped(paths, target, to_read=to_read)
    effective_config.prepare(paths, target, session.tools.engine.path)
    return session


def _equipped(paths: Paths, target: Target, *, to_read: bool = False) -> Session:
    tools = tools_for(paths, target, plugins=target.local or not to_read)
    policies = Policies(tools.pack(paths), paths.levels(target.environment))
    environment = environment_for(paths, target, tools.folder, policies=policies)
    if ignored := engine_variables.foreign(environment.unset):
        console.errors.print(f"not taken over from the shell: {', '.join(ignored)}")
    environment.apply()
    state_location.reach(paths, target)
    state_location.refuse_moved(paths, target, tools.engine.path)
    return Session(paths, target, tools)


def _load_ahead(target: Target) -> None:
    """Import the platform and the systems of *target*; what is wrong is said by the program."""
    from ops.stack.systems import systems_of  # noqa: PLC0415 - it has all models of the systems

    names = ["systems.platform", *(f"systems.{each.name}.component" for each in systems_of(target))]
    with suppress(Exception):
        for name in names:
            if find_spec(name):
                import_module(name)


def program() -> "PlatformConfig":
    """Build the platform, as `pulumi up` does; imported late, for it takes seconds."""
    from systems.platform import main  # noqa: PLC0415

    return main()
