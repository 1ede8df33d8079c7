"""The page of what is emulated is made from the handlers, and says what they say."""

from pathlib import Path

import pytest

from local.api.coverage_table import FAMILIES, page
from local.api.http.routing import Router

PAGE = Path(__file__).parents[3] / "docs/local-cloudflare.md"


def test_the_page_in_the_docs_is_up_to_date():
    written = PAGE.read_text()
    begin, end = "<!-- begin of the table -->\n", "<!-- end of the table -->"

    table = written.partition(begin)[2].partition(end)[0]

    assert table == page(FAMILIES), "run `python -m local.api.coverage_table` to write it anew"


def test_no_request_has_two_handlers():
    seen = [(op.method, op.path) for op in Router(FAMILIES).operations]

    assert sorted(set(seen)) == sorted(seen)


@pytest.mark.anyio
async def test_the_control_answers_the_same(world):
    told = await world.ask("GET", "http://127.0.0.1:4400/local/emulated")

    assert len(told) == len(Router(FAMILIES).operations)
    put = next(t for t in told if t["method"] == "PUT" and t["path"].endswith("/{script_name}"))
    assert put["extent"] == "partial"
    assert "no static assets" in put["note"]


def test_what_is_partial_says_what_is_missing():
    partial = [op for op in Router(FAMILIES).operations if op.extent == "partial"]

    assert partial
    assert [op.path for op in partial if not op.note] == []
