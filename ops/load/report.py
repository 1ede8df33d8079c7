"""What a load test found: figures, and what of them is not as it has to be."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.markup import escape
from rich.table import Table

from ops.load.arrivals import Answers
from ops.load.rate_limits import Met
from ops.load.run import Outcome
from ops.load.websockets import Told

MOST_CPU = 0.8
"""Share of a core above which the client may be what is slow."""

MOST_LATE_MS = 20
"""Milliseconds by which the client itself may be late, for 95 of 100 requests."""

PARTS = (50, 95, 99)


def figures(outcome: Outcome) -> Table:
    """Lay out what was reached."""
    shown = Table("what", "found", box=None, pad_edge=False)
    told = _of_sockets(outcome.told) if outcome.load.followed else ()
    for what, found in [*_of_requests(outcome.answers), *told, *_of_tally(outcome)]:
        shown.add_row(what, escape(found))
    return shown


def limits(met: Iterable[Met]) -> Table:
    """Lay out how the limits held that were met on their own."""
    shown = Table("limit", "let through", "at most", "refused", "", box=None, pad_edge=False)
    for each in met:
        said = f"[red]{escape(each.fault)}[/red]" if each.fault else "[green]holds[/green]"
        counts = (each.let_through, each.most, each.refused)
        shown.add_row(each.limit.name, *map(str, counts), said)
    return shown


def faults(outcome: Outcome, *, lifted: bool) -> list[str]:
    """Say what is not as the system has to be under load, a sentence each."""
    found = _of_load(outcome) if lifted else _of_limits(outcome)
    counted = [outcome.counted.fault] if outcome.counted and outcome.counted.fault else []
    return [*found, *_of_order(outcome.told), *counted]


def client_fault(answers: Answers) -> str:
    """Say that the client was the bottleneck, if it was: its figures are not the system's then."""
    late = percentile(answers.late, 95) or 0
    if answers.cpu <= MOST_CPU and late <= MOST_LATE_MS:
        return ""
    return (
        f"this machine was the bottleneck: it took {answers.cpu:.0%} of a core, and sent "
        f"{late:.0f} ms late (p95); lower --rate or --sockets, or ask from an idle machine"
    )


def percentile(values: Sequence[float], part: int) -> float | None:
    """Return what *part* of 100 stay within, one of *values*; `None` when there are none."""
    return sorted(values)[math.ceil(len(values) * part / 100) - 1] if values else None


def _of_requests(answers: Answers) -> Iterator[tuple[str, str]]:
    reached = answers.sent / answers.sending if answers.sending else 0
    yield "requests", f"{answers.sent:,} of {answers.wanted:,}, {reached:.1f} a second"
    yield "answers", _counted(answers.outcomes) or "none"
    for part in PARTS:
        took = percentile(answers.times, part)
        yield f"p{part} from when it was due", "none" if took is None else f"{took:.0f} ms"


def _of_sockets(told: Told) -> Iterator[tuple[str, str]]:
    refused = f", refused: {_counted(told.refused)}" if told.refused else ""
    yield "WebSockets opened", f"{told.opened} of {told.wanted}{refused}"
    yield "dropped", _counted(told.dropped) or "none"
    yield "messages", f"{told.messages:,}, {told.disordered} out of order, {told.missed} missed"


def _of_tally(outcome: Outcome) -> Iterator[tuple[str, str]]:
    if counted := outcome.counted:
        yield counted.what, f"{counted.counted:,} of {counted.answered:,} that were answered"


def _counted(outcomes: Counter[str]) -> str:
    return ", ".join(f"{what}: {count:,}" for what, count in sorted(outcomes.items()))


def _of_load(outcome: Outcome) -> Iterator[str]:
    """Say what misses a level of the system."""
    levels, answers, told = outcome.load.levels, outcome.answers, outcome.told
    wrong = answers.failed + answers.refused
    if wrong * 100 > answers.sent * levels.errors_percent:
        yield f"{wrong:,} of {answers.sent:,} requests failed; {levels.errors_percent} % may"
    p95 = percentile(answers.times, 95)
    if p95 is not None and p95 > levels.p95_ms:
        yield f"p95 is {p95:.0f} ms; it is to stay within {levels.p95_ms} ms"
    kept = told.opened - told.dropped.total()
    if not outcome.interrupted and kept * 100 < told.wanted * levels.sockets_percent:
        yield f"{kept} of {told.wanted} WebSockets stayed open; {levels.sockets_percent} % are to"


def _of_limits(outcome: Outcome) -> Iterator[str]:
    """Say which limit does not hold, met on its own or under load."""
    answers, told = outcome.answers, outcome.told
    yield from (f"the limit {each.limit.name}: {each.fault}" for each in outcome.met if each.fault)
    if answers.failed:
        yield f"{answers.failed:,} requests were neither answered nor refused by 429"
    if answers.unexplained or told.unexplained:
        count = answers.unexplained + told.unexplained
        yield f"{count:,} refusals do not say when to come again (Retry-After)"
    whole = next(iter(outcome.load.limits), None)
    if whole and answers.good > whole.most(answers.seconds):
        yield (
            f"{answers.good:,} requests were let through in {answers.seconds:.0f} s; the limit "
            f"{whole.name} lets through {whole.most(answers.seconds):,}"
        )
    for limit in outcome.load.limits:
        if limit.open_most is not None and told.opened - told.dropped.total() > limit.open_most:
            yield f"{told.opened} WebSockets were open; an address has {limit.open_most} at most"


def _of_order(told: Told) -> Iterator[str]:
    if told.disordered or told.missed:
        yield f"{told.disordered} messages were out of order, {told.missed} were missed"
