"""What one more resource costs at 200 and at 800: see `sized_clone` for what is counted."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median

from bench.sized_clone import SizedClone, Took, run_engine, run_ops, sized
from harness.clone import Clone
from harness.figure import Figure
from harness.look_alikes import PulumiCloud, pulumi_cloud

SMALL, LARGE = 200, 800
MORE = 100
"""Resources that are added to find out what one costs."""

FEW = 2
"""Resources that the compared `up` adds: one that changes nothing ends after its preview."""

ROUNDS = 3
MOST = 1.2
"""Times what the other takes."""

PLAIN = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "development")

KINDS: Mapping[str, Mapping[str, str]] = {
    "bare program": {},
    "bare program, journaling off": {"PULUMI_DISABLE_JOURNALING": "true"},
    "bare program, states by zstd": {"PULUMI_DIY_BACKEND_ZSTD": "true"},
}
"""Variables that a bare program is run with by plain `pulumi up`."""

IN_THE_CLOUD: Mapping[str, Mapping[str, str]] = {
    "bare program, Pulumi Cloud": {},
    "bare program, Pulumi Cloud, no checkpoints": {"PULUMI_SKIP_CHECKPOINTS": "true"},
}
"""The same with its state in the look-alike of Pulumi Cloud, to which the engine sends a journal.

Told to save no checkpoints, it makes none in its memory either; the journal is sent all the same.
"""


def figures() -> Iterator[Figure]:
    """Measure; takes about half an hour on a quiet machine."""
    with SizedClone() as clone, pulumi_cloud(clone.root.parent / "cloud") as cloud:
        yield from _one_more(clone, "resource of the platform", partial(run_ops, clone, "up"))
        yield from _cloud(clone, cloud)
        for name, given in KINDS.items():
            yield from _one_more(clone, name, partial(_plain, clone, given), bare=True)


def _cloud(clone: Clone, cloud: PulumiCloud) -> Iterator[Figure]:
    """Measure what one more costs where the engine sends a journal in place of the whole state."""
    given = {"CHITTYOS_LOCAL_STATE": cloud.url, **cloud.variables}
    ours = "resource of the platform, Pulumi Cloud"
    yield from _one_more(clone, ours, partial(run_ops, clone, "up", given))
    for name, more in IN_THE_CLOUD.items():
        run = partial(_plain, clone, {**cloud.variables, **more})
        yield from _one_more(clone, name, run, bare=True)


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
    sized(clone, 0, bare=bare)
    up()


def _added(clone: Clone, size: int, up: Callable[[], Took], *, bare: bool) -> Took:
    """Return what it costs to add some resources to *size* of them, beyond what any `up` costs."""
    sized(clone, size, bare=bare)
    up()
    sized(clone, size + FEW, bare=bare)
    few = up()
    sized(clone, size + FEW + MORE, bare=bare)
    return up() - few


def _plain(clone: Clone, given: Mapping[str, str]) -> Took:
    return run_engine(clone, PLAIN, given)
