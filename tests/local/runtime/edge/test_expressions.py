"""What expressions say of requests, by a table: X1 to X26, as far as they are about evaluation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from planning import expressions
from planning.refusals import RefusedError
from tests.local.runtime.edge.evaluator import Evaluator, evaluator

TABLE: Any = yaml.safe_load(Path(__file__).with_name("expressions.yaml").read_text())
LEAST = 300
NOT_EMULATED = re.compile(r"cf\.waf|cf\.bot|body|sha256|\bhttp\.host in \$office")
ROWS: list[Any] = [
    pytest.param(
        expression, group["of"], outcome, id=f"{group['about'].split(':')[0]} {expression}"
    )
    for group in TABLE["groups"]
    for outcome in ("true", "false", "refused")
    for expression in group.get(outcome, ())
]


@pytest.fixture(scope="module", name="edge")
def running_evaluator() -> Iterator[Evaluator]:
    with evaluator() as running:
        yield running


@pytest.mark.parametrize(("expression", "request_name", "outcome"), ROWS)
def test_an_expression_says_what_the_table_says(edge, expression, request_name, outcome):
    found = edge.verdict(expression, TABLE["requests"][request_name])

    if outcome == "refused":
        assert "error" in found
    else:
        assert found == {"verdict": outcome == "true"}


@pytest.mark.parametrize("expression", [r.values[0] for r in ROWS if r.values[2] != "refused"])
def test_what_the_edge_runs_is_what_cloudflare_takes(expression):
    """X12: what the table has a verdict for passes Cloudflare's own parser, behind the wrapper."""
    assert expressions.parse(expression).text == expression


def test_the_table_is_long_enough_and_has_no_row_twice():
    asked = [(row.values[1], row.values[0]) for row in ROWS]

    assert len(set(asked)) == len(asked) >= LEAST
    assert sum(row.values[2] != "refused" for row in ROWS) >= LEAST


def test_every_field_that_can_be_written_is_read(edge):
    assert edge.unread() == []


def test_what_neither_takes_is_refused_by_both():
    refused = [row.values[0] for row in ROWS if row.values[2] == "refused"]
    only_here = []
    for expression in refused:
        try:
            expressions.parse(expression)
            only_here.append(expression)
        except RefusedError:
            pass

    assert [each for each in only_here if not NOT_EMULATED.search(each)] == []
