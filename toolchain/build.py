"""The engine built from its Go module, where the official download cannot be had."""

import re
import shutil
from pathlib import Path

from toolchain import versions
from toolchain.errors import ToolchainError
from toolchain.progress import Step, step
from toolchain.run import run

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
LDFLAGS = f"-s -w -X {VERSION_VARIABLE}=v{versions.ENGINE}"
"""The version must be set: the Automation API refuses an engine that cannot tell it."""

_COMPILED = re.compile(r"^[\w.-]+(/[\w.~-]+)*$")
ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


def build(module: Path, target: Path, logs: Path) -> None:
    """Build the engine pinned by *module*`/go.mod` to the file *target* (minutes).

    Raises `ToolchainError` when Go is missing or too old, or the build fails.
    """
    _check_go(module / "go.mod")
    target.parent.mkdir(parents=True, exist_ok=True)
    with step("downloading the modules of the engine (once)"):
        total = _packages(module, logs)
    with step("building the engine (once, some minutes)") as shown:
        _compile(module, target, logs, _Counter(shown, total))


def _check_go(go_mod: Path) -> None:
    needed = versions.needed_go(go_mod)
    wanted = f"Go {versions.show(needed)} or newer is needed to build the engine"
    remedy = (
        "install it from https://go.dev/dl/, or install Pulumi "
        f"{versions.ENGINE} from https://www.pulumi.com/docs/install/"
    )
    if shutil.which("go") is None:
        raise ToolchainError(f"{wanted} and `go` was not found on the PATH; {remedy}")
    found = versions.reported_by("go", "env", "GOVERSION")
    if found is None or found < needed:
        shown = versions.show(found) if found else "of unknown version"
        raise ToolchainError(f"{wanted}, `go` on the PATH is {shown}; {remedy}")


def _packages(module: Path, logs: Path) -> int:
    """Fetch what the build needs and count its packages."""
    lines: list[str] = []
    run(
        ["go", "list", "-deps", PACKAGE],
        cwd=module,
        log=logs / "engine-modules.log",
        environ=ENVIRONMENT,
        on_line=lines.append,
    )
    return sum(bool(_COMPILED.match(line)) for line in lines)


def _compile(module: Path, target: Path, logs: Path, counter: "_Counter") -> None:
    command = ["go", "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", LDFLAGS]
    run(
        [*command, "-o", target, PACKAGE],
        cwd=module,
        log=logs / "engine-build.log",
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
