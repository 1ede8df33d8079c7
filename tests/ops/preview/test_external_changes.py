"""What a refresh finds is told as what others have done, by name and by what differs."""

from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.preview.external_changes import found_outside, told
from tests.ops.preview.test_plan import STACK, URN, state


def refreshed(*steps):
    """Gather what a refresh says: nothing begins, each resource ends."""
    report = Report()
    for op, name, before, after in steps:
        urn = URN.format("Queue", name)
        old = state(urn, {}, outputs=before)
        new = None if after is None else state(urn, {}, outputs=after)
        fixed = {"op": op, "urn": urn, "type": "", "provider": ""}
        report(
            EngineEvent.from_json(
                {"resOutputsEvent": {"metadata": {**fixed, "old": old, "new": new}}}
            )
        )
    return report


def test_what_is_gone_stands_before_what_is_changed_and_what_is_as_it_was_is_left_out():
    report = refreshed(
        ("update", "a", {"delay": 0, "name": "q"}, {"delay": 5, "name": "q"}),
        ("same", "b", {"delay": 0}, {"delay": 0}),
        ("delete", "c", {"delay": 0}, None),
    )

    found = found_outside(report)

    assert [(each.what, str(each)) for each in found] == [
        ("gone", "Queue c"),
        ("changed", "Queue a"),
    ]
    assert [str(difference) for difference in found[1].differences] == ["delay: 0 → 5"]
    assert told(found) == "1 gone outside, 1 changed outside"


def test_the_stack_itself_was_changed_by_nobody():
    root = {"op": "update", "urn": STACK, "type": "", "provider": ""}
    report = Report()
    metadata = {
        **root,
        "old": state(STACK, {}, custom=False),
        "new": state(STACK, {}, custom=False),
    }
    report(EngineEvent.from_json({"resOutputsEvent": {"metadata": metadata}}))

    assert found_outside(report) == []
    assert told([]) == ""
