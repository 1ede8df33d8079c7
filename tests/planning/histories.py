"""Histories of Durable Objects for tests: sealed, and made at random."""

from dataclasses import replace

from hypothesis import strategies as st

from planning.durable_objects import Step, seal

NAMES = [f"Class{letter}" for letter in "ABCDEFGH"]


def sealed(*steps):
    """Seal *steps* in their order."""
    previous, made = "", []
    for step in steps:
        previous = seal(step, previous)
        made.append(replace(step, digest=previous))
    return tuple(made)


def classes(history):
    """Say by hand which classes exist after *history*."""
    live: set[str] = set()
    for step in history:
        live -= set(step.deleted_classes)
        for old, new in step.renamed_classes:
            live = (live - {old}) | {new}
        live |= set(step.new_sqlite_classes)
    return live


@st.composite
def histories(draw, min_size=1, max_size=6):
    """Draw a history that is right: every step changes something that is there."""
    steps: list[Step] = []
    live: set[str] = set()
    used: set[str] = set()
    for number in range(draw(st.integers(min_size, max_size))):
        fresh = sorted(set(NAMES) - used)
        kinds = ["new"] * bool(fresh) + ["rename"] * bool(fresh and live) + ["delete"] * bool(live)
        kind, tag = draw(st.sampled_from(kinds)), f"v{number + 1}"
        if kind == "new":
            made = draw(st.sampled_from(fresh))
            step = Step(tag, "", new_sqlite_classes=(made,))
        elif kind == "rename":
            old, made = draw(st.sampled_from(sorted(live))), draw(st.sampled_from(fresh))
            step = Step(tag, "", renamed_classes=((old, made),))
            live.discard(old)
        else:
            gone, made = draw(st.sampled_from(sorted(live))), None
            step = Step(tag, "", deleted_classes=(gone,), approved_by="Jane Doe")
            live.discard(gone)
        if made:
            live.add(made)
            used.add(made)
        steps.append(step)
    return sealed(*steps)
