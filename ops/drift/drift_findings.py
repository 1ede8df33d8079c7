"""Each resource of a stack, and what was found of it: one of five kinds."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ops.engine.report import STACK, Report
from ops.engine.resources import STATEFUL, describe, short_type, urn_type, what_is_lost
from ops.preview.external_changes import GONE, found_outside
from ops.preview.input_differences import Difference

if TYPE_CHECKING:  # with its models, which are read in the time of the engine
    from ops.drift.drift_rules import Declared, Noise


class Kind(StrEnum):
    """What was found of a resource."""

    UNCHANGED = "unchanged"
    DRIFTED = "drifted"
    MISSING = "missing"
    REPAIRED = "repaired"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """A resource, and what was found of it."""

    kind: Kind
    urn: str
    differences: tuple[Difference, ...] = ()
    """What differs and is no noise."""

    noise: tuple[str, ...] = ()
    """Attributes that differ and mean nothing. A resource with no other is skipped."""

    reason: str = ""
    """Why it was skipped, or what is lost with it. Default: neither."""

    @property
    def resource(self) -> str:
        """Type and name."""
        return describe(self.urn)

    @property
    def is_lost(self) -> bool:
        """Whether data went with it."""
        return self.kind is Kind.MISSING and short_type(self.urn) in STATEFUL


@dataclass(frozen=True)
class Drift:
    """What was found of a stack."""

    stack: str
    findings: tuple[Finding, ...]
    stale: "tuple[Noise, ...]" = field(default=())
    """Noise that is declared and does not occur any more."""

    def of(self, kind: Kind) -> list[Finding]:
        """Return the findings of one kind; what is lost first."""
        found = [each for each in self.findings if each.kind is kind]
        return sorted(found, key=lambda each: (not each.is_lost, each.urn))

    @property
    def is_clean(self) -> bool:
        """Whether nobody has to do anything."""
        return not (self.of(Kind.DRIFTED) or self.of(Kind.MISSING) or self.stale)

    def repaired(self, urns: Collection[str]) -> "Drift":
        """Return the same with *urns* put back."""
        return replace(
            self,
            findings=tuple(
                replace(each, kind=Kind.REPAIRED) if each.urn in urns else each
                for each in self.findings
            ),
        )


def judge(stack: str, report: Report, declared: "Declared") -> Drift:
    """Judge what the preview of a refresh has found, by what is *declared* for *stack*."""
    outside = {each.urn: each for each in found_outside(report)}
    used: set[Noise] = set()
    findings = []
    for urn in sorted(_real(report)):
        found = outside.get(urn)
        if found is None:
            findings.append(Finding(Kind.UNCHANGED, urn))
        elif found.what == GONE:
            findings.append(Finding(Kind.MISSING, urn, reason=_lost(urn)))
        else:
            findings.append(_changed(urn, found.differences, declared.noise, used))
    stale = tuple(each for each in declared.noise if each not in used)
    return Drift(stack, tuple(findings), stale)


def harmless(drift: Drift, declared: "Declared") -> dict[str, tuple[Difference, ...]]:
    """Return what may be put back: differences by URN, of resources of which all may be."""
    found = {}
    for each in drift.of(Kind.DRIFTED):
        paths = [difference.where for difference in each.differences]
        if paths and all(_fits(declared, each.resource, path) for path in paths):
            found[each.urn] = each.differences
    return found


def _fits(declared: "Declared", resource: str, path: str) -> bool:
    return any(each.fits(resource, path) for each in declared.repair)


def _changed(
    urn: str, differences: Iterable[Difference], noise: "Iterable[Noise]", used: "set[Noise]"
) -> Finding:
    """Tell noise from drift. A difference without a path, as of a secret, is never noise."""
    left: list[Difference] = []
    quiet: dict[str, Noise] = {}
    for each in differences:
        entry = next((n for n in noise if n.fits(describe(urn), each.where)), None)
        if entry is None:
            left.append(each)
        else:
            quiet[each.where] = entry
    used.update(quiet.values())
    reason = "; ".join(dict.fromkeys(each.why for each in quiet.values()))
    if quiet and not left:
        return Finding(Kind.SKIPPED, urn, noise=tuple(quiet), reason=reason)
    return Finding(Kind.DRIFTED, urn, tuple(left), tuple(quiet))


def _lost(urn: str) -> str:
    short = short_type(urn)
    return f"{what_is_lost(short)} is lost" if short in STATEFUL else ""


def _real(report: Report) -> Iterator[str]:
    """Yield the resources of the account: no components, no providers, nothing only read."""
    for urn, step in report.ends.items():
        state = step.new or step.old
        kind = urn_type(urn)
        if state and state.custom and kind != STACK and not kind.startswith("pulumi:"):
            yield urn
