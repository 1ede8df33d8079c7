"""What is emulated has one handler, and says how far it goes."""

import pytest

from local.api.coverage_table import FAMILIES
from local.api.http.routing import Router


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
