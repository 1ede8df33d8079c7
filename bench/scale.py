"""What a stack costs by its size: one more resource at 200 and at 800, and commands on 500.

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.preview import environment
from harness.clone import Clone, Done, make_clone
from harness.figure import Figure

SMALL, LARGE, MIDDLE = 200, 800, 500
MORE = 100
"""Resources that are added to find out what one costs."""

FEW = 2
"""Resources that the compared `up` adds: one that changes nothing ends after its preview."""

ROUNDS = 3
MOST = 1.2
"""Times what the other takes."""

PLAIN = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "development")
REFRESH = ("refresh", "--preview-only", "--non-interactive", "--stack", "development")

KINDS: Mapping[str, Mapping[str, str]] = {
    "bare program": {},
    "bare program, journaling off": {"PULUMI_DISABLE_JOURNALING": "true"},
    "bare program, states by zstd": {"PULUMI_DIY_BACKEND_ZSTD": "true"},
}
"""Variables that a bare program is run with by plain `pulumi up`."""


@dataclass(frozen=True)
class Took:
    """Seconds of a command and of all that it started."""

    wall: float
    cpu: float

    def __sub__(self, other: "Took") -> "Took":
        return Took(self.wall - other.wall, self.cpu - other.cpu)


def figures() -> Iterator[Figure]:
    """Measure; takes about half an hour on a quiet machine."""
    with _clone() as clone:
        yield from _one_more(clone, "resource of the platform", partial(_ops, clone, "up"))
        for name, given in KINDS.items():
            yield from _one_more(clone, name, partial(_plain, clone, given), bare=True)
    with _clone() as clone:
        yield from _commands(clone)


def _one_more(
    clone: Clone, name: str, up: Callable[[], Took], *, bare: bool = False
) -> Iterator[Figure]:
    cost = {}
    for size in (SMALL, LARGE):
        rounds = [_added(clone, size, up, bare=bare) for _ in range(ROUNDS)]
        cost[size] = Took(median(r.wall for r in rounds), median(r.cpu for r in rounds))
        how = f"an up that adds {MORE} to {size}, less one that adds {FEW}, median of {ROUNDS}"
        yield Figure(f"{name}, one more at {size}", cost[size].wall / MORE, "s", how)
        yield Figure(f"{name}, one more at {size}, CPU", cost[size].cpu / MORE, "CPU s", "the same")
    ratio, cpu = (getattr(cost[LARGE], it) / getattr(cost[SMALL], it) for it in ("wall", "cpu"))
    target = None if bare else MOST
    yield Figure(f"{name}, at {LARGE} against at {SMALL}", ratio, "times", "the same", target)
    yield Figure(f"{name}, at {LARGE} against at {SMALL}, CPU", cpu, "times", "the same", target)
    _sized(clone, 0, bare=bare)
    up()


def _added(clone: Clone, size: int, up: Callable[[], Took], *, bare: bool) -> Took:
    """Return what it costs to add some resources to *size* of them, beyond what any `up` costs."""
    _sized(clone, size, bare=bare)
    up()
    _sized(clone, size + FEW, bare=bare)
    few = up()
    _sized(clone, size + FEW + MORE, bare=bare)
    return up() - few


def _commands(clone: Clone) -> Iterator[Figure]:
    """Measure what is done every day on a stack of 500 resources."""
    how = f"{MIDDLE} resources, 250 of them components, whole processes, median of {ROUNDS}"
    _sized(clone, MIDDLE, bare=False)
    yield Figure(f"first up of {MIDDLE}", _ops(clone, "up").wall, "s", "with its preview, once")
    for command in ("preview", "up", "map", "audit"):
        took = median(_ops(clone, command).wall for _ in range(ROUNDS))
        yield Figure(f"{command} of {MIDDLE}", took, "s", f"nothing changed; {how}")
    pairs = [(_ops(clone, "drift"), _engine(clone, REFRESH, {})) for _ in range(ROUNDS)]
    for name, which in (("drift", 0), ("refresh", 1)):
        yield Figure(f"{name} of {MIDDLE}", median(p[which].wall for p in pairs), "s", how)
    ratio = median(ours.wall / engines.wall for ours, engines in pairs)
    how = "pairs in turn, median"
    yield Figure(f"drift of {MIDDLE} against a refresh alone", ratio, "times", how, MOST)


class _clone:  # noqa: N801 - used as a function
    """A clone whose program has as many resources as it is told, its local Cloudflare started."""

    def __enter__(self) -> Clone:
        self.folder = Path(tempfile.mkdtemp())
        self.clone = make_clone(self.folder / "clone")
        program = Path(__file__).with_name("scale_program.py")
        shutil.copy(program, self.clone.root / "systems" / "platform.py")
        _checked(self.clone.ops("start"), "start")
        _sized(self.clone, 0, bare=False)
        _ops(self.clone, "up")
        return self.clone

    def __exit__(self, *_: object) -> None:
        self.clone.local("stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def _sized(clone: Clone, resources: int, *, bare: bool) -> None:
    asked = {"resources": resources, "bare": bare}
    (clone.root / ".local" / "scale.json").write_text(json.dumps(asked))


def _ops(clone: Clone, command: str) -> Took:
    """Run a command of ours, however long it takes."""
    own = {"CHITTYOS_PLUGIN": "stand-in", "PULUMI_HOME": str(clone.root / ".local" / "home")}
    step = [sys.executable, "-m", "ops", command, "development"]
    return _timed(lambda: _run(clone, step, {**os.environ, **own}))


def _plain(clone: Clone, given: Mapping[str, str]) -> Took:
    return _engine(clone, PLAIN, given)


def _engine(clone: Clone, arguments: tuple[str, ...], given: Mapping[str, str]) -> Took:
    """Run the engine alone, without policies, as a shell does that has evaluated `ops env`."""
    environ = {**environment(clone, policies=False), **given}
    return _timed(lambda: _run(clone, ["pulumi", *arguments], environ))


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
