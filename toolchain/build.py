"""Commands built from their Go modules: the engine where no official download can be had."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from toolchain import versions
from toolchain.errors import ToolchainError
from toolchain.progress import Step, step
from toolchain.run import run

VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

_COMPILED = re.compile(r"^[\w.-]+(/[\w.~-]+)*$")
TAGS = ("-tags", "disable_grpc_modules")
"""The tag of Google's storage for whoever does without its direct path, as everybody does who has
not asked for it: a twelfth of all packages and Envoy's modules are not fetched and not compiled."""

NO_DEBUGGER = ("-gcflags", "all=-dwarf=false")
"""Tables for a debugger are not made, which `-w` would have the linker throw away."""

ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


@dataclass(frozen=True)
class Command:
    """A command that a Go module has."""

    name: str
    """As messages call it, after "the"; logs are named by it."""

    package: str
    ldflags: str
    instead: str = ""
    """What else helps a machine without Go."""


def engine(version: str) -> Command:
    """Return the engine as it is built: it tells its version, which the Automation API asks for."""
    return Command(
        "engine",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        f"-s -w -X {VERSION_VARIABLE}=v{version}",
        f", or install Pulumi {version} from https://www.pulumi.com/docs/install/",
    )


def build(command: Command, module: Path, target: Path, logs: Path) -> None:
    """Build *command* as pinned by *module*`/go.mod` to the file *target* (minutes).

    Raises `ToolchainError` when Go is missing or too old, or the build fails.
    """
    _check_go(command, module / "go.mod")
    target.parent.mkdir(parents=True, exist_ok=True)
    with step(f"downloading the modules of the {command.name} (once)"):
        total = _packages(command, module, logs)
    with step(f"building the {command.name} (once, some minutes)") as shown:
        _compile(command, module, target, logs, _Counter(shown, total))


def _check_go(command: Command, go_mod: Path) -> None:
    needed = versions.needed_go(go_mod)
    wanted = f"Go {versions.show(needed)} or newer is needed to build the {command.name}"
    remedy = f"install it from https://go.dev/dl/{command.instead}"
    if shutil.which("go") is None:
        raise ToolchainError(f"{wanted} and `go` was not found on the PATH; {remedy}")
    found = versions.reported_by("go", "env", "GOVERSION")
    if found is None or found < needed:
        shown = versions.show(found) if found else "of unknown version"
        raise ToolchainError(f"{wanted}, `go` on the PATH is {shown}; {remedy}")


def _log(command: Command, logs: Path, what: str) -> Path:
    return logs / f"{command.name.replace(' ', '-')}-{what}.log"


def _packages(command: Command, module: Path, logs: Path) -> int:
    """Fetch what the build needs and count its packages."""
    lines: list[str] = []
    run(
        ["go", "list", *TAGS, "-deps", command.package],
        cwd=module,
        log=_log(command, logs, "modules"),
        environ=ENVIRONMENT,
        on_line=lines.append,
    )
    return sum(bool(_COMPILED.match(line)) for line in lines)


def _compile(command: Command, module: Path, target: Path, logs: Path, counter: "_Counter") -> None:
    go = ["go", "build", "-v", "-trimpath", "-buildvcs=false", *TAGS, *NO_DEBUGGER]
    run(
        [*go, "-ldflags", command.ldflags, "-o", target, command.package],
        cwd=module,
        log=_log(command, logs, "build"),
        environ=ENVIRONMENT,
        on_line=counter,
    )


class _Counter:
    """Counts the packages that `go build -v` names as it compiles them."""

    def __init__(self, shown: Step, total: int) -> None:
        self._shown = shown
        self._total = total
        self._count = 0

    def __call__(self, line: str) -> None:
        if _COMPILED.match(line):
            self._count += 1
            self._shown.detail = f"({self._count} of {self._total} packages)"
