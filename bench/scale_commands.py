"""What the commands of every day take on a stack of 500, and drift beside the engine's refresh.

See `sized_clone` for what is counted.
"""

from collections.abc import Iterator
from statistics import median

from bench.sized_clone import SizedClone, run_engine, run_ops, sized
from harness.clone import Clone
from harness.figure import Figure

RESOURCES = 500
ROUNDS = 5
MOST = 1.2
"""Times what a refresh of the engine takes."""

REFRESH = ("refresh", "--preview-only", "--non-interactive", "--stack", "development")
HOW = f"{RESOURCES} resources, 250 of them components, whole processes, median of {ROUNDS}"


def figures() -> Iterator[Figure]:
    """Measure; takes about five minutes on a quiet machine."""
    with SizedClone() as clone:
        sized(clone, RESOURCES)
        took = run_ops(clone, "up")
        yield Figure(f"first up of {RESOURCES}, CPU", took.cpu, "CPU s", "with its preview, once")
        yield from _drift(clone)
        for command in ("preview", "up", "map", "audit"):
            rounds = [run_ops(clone, command) for _ in range(ROUNDS)]
            wall, cpu = (median(getattr(each, it) for each in rounds) for it in ("wall", "cpu"))
            yield Figure(f"{command} of {RESOURCES}", wall, "s", f"nothing changed; {HOW}")
            yield Figure(f"{command} of {RESOURCES}, CPU", cpu, "CPU s", "the same")


def _drift(clone: Clone) -> Iterator[Figure]:
    """Compare in turn; what both compile and cache is there after a first pair."""
    pairs = [(run_ops(clone, "drift"), run_engine(clone, REFRESH, {})) for _ in range(ROUNDS + 1)]
    for name, which in (("drift", 0), ("refresh", 1)):
        rounds = [pair[which] for pair in pairs[1:]]
        yield Figure(f"{name} of {RESOURCES}", median(each.wall for each in rounds), "s", HOW)
        cpu = median(each.cpu for each in rounds)
        yield Figure(f"{name} of {RESOURCES}, CPU", cpu, "CPU s", "the same")
    told = f"drift of {RESOURCES} against a refresh alone"
    ratio = median(ours.wall / engines.wall for ours, engines in pairs[1:])
    yield Figure(told, ratio, "times", "pairs in turn, median", MOST)
    cpu = median(ours.cpu / engines.cpu for ours, engines in pairs[1:])
    yield Figure(f"{told}, CPU", cpu, "times", "the same pairs", MOST)
