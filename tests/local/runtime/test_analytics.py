"""Points that workers write to Analytics Engine, in workerd itself (W6, W25)."""

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from local.runtime.analytics.query import KEPT_DAYS, file_of, select
from tests.local.runtime.conftest import Start
from tests.support_runtime import eventually, json_of, running, script, serving

pytestmark = pytest.mark.workerd

WRITES = """
const bytes = (text) => new TextEncoder().encode(text);
export default {
  async fetch(request, env) {
    const { fill, binary, ...point } = await request.json();
    if (fill) point.blobs = ["x".repeat(fill)];
    if (binary) point.blobs = [bytes(binary)];
    return new Response(String(env.EVENTS.writeDataPoint(point)));
  },
};
"""
DATASET = {"name": "EVENTS", "type": "analytics_engine", "dataset": "events"}
WHOLE = {"blobs": ["/id", "é"], "doubles": [1.5, -2], "indexes": ["customer"]}
FIRST = "SELECT dataset, index1, blob1, blob2, blob20, double1, double2, double20 FROM points"

TAKEN: dict[str, dict[str, Any]] = {
    "20 blobs": {"blobs": ["x"] * 20},
    "20 doubles": {"doubles": [1] * 20},
    "an index of 96 bytes": {"indexes": ["é" * 48]},
    "16000 bytes of blobs": {"fill": 16_000},
    "nothing": {},
}
DROPPED: dict[str, tuple[dict[str, Any], str]] = {
    "21 blobs": ({"blobs": ["x"] * 21}, "20 blobs"),
    "21 doubles": ({"doubles": [1] * 21}, "20 doubles"),
    "2 indexes": ({"indexes": ["a", "b"]}, "1 indexes"),
    "an index of 97 bytes": ({"indexes": ["x" * 97]}, "96 bytes"),
    "16001 bytes of blobs": ({"fill": 16_001}, "16000 bytes"),
}


@pytest.fixture
def worker(tmp_path):
    return script(tmp_path, WRITES, bindings=(DATASET,))


def write(runtime, **point):
    """Write a point; the worker is told the same whatever becomes of it."""
    answer = runtime.request("POST", "/", body=json_of(**point))
    assert answer.status == 200, answer.text
    return answer.text


def kept(runtime, sql: str = "SELECT count(*) FROM points"):
    """Ask as the SQL API does, which waits for what was written."""
    runtime.run(runtime.runtime.datasets())
    file = file_of(runtime.directory / "state" / "analytics")
    return runtime.run(runtime.runtime.select_points(sql)) if file.exists() else []


def count(runtime) -> int:
    return kept(runtime)[0][0] if kept(runtime) else 0


def test_a_point_is_kept_as_it_was_written(start: Start, worker):
    runtime = start(serving(worker))

    assert write(runtime, **WHOLE) == "undefined"
    eventually(lambda: count(runtime), 1)

    assert kept(runtime, FIRST) == [("events", "customer", "/id", "é", "", 1.5, -2.0, 0.0)]
    ((moment, weight),) = kept(runtime, "SELECT timestamp, _sample_interval FROM points")
    assert abs(moment - time.time()) < 60
    assert weight == 1


def test_bytes_are_text_and_text_is_no_number(start: Start, worker):
    runtime = start(serving(worker))
    write(runtime, binary="raw", doubles=["many"])
    eventually(lambda: count(runtime), 1)

    assert kept(runtime, "SELECT blob1, double1 FROM points") == [("raw", None)]


def test_what_workerd_takes_is_kept_and_what_it_drops_is_in_the_log(start: Start, worker):
    """W6: a point over a limit vanishes; the worker hears nothing, whoever reads the log does."""
    runtime = start(serving(worker))
    for point in TAKEN.values():
        write(runtime, **point)
    eventually(lambda: count(runtime), len(TAKEN))

    for point, _ in DROPPED.values():
        assert write(runtime, **point) == "undefined"
    eventually(lambda: len(runtime.runtime.logs(worker="app")), len(DROPPED))

    assert count(runtime) == len(TAKEN)
    told = [line["message"] for line in runtime.runtime.logs(worker="app")]
    for message, (_, limit) in zip(told, DROPPED.values(), strict=True):
        assert "writeDataPoint()" in message
        assert limit in message


def test_points_outlive_the_runtime_and_what_is_too_old_is_removed(tmp_path, worker):
    directory = tmp_path / "runtime"
    with running(directory, serving(worker)) as runtime:
        write(runtime, **WHOLE)
        eventually(lambda: count(runtime), 1)
    age(directory, KEPT_DAYS * 24 * 3600 + 60)

    with running(directory, serving(worker)) as runtime:
        assert count(runtime) == 1
        write(runtime, blobs=["new"])
        eventually(lambda: kept(runtime, "SELECT blob1 FROM points"), [("new",)])


def test_what_was_written_is_kept_before_an_orderly_end_and_before_a_change(tmp_path, worker):
    """Points are gathered for a moment; who wrote one was answered, so that it has to be there."""
    directory = tmp_path / "runtime"
    with running(directory, serving(worker)) as runtime:
        write(runtime, blobs=["first"])
        write(runtime, blobs=["second"])
        runtime.apply(serving(script(tmp_path, WRITES + "// anew", bindings=(DATASET,))))
        write(runtime, blobs=["third"])
        write(runtime, blobs=["fourth"])

    rows = select(file_of(directory / "state" / "analytics"), "SELECT blob1 FROM points")
    assert rows == [("first",), ("second",), ("third",), ("fourth",)]


def test_a_question_has_all_that_was_written_before_it(start: Start, worker):
    runtime = start(serving(worker))
    write(runtime, blobs=["0"])
    eventually(lambda: count(runtime), 1)

    for number in range(1, 10):
        write(runtime, blobs=[str(number)])
        time.sleep(0.02)  # workerd passes a point on a moment after the answer
        assert count(runtime) == number + 1


def test_of_more_points_than_are_gathered_at_once_none_is_lost(start: Start, tmp_path):
    many = script(tmp_path, MANY, bindings=(DATASET,))
    runtime = start(serving(many))

    runtime.get("/")

    eventually(lambda: count(runtime), 1200)
    sql = "SELECT count(DISTINCT blob1), min(timestamp) > 0, max(double1) FROM points"
    assert kept(runtime, sql) == [(1200, 1, 1199.0)]


MANY = """export default { fetch(_, env) {
  for (let i = 0; i < 1200; i += 1) env.EVENTS.writeDataPoint({ blobs: [`${i}`], doubles: [i] });
  return new Response();
} }"""


def age(directory, seconds: int) -> None:
    """Have every point be written so much earlier."""
    file = file_of(directory / "state" / "analytics")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE points SET timestamp = timestamp - ?", (seconds,))


TWO = """export default { fetch(_, env) {
  env.A.writeDataPoint({ blobs: ["a"] });
  env.B.writeDataPoint({ blobs: ["b"] });
  return new Response();
} }"""


def test_a_worker_may_have_several_datasets(start: Start, tmp_path):
    bound = ({**DATASET, "name": "A"}, {**DATASET, "name": "B", "dataset": "other"})
    runtime = start(serving(script(tmp_path, TWO, bindings=bound)))

    runtime.get("/")
    eventually(lambda: count(runtime), 2)

    rows = kept(runtime, "SELECT dataset, blob1 FROM points ORDER BY dataset")
    assert rows == [("events", "a"), ("other", "b")]
