"""What a refresh found: resources that others than the stack have changed or deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.automation.events import StepEventMetadata

from ops.engine.report import Report
from ops.engine.resources import name_of, short_type
from ops.preview import untrusted_text
from ops.preview.input_differences import Difference, compare

GONE, CHANGED = "gone", "changed"


@dataclass(frozen=True)
class Found:
    """One resource that is not as the state has it."""

    what: str
    """`gone` or `changed`."""

    urn: str
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        words = (short_type(self.urn), name_of(self.urn))
        return " ".join(untrusted_text.value(each) for each in words)


def found_outside(report: Report) -> list[Found]:
    """Return what a refresh, or its preview, found: what is gone first."""
    found = [_found(step) for step in report.differing()]
    return sorted(found, key=lambda each: (each.what != GONE, each.urn))


def told(found: list[Found]) -> str:
    """Say how many resources are gone and changed; "" for none."""
    counts = ((what, sum(each.what == what for each in found)) for what in (GONE, CHANGED))
    return ", ".join(f"{count} {what} outside" for what, count in counts if count)


def _found(step: StepEventMetadata) -> Found:
    if step.new is None or step.old is None:
        return Found(GONE, step.urn)
    inputs = compare(_of(step.old.inputs), _of(step.new.inputs))
    return Found(
        CHANGED, step.urn, tuple(inputs or compare(_of(step.old.outputs), _of(step.new.outputs)))
    )


def _of(values: Any) -> Mapping[str, Any]:
    return values if isinstance(values, Mapping) else {}
