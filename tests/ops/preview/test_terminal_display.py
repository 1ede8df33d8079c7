"""A plan on the terminal: what the comment says of it, inert and without a placeholder."""

import pytest

from ops.preview import terminal_display
from ops.preview.severity import LIFTED
from tests.ops.preview.test_plan import planned, step
from tests.ops.preview.test_severity import HOST

LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
BEFORE = {"name": "docs", "bindings": [{"name": "A", "text": "1"}], "id": "1"}
AFTER = {"name": "docs", "bindings": [{"name": "B"}, {"name": "A", "text": "2"}], "id": LATER}


@pytest.fixture
def said(capsys):
    """Show a plan of the given steps and return its lines."""

    def show(*steps, brief=False):
        terminal_display.show(planned(*steps), brief=brief)
        return capsys.readouterr().out.splitlines()

    return show


def test_what_differs_stands_below_its_resource(said):
    assert said(step("update", "WorkersScript", BEFORE, AFTER)) == [
        "is interrupted:",
        "  update WorkersScript it: the script is replaced; its WebSockets end",
        "      bindings[B]: nothing → set",
        "      bindings[A].text: 1 → 2",
        "      id: 1 → known after up",
    ]


def test_what_loses_data_and_lets_somebody_in_says_both(said):
    lifted = step(
        "update",
        "WorkersCustomDomain",
        {**HOST, "service": "a"},
        {**HOST, "service": "b"},
        old={"protect": True},
    )

    assert said(lifted) == [
        "data is lost:",
        f"  update WorkersCustomDomain it: {LIFTED} (protected)",
        "      service: a → b",
        "who gets in changes:",
        "  update WorkersCustomDomain it: changes what answers at a.example (protected)",
    ]


def test_what_is_new_is_named_as_the_account_will_know_it(said):
    made = step("create", "WorkersKvNamespace", None, {"title": "sessions-production"})

    assert said(made) == ["the rest:", "  create WorkersKvNamespace it (sessions-production)"]


def test_in_brief_only_what_matters_is_shown_and_not_its_inputs(said):
    made = step("create", "Queue", None, {}, name="new")

    assert said(made, step("create", "WorkersCustomDomain", None, HOST), brief=True) == [
        "who gets in changes:",
        "  create WorkersCustomDomain it (a.example): opens a.example",
    ]


def test_no_name_steers_the_terminal(said):
    lines = said(step("delete", "R2Bucket", {"name": "x"}, name="a\x1b[2J[red]\u202eb"))

    assert lines == ["data is lost:", "  delete R2Bucket a [2J[red] b: loses every object in it"]


def test_a_long_difference_is_cut(said):
    before, after = ({f"f{n:02}": text for n in range(30)} for text in "ab")

    lines = said(step("update", "Queue", before, after))

    assert lines[-2:] == ["      f19: a → b", "      and 10 more"]
