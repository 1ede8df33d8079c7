"""What the policy pack costs, spoken to as the engine speaks to it.

The same rules as policies of Pulumi's own SDK, which reads each resource anew for each of them, are
measured beside it.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from bench import sample_stack
from harness import policy_pack
from harness.figure import Figure
from harness.sdk_servicer import servicer

STARTS = 7
ROUNDS = 40
STACK_ROUNDS = 5
STACK_SIZE = 200


def figures() -> Iterator[Figure]:
    """Measure; takes about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        yield _start(Path(folder))
        with policy_pack.running(Path(folder)) as pack:
            single = {"worker": sample_stack.worker(), "container": sample_stack.container()}
            took = {name: _median(partial(pack.Analyze, r), ROUNDS) for name, r in single.items()}
            whole = analyzer_pb2.AnalyzeStackRequest(
                resources=list(sample_stack.resources(STACK_SIZE))
            )
            graph = _median(partial(pack.AnalyzeStack, whole), STACK_ROUNDS)
            remediate = _median(partial(pack.Remediate, single["worker"]), ROUNDS)
    theirs = servicer({})
    yield from _single(took, single, theirs)
    how = f"a round trip for {STACK_SIZE} resources, all graph rules, median of {STACK_ROUNDS}"
    yield Figure("graph rules over a stack", graph / 1000, "s", how, 1.0)
    beside = _median(partial(theirs.AnalyzeStack, whole, None), STACK_ROUNDS)
    how = "the same rules run by the SDK's servicer, without its round trip"
    yield Figure("graph rules over a stack, by the SDK", beside / 1000, "s", how)
    yield Figure("remediation pass, a resource", remediate, "ms", "it changes nothing")


def _single(took: dict[str, float], single: dict[str, Any], theirs: Any) -> Iterator[Figure]:
    for name, milliseconds in took.items():
        how = f"a round trip with all rules on, median of {ROUNDS}"
        yield Figure(f"all rules, a {name}", milliseconds, "ms", how, 10.0)
        beside = _median(partial(theirs.Analyze, single[name], None), ROUNDS // 4)
        how = "the same rules run by the SDK's servicer, without its round trip"
        yield Figure(f"all rules, a {name}, by the SDK", beside, "ms", how)


def _start(folder: Path) -> Figure:
    def start() -> None:
        with policy_pack.running(folder):
            took.append(time.perf_counter() - begun)

    took: list[float] = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        start()
    how = f"from the start of the process to its port, median of {STARTS}"
    return Figure("start", statistics.median(took), "s", how, 0.5)


def _median(call: Callable[[], object], rounds: int) -> float:
    """Milliseconds a call takes; the first warms up."""
    call()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000
