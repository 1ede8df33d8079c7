"""What a run would do, as one thing that can be looked at, agreed to and held against another."""

from dataclasses import dataclass

from ops.engine.report import Report
from ops.preview.plan_digest import digest_of
from ops.preview.plan_steps import steps_of
from ops.preview.preview_document import document_of
from ops.preview.review_items import Item, items_of
from ops.preview.severity import Rank


@dataclass(frozen=True)
class Plan:
    """What a preview said, the most serious first."""

    items: tuple[Item, ...]
    digest: str
    """Hash of all that the plan does: equal for two previews that would do the same."""

    protected: tuple[str, ...] = ()
    """URNs of protected resources that it would delete or replace."""

    empty: bool = False
    """Whether there is nothing to do, in the account or in the state."""

    def of(self, rank: Rank) -> list[Item]:
        """Return the items that do something of one *rank*, beside what is more serious."""
        return [item for item in self.items if rank in dict(item.findings)]

    @property
    def serious(self) -> bool:
        """Whether it loses data or changes who gets in: a plain yes is not enough for that."""
        return any(item.rank <= Rank.EXPOSURE for item in self.items)


def plan_of(report: Report) -> Plan:
    """Return the plan that a preview gathered in *report* has shown."""
    document = document_of(report)
    return Plan(
        items_of(document),
        digest_of(document),
        tuple(step.urn for step in steps_of(document) if step.protected and step.ends),
        empty=not report.changes and not document["adjusted"],
    )
