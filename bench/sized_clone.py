"""A stack of as many resources as it is told, and what a command on it takes.

CPU seconds are those of the command and all that it starts (engine, plugin, program, policy pack);
the local Cloudflare, which a real stack has not, is not among them.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.preview import environment
from harness.clone import Clone, Done, make_clone


@dataclass(frozen=True)
class Took:
    """Seconds of a command and of all that it started."""

    wall: float
    cpu: float

    def __sub__(self, other: "Took") -> "Took":
        return Took(self.wall - other.wall, self.cpu - other.cpu)


class SizedClone:
    """A clone whose program has as many resources as it is told, its local Cloudflare started."""

    def __enter__(self) -> Clone:
        self.folder = Path(tempfile.mkdtemp())
        self.clone = make_clone(self.folder / "clone")
        program = Path(__file__).with_name("scale_program.py")
        shutil.copy(program, self.clone.root / "systems" / "platform.py")
        _checked(self.clone.ops("start"), "start")
        sized(self.clone, 0)
        run_ops(self.clone, "up")
        return self.clone

    def __exit__(self, *_: object) -> None:
        self.clone.local("stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def sized(clone: Clone, resources: int, *, bare: bool = False) -> None:
    """Have the program of *clone* ask for so many *resources*; *bare*: of no component."""
    asked = {"resources": resources, "bare": bare}
    (clone.root / ".local" / "scale.json").write_text(json.dumps(asked))


def run_ops(clone: Clone, command: str, given: Mapping[str, str] | None = None) -> Took:
    """Run a command of ours, variables as *given* (default: none), however long it takes."""
    own = {"CHITTYOS_PLUGIN": "stand-in", "PULUMI_HOME": str(clone.root / ".local" / "home")}
    step = [sys.executable, "-m", "ops", command, "development"]
    return _timed(lambda: _run(clone, step, _environ({**own, **(given or {})})))


def run_engine(clone: Clone, arguments: tuple[str, ...], given: Mapping[str, str]) -> Took:
    """Run the engine alone, without policies, as a shell does that has evaluated `ops env`."""
    environ = _environ({**environment(clone, policies=False), **given})
    return _timed(lambda: _run(clone, ["pulumi", *arguments], environ))


def _environ(given: Mapping[str, str]) -> dict[str, str]:
    """Keep what Python compiles, as on a laptop; many containers forbid it."""
    found = {**os.environ, **given}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def _run(clone: Clone, command: list[str], environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=clone.root, env=dict(environ), capture_output=True, text=True, check=False
    )
    _checked(Done(done.returncode, done.stdout, done.stderr), " ".join(command))


def _checked(done: Done, step: str) -> None:
    if done.code:
        raise SystemExit(f"{step} ended with {done.code}:\n{done.said[-2000:]}")


def _timed(run: Callable[[], None]) -> Took:
    before, begun = _cpu(), time.perf_counter()
    run()
    return Took(time.perf_counter() - begun, _cpu() - before)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
