"""No id twice and none lost, on the real runtime: many at once, and while it is killed (ID-2)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from systems.chittyid.component import ENTRY
from systems.chittyid.operations import ROWS_READ_A_LOOKUP, ROWS_READ_A_MINT, ROWS_WRITTEN_A_MINT
from tests.support_kills import Killer
from tests.systems.chittyid.conftest import IdStack

pytestmark = pytest.mark.workerd

CLIENTS = 50
EACH = 4
SEED = 20261129
KILLS = 3
TRY_SECONDS = 15
TABLE = ENTRY.parent / "ids" / "table.ts"
FLAGS = re.MULTILINE | re.DOTALL


def _ids(stack: IdStack) -> int:
    return int(stack.sql("SELECT COUNT(*) AS count FROM ids")[0]["count"])


def _all_at_once(ask: Callable[[int], httpx.Response], count: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(count)))


def test_fifty_clients_at_once_get_an_id_each_and_no_two_the_same(chittyid: IdStack) -> None:
    before = _ids(chittyid)
    answers = _all_at_once(lambda _: chittyid.mint(), CLIENTS * EACH)

    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["chittyId"] for each in answers}) == CLIENTS * EACH
    assert _ids(chittyid) - before == CLIENTS * EACH


def test_one_key_at_once_from_fifty_clients_mints_one_id(chittyid: IdStack) -> None:
    before = _ids(chittyid)
    answers = _all_at_once(lambda _: chittyid.mint("the-same"), CLIENTS)

    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["chittyId"] for each in answers}) == 1
    assert _ids(chittyid) - before == 1
    assert sum("idempotent-replayed" in each.headers for each in answers) == CLIENTS - 1


@pytest.mark.parametrize(
    ("name", "values", "written", "read"),
    [
        ("MINT", ("EVNT", "2026", "rows", None), ROWS_WRITTEN_A_MINT, ROWS_READ_A_MINT),
        ("MINT", ("EVNT", "2026", "rows", "key"), ROWS_WRITTEN_A_MINT, ROWS_READ_A_MINT),
        ("FIND", (1, "EVNT"), 0, ROWS_READ_A_LOOKUP),
    ],
)
def test_the_forecast_counts_rows_as_d1_does(
    chittyid: IdStack, name: str, values: tuple[Any, ...], written: int, read: int
) -> None:
    chittyid.mint()
    (statement,) = re.findall(rf"^const {name} = [`\"](.*?)[`\"];", TABLE.read_text(), FLAGS)
    counted = chittyid.query(statement, *values)["meta"]

    assert (counted["rows_written"], counted["rows_read"]) == (written, read)


def _until_answered(stack: IdStack, key: str) -> str:
    """Ask until there is an answer, as a pipeline does; give its id."""
    deadline = monotonic() + TRY_SECONDS
    while monotonic() < deadline:
        try:
            answer = stack.mint(key)
        except httpx.HTTPError:
            answer = None
        if answer is not None and answer.status_code == 201:
            return str(answer.json()["chittyId"])
        sleep(0.05)
    raise AssertionError(f"{key}: no answer within {TRY_SECONDS} s")


def test_an_id_that_was_answered_is_there_after_kill_9(chittyid: IdStack) -> None:
    keys = [f"killed-{number}" for number in range(150)]
    killer = Killer(chittyid.cloud, kills=KILLS, before=len(keys), seed=SEED)

    def mint(key: str) -> str:
        minted = _until_answered(chittyid, key)
        killer.answered()
        return minted

    with ThreadPoolExecutor(8) as pool:
        minted = dict(zip(keys, pool.map(mint, keys), strict=True))

    assert killer.killed >= 1
    assert len(set(minted.values())) == len(minted)
    kept = chittyid.sql("SELECT COUNT(*) AS count FROM ids WHERE idempotency_key LIKE 'killed-%'")
    assert kept[0]["count"] == len(minted)
    for key in keys[:: len(keys) // 10]:
        assert _until_answered(chittyid, key) == minted[key]
        read = chittyid.ask("GET", f"/v1/ids/{minted[key]}")
        assert read.json()["chittyId"] == minted[key]
