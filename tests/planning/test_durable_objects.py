"""Which Durable Object migrations are pending, and which histories are refused."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planning.durable_objects import (
    ExportState,
    Step,
    check_exports,
    check_history,
    export_states,
    plan,
)
from planning.refusals import RefusedError
from tests.planning.histories import NAMES, classes, histories, sealed

EVERYTHING = frozenset(NAMES)
FIRST = Step("v1", "", new_sqlite_classes=("SessionStateDO",))


@given(history=histories(), data=st.data())
def test_the_steps_after_the_live_tag_are_pending(history, data):
    at = data.draw(st.integers(0, len(history)))
    live = history[at - 1].tag if at else None
    made = plan(history, live, exported=EVERYTHING, bound=classes(history))

    if at == len(history):
        assert made is None
    else:
        assert made is not None
        assert (made.old_tag, made.new_tag) == (live, history[-1].tag)
        assert made.steps == history[at:]


@given(history=histories(), data=st.data())
def test_applying_what_is_pending_leaves_nothing_pending(history, data):
    at = data.draw(st.integers(0, len(history) - 1))
    live = history[at - 1].tag if at else None
    made = plan(history, live, exported=EVERYTHING, bound=())

    assert made is not None
    assert plan(history, made.new_tag, exported=EVERYTHING, bound=()) is None


@given(history=histories())
def test_the_classes_are_those_that_the_steps_leave(history):
    assert check_history(history) == classes(history)


@given(history=histories(), data=st.data())
def test_an_edited_step_is_refused(history, data):
    at = data.draw(st.integers(0, len(history) - 1))
    step = history[at]
    edited = data.draw(
        st.sampled_from(
            [
                replace(step, tag=f"{step.tag}x"),
                replace(step, new_sqlite_classes=(*step.new_sqlite_classes, "Sneaked")),
                replace(step, renamed_classes=(*step.renamed_classes, ("ClassA", "Sneaked"))),
                replace(step, deleted_classes=(*step.deleted_classes, "ClassA")),
            ]
        )
    )

    with pytest.raises(RefusedError, match=r"edited, reordered or dropped.*append a new step"):
        check_history((*history[:at], edited, *history[at + 1 :]))


@given(history=histories(min_size=2), data=st.data())
def test_a_reordered_history_is_refused(history, data):
    shuffled = tuple(data.draw(st.permutations(history)))
    assume(shuffled != history)

    with pytest.raises(RefusedError, match="edited, reordered or dropped"):
        check_history(shuffled)


@given(history=histories(min_size=2), data=st.data())
def test_a_step_dropped_before_the_end_is_refused(history, data):
    at = data.draw(st.integers(0, len(history) - 2))

    with pytest.raises(RefusedError, match="edited, reordered or dropped"):
        check_history(history[:at] + history[at + 1 :])


@given(history=histories(min_size=2), data=st.data())
def test_a_history_cut_before_the_live_tag_is_refused(history, data):
    kept = data.draw(st.integers(0, len(history) - 1))

    with pytest.raises(RefusedError, match=r"which the history does not know.*restore the steps"):
        plan(history[:kept], history[-1].tag, exported=EVERYTHING, bound=())


@given(history=histories())
def test_a_live_tag_of_another_history_is_refused(history):
    with pytest.raises(RefusedError, match="'w1', which the history does not know"):
        plan(history, "w1", exported=EVERYTHING, bound=())


@given(history=histories(), data=st.data())
def test_a_class_that_the_bundle_lacks_is_refused(history, data):
    live = classes(history)
    assume(live)
    missing = data.draw(st.sampled_from(sorted(live)))

    with pytest.raises(RefusedError, match=f"does not export the class {missing}"):
        plan(history, None, exported=EVERYTHING - {missing}, bound=())


@given(history=histories(), data=st.data())
def test_a_binding_to_a_class_that_no_step_makes_is_refused(history, data):
    gone = EVERYTHING - classes(history)
    assume(gone)
    name = data.draw(st.sampled_from(sorted(gone)))

    with pytest.raises(RefusedError, match=rf"class {name}, which no step.*new_sqlite_classes"):
        plan(history, None, exported=EVERYTHING, bound={name})


@pytest.mark.parametrize("approved", ["", "  "])
def test_a_deletion_that_nobody_approved_is_refused(approved):
    gone = Step("v2", "", deleted_classes=("SessionStateDO",), approved_by=approved)

    with pytest.raises(RefusedError, match="everything these objects hold; name who approved it"):
        check_history(sealed(FIRST, gone))


def test_a_step_without_a_digest_is_told_it():
    with pytest.raises(
        RefusedError, match="history seal`, or add to it: digest: '7ab3cf0f44257fa8'"
    ):
        check_history([FIRST])


def test_a_seal_does_not_depend_on_who_approved():
    gone = Step("v2", "", deleted_classes=("SessionStateDO",), approved_by="Jane Doe")
    history = sealed(FIRST, gone)

    assert check_history([history[0], replace(history[1], approved_by="John Roe")]) == frozenset()


WRONG = {
    "a class made twice": (Step("v2", "", ("SessionStateDO",)), "exists already"),
    "a rename of nothing": (Step("v2", "", (), (("Other", "New"),)), "renames Other, which no"),
    "a rename onto a class": (
        Step("v2", "", (), (("SessionStateDO", "SessionStateDO2"), ("X", "Y"))),
        "renames X",
    ),
    "a deletion of nothing": (
        Step("v2", "", deleted_classes=("Other",), approved_by="Jane Doe"),
        "deletes Other, which no step before it makes; name one of SessionStateDO",
    ),
    "a step without content": (Step("v2", ""), "changes nothing"),
    "a tag used twice": (Step("v1", "", ("Other",)), "two steps have the tag v1"),
}


@pytest.mark.parametrize(("step", "said"), WRONG.values(), ids=WRONG)
def test_a_step_that_cannot_be_applied_is_refused(step, said):
    with pytest.raises(RefusedError, match=said):
        check_history(sealed(FIRST, step))


def test_all_faults_of_a_history_come_in_one_message():
    """FW-1: one run says everything."""
    second = Step("v1", "0" * 16, ("SessionStateDO",), (("X", "Y"),), ("Z",))
    third = Step("v3", "")

    with pytest.raises(RefusedError) as raised:
        check_history([*sealed(FIRST), second, third])

    said = str(raised.value).splitlines()
    for fault in (
        "step v1 or one before it was edited",
        "two steps have the tag v1",
        "step v1 deletes Z",
        "step v1 deletes Z and everything these objects hold; name who approved it",
        "step v1 renames X",
        "step v1 makes SessionStateDO, which exists already",
        "step v3 has no digest",
        "step v3 changes nothing",
    ):
        assert [line for line in said if line.startswith(fault)], fault
    assert len(said) == 8


def test_all_that_bundle_and_bindings_lack_comes_in_one_message():
    with pytest.raises(RefusedError) as raised:
        plan(sealed(FIRST), None, exported=(), bound=("A", "B"))

    assert len(str(raised.value).splitlines()) == 3


def test_a_worker_without_objects_needs_nothing():
    assert plan((), None, exported={"default"}, bound=()) is None


class TestExports:
    """The same history, declared."""

    @given(history=histories())
    def test_what_is_live_is_what_the_steps_leave(self, history):
        try:
            states = export_states(history)
        except RefusedError:
            assume(condition=False)

        live = {name for name, each in states.items() if each.state == "created"}
        assert live == check_history(history)
        targets = {each.renamed_to for each in states.values() if each.renamed_to}
        assert targets <= live

    def test_live_classes_and_tombstones(self):
        history = sealed(
            Step("v1", "", ("A", "B", "C")),
            Step("v2", "", (), (("A", "D"),)),
            Step("v3", "", (), (("D", "E"),), ("B",), "me"),
        )

        assert export_states(history) == {
            "A": ExportState("renamed", "E"),
            "B": ExportState("deleted"),
            "C": ExportState("created"),
            "D": ExportState("renamed", "E"),
            "E": ExportState("created"),
        }

    def test_a_class_that_was_renamed_and_deleted_is_deleted_by_every_name(self):
        history = sealed(
            Step("v1", "", ("A",)),
            Step("v2", "", (), (("A", "B"),)),
            Step("v3", "", (), (), ("B",), "me"),
        )

        assert export_states(history) == {
            "A": ExportState("deleted"),
            "B": ExportState("deleted"),
        }

    @pytest.mark.parametrize(
        "last", [Step("v3", "", ("A",)), Step("v3", "", (), (("B", "A"),))], ids=["new", "renamed"]
    )
    def test_a_name_that_was_given_up_is_not_taken_again(self, last):
        history = sealed(Step("v1", "", ("A",)), Step("v2", "", (), (("A", "B"),)), last)

        with pytest.raises(RefusedError, match="v3 makes A again"):
            export_states(history)

    def test_a_deleted_class_is_not_in_the_code(self):
        history = sealed(Step("v1", "", ("A", "B")), Step("v2", "", (), (), ("A",), "me"))

        with pytest.raises(RefusedError, match="still exports A"):
            check_exports(history, exported={"A", "B"}, bound=())
