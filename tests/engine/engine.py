"""A Pulumi engine for tests: inline programs, a backend of their own, the stand-in plugin."""

import gc
import json
import os
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from pulumi.automation._stack import StackInitMode

from toolchain import engine as found

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "only for tests"
Program = Callable[[], object]
REPLACING = {"create-replacement": "replace", "delete-replaced": "replace"}


def pulumi_binary() -> Path | None:
    """Find the engine: `PULUMI_BIN`, what the toolchain finds, the PATH."""
    named = os.environ.get("PULUMI_BIN")
    if named:
        return Path(named)
    on_path = shutil.which("pulumi")
    return found.find() or (Path(on_path) if on_path else None)


@dataclass
class Engine:
    """Runs inline programs against one API v4 on loopback, each stack in its own folder."""

    binary: Path
    folder: Path
    """Scratch: the backend, the projects, a PATH with the engine and the stand-in."""

    base_url: str
    """Of the API, `http://127.0.0.1:…/client/v4`."""

    token: str
    project: str = "test"
    environment: dict[str, str] = field(default_factory=dict)
    """Further variables for the engine and its plugins."""

    def stack(
        self, program: Program, name: str = "test", config: Mapping[str, str] | None = None
    ) -> "EngineStack":
        """Open the stack *name* with *program*. *config* keys may carry a namespace."""
        work = self.folder / f"work-{name}"
        work.mkdir(exist_ok=True)
        workspace = auto.LocalWorkspace(
            work_dir=str(work),
            program=lambda: _run(program),
            env_vars=self.variables(),
            pulumi_command=auto.PulumiCommand(root=str(self.tools().parent)),
            project_settings=self._project(),
        )
        stack = _Stack(name, workspace, StackInitMode.CREATE_OR_SELECT)
        given = {"cloudflare:baseUrl": self.base_url, **(config or {})}
        stack.set_all_config({key: auto.ConfigValue(value) for key, value in given.items()})
        return EngineStack(stack)

    def _project(self) -> auto.ProjectSettings:
        backend = auto.ProjectBackend(url=(self.folder / "state").as_uri())
        return auto.ProjectSettings(
            name=self.project,
            runtime="python",
            main=str(Path.cwd()),  # where the program and its plugins run, as the SDK has it
            backend=backend,
        )

    def variables(self) -> dict[str, str]:
        """Return what the engine and its plugins are to find in their environment."""
        (self.folder / "state").mkdir(exist_ok=True)
        return {
            "PATH": os.pathsep.join([str(self.tools()), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "GOGC": os.environ.get("GOGC") or "400",  # as ops has it: it runs for seconds
            "CLOUDFLARE_API_TOKEN": self.token,
            **self.environment,
        }

    def tools(self) -> Path:
        """Return the folder with the engine, and every executable that a built one lacks."""
        tools = self.folder / "tools" / "bin"
        if not tools.exists():
            tools.mkdir(parents=True)
            (tools / "pulumi").symlink_to(self.binary)
            for plugin in (ROOT / "toolchain" / "bin").iterdir():
                (tools / plugin.name).write_text(f'#!/bin/sh\nexec "{plugin}" "$@"\n')
                (tools / plugin.name).chmod(0o755)
        return tools


class _Stack(auto.Stack):
    """A stack that is not asked after each run for what nearly no test reads.

    The SDK has the engine decrypt the outputs and the history, by three more processes.
    """

    def outputs(self) -> auto.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary:  # noqa: ARG002 - the SDK's
        return auto.UpdateSummary("unread", datetime.now(UTC), "", {}, {}, "unread")


class EngineStack:
    """One stack of an `Engine`. What fails raises `EngineFailure`."""

    def __init__(self, stack: auto.Stack) -> None:
        self.automation = stack

    def up(self, **options: Any) -> "Outcome":
        """Deploy."""
        return self._run(self.automation.up, options)

    def preview(self, **options: Any) -> "Outcome":
        """Show what `up` would do."""
        return self._run(self.automation.preview, options)

    def refresh(self, **options: Any) -> "Outcome":
        """Take the account's state over."""
        return self._run(self.automation.refresh, options)

    def destroy(self, **options: Any) -> "Outcome":
        """Take everything away."""
        return self._run(self.automation.destroy, options)

    def becomes(self, program: Program) -> "EngineStack":
        """Take another program from here on."""
        self.automation.workspace.program = lambda: _run(program)
        return self

    def export(self) -> dict[str, Any]:
        """Give the deployment of the state, secrets as ciphertext."""
        workspace = self.automation.workspace
        done = workspace.pulumi_command.run(
            ["stack", "export", "--stack", self.automation.name],
            workspace.work_dir,
            workspace.env_vars,
        )
        return dict(json.loads(done.stdout)["deployment"])

    def outputs(self) -> dict[str, Any]:
        """Give what the program exported."""
        found = self.automation.workspace.stack_outputs(self.automation.name)
        return {name: output.value for name, output in found.items()}

    def resources(self) -> dict[str, dict[str, Any]]:
        """Give the custom resources of the state by their name."""
        exported = self.export().get("resources", [])
        custom = [it for it in exported if it.get("custom") and "providers" not in it["type"]]
        return {it["urn"].rsplit("::", 1)[1]: it for it in custom}

    def configure(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set one value of the configuration."""
        self.automation.set_config(key, auto.ConfigValue(value, secret=secret))

    def _run(self, operation: Callable[..., Any], options: dict[str, Any]) -> "Outcome":
        outcome = Outcome()
        try:
            operation(
                on_output=outcome.lines.append, on_event=outcome.keep, color="never", **options
            )
        except auto.errors.CommandError as error:
            outcome.lines.append(str(error))
            raise EngineFailure(outcome) from error
        return outcome


@dataclass
class Outcome:
    """What one run of the engine did and said."""

    steps: dict[str, str] = field(default_factory=dict)
    """Name of a custom resource → what was done: `create`, `update`, `same`, `replace` …"""

    changed: dict[str, list[str]] = field(default_factory=dict)
    """Name of a custom resource → its changed properties, as paths of the detailed diff."""

    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Diagnostics that are errors, as the engine gives them to a program that reads its events."""

    @property
    def text(self) -> str:
        """All that a user would see."""
        return "\n".join(self.lines)

    @property
    def changes(self) -> dict[str, str]:
        """The steps that are not `same`."""
        return {name: step for name, step in self.steps.items() if step != "same"}

    def keep(self, event: auto.EngineEvent) -> None:
        """Note a step of the engine, and every diagnostic."""
        if event.resource_pre_event:
            self._step(event.resource_pre_event.metadata)
        if event.res_outputs_event:
            self._step(event.res_outputs_event.metadata)
        if event.diagnostic_event:
            self.lines.append(event.diagnostic_event.message)
            if event.diagnostic_event.severity == "error":
                self.errors.append(event.diagnostic_event.message)

    def _step(self, step: auto.StepEventMetadata) -> None:
        state = step.new or step.old
        if "pulumi:" in step.type or state is None or not state.custom:
            return
        name = step.urn.rsplit("::", 1)[1]
        self.steps[name] = REPLACING.get(step.op.value, step.op.value)
        self.changed[name] = sorted(step.detailed_diff or {})


class EngineFailure(Exception):  # noqa: N818 — a failure is what a test waits for
    """A run of the engine failed; its `outcome` says how far it came."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def _run(program: Program) -> None:
    program()


def collect_loops() -> None:
    """Take away the event loops the SDK left open.

    Else they are found at any time, as late as the last import of the session, and their warnings
    break what was going on.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
