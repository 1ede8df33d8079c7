"""The SQL of Analytics Engine over points in a file (PA-13): answers, types, formats, refusals."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.runtime.analytics.query import KEPT_DAYS
from tests.local.api.conftest import World

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)
HOUR = 3600
SQL = "/analytics_engine/sql"

REQUESTS = [  # seconds ago, index, path, method, milliseconds, status, weight
    (0 * HOUR + 60, "a", "/id", "GET", 10.0, 200, 1),
    (0 * HOUR + 120, "a", "/id", "GET", 30.0, 500, 1),
    (1 * HOUR + 60, "b", "/mint", "POST", 500.0, 200, 10),
    (1 * HOUR + 90, "b", "/Mint", "POST", 20.0, 404, 1),
    (30 * HOUR, "a", "/old", "GET", 1.0, 200, 1),
    (KEPT_DAYS * 24 * HOUR + 1, "a", "/gone", "GET", 1.0, 200, 1),
]


COLUMNS = ", ".join(
    (
        *("dataset TEXT", "timestamp INTEGER", "index1 TEXT", "_sample_interval INTEGER"),
        *(f"blob{number} TEXT" for number in range(1, 21)),
        *(f"double{number} REAL" for number in range(1, 21)),
    )
)
"""Of the table that the worker of the runtime makes."""

INSERT = f"INSERT INTO points VALUES ({', '.join('?' * 44)})"  # noqa: S608 - places alone


@pytest.fixture
def points(tmp_path: Path, runtime) -> Path:
    file = tmp_path / "points.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE points ({COLUMNS})")
        for ago, index, path, method, milliseconds, status, weight in REQUESTS:
            values = ["requests", int(NOW.timestamp()) - ago, index, weight]
            values += [path, method, *[""] * 18, milliseconds, status, *[0.0] * 18]
            connection.execute(INSERT, values)
        connection.commit()
    runtime.points, runtime.now = file, NOW
    return file


async def ask(world: World, sql: str):
    answer = await world.client.post(world.account(SQL), content=sql.encode())
    assert answer.status_code == 200, answer.text
    return answer


async def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    answer = await ask(world, sql)
    return [tuple(each.values()) for each in answer.json()["data"]]


async def value(world: World, expression: str):
    ((found,),) = await rows(world, f"SELECT {expression} AS v")
    return found


@pytest.mark.usefixtures("points")
async def test_points_of_the_last_day_are_counted_by_hour(world: World):
    sql = """
    SELECT toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS hour, sum(_sample_interval) AS n
    FROM requests WHERE timestamp > now() - INTERVAL '1' DAY
    GROUP BY hour ORDER BY hour ASC
    """
    answer = (await ask(world, sql)).json()

    assert answer == {
        "meta": [{"name": "hour", "type": "DateTime"}, {"name": "n", "type": "UInt64"}],
        "data": [
            {"hour": "2026-11-29 10:00:00", "n": "11"},
            {"hour": "2026-11-29 11:00:00", "n": "2"},
        ],
        "rows": 2,
        "rows_before_limit_at_least": 2,
    }


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("count()", "5"),
        ("COUNT(*)", "5"),
        ("count(DISTINCT index1)", "2"),
        ("countIf(double2 >= 500)", "1"),
        ("sum(double1)", 561.0),
        ("sumIf(double1, index1 = 'a')", 41.0),
        ("avg(double1)", 112.2),
        ("avgIf(double1, double2 = 200)", (10 + 500 + 1) / 3),
        ("min(double1)", 1.0),
        ("max(blob1)", "/old"),
        ("sum(_sample_interval * double1) / sum(_sample_interval)", 5061 / 14),
        ("quantileExactWeighted(0.5)(double1, _sample_interval)", 500.0),
        ("quantileWeighted(0.2, double1, _sample_interval)", 20.0),
        ("argMax(blob1, double1)", "/mint"),
        ("argMin(blob1, double1)", "/old"),
        ("topK(1)(blob1)", ["/id"]),
        ("topKWeighted(2)(blob1, _sample_interval)", ["/mint", "/id"]),
        ("count() / 2", 2.5),
        ("max(intDiv(toUInt32(timestamp), 60) * 60)", str(int(NOW.timestamp()) - 60)),
        ("if(count() > 3, 'many', 'few')", "many"),
    ],
)
@pytest.mark.usefixtures("points")
async def test_aggregates(world: World, select, expected):
    ((found,),) = await rows(world, f"SELECT {select} AS v FROM requests")  # noqa: S608 - cases

    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        ("blob1 = '/id' AND double2 <> 200", ["/id"]),
        ("blob1 IN ('/mint', '/Mint')", ["/Mint", "/mint"]),
        ("blob1 NOT IN ('/mint', '/Mint', '/id')", ["/old"]),
        ("blob1 LIKE '/m%'", ["/mint"]),
        ("blob1 NOT LIKE '/%n_'", ["/id", "/id", "/old"]),
        ("blob1 ILIKE '/M___'", ["/Mint", "/mint"]),
        ("double1 BETWEEN 20 AND 30", ["/Mint", "/id"]),
        ("NOT (double1 < 30 OR double1 > 400)", ["/id"]),
        ("timestamp >= toDateTime('2026-11-29 11:58:30')", ["/id"]),
        ("timestamp >= '2026-11-29 11:58:30'", ["/id"]),
        ("timestamp < toStartOfDay(now())", ["/old"]),
        ("startsWith(blob1, '/o') AND length(blob1) = 4", ["/old"]),
        ("double1 % 20 = 10 AND -double1 < -10", ["/id"]),
    ],
)
@pytest.mark.usefixtures("points")
async def test_conditions(world: World, where, paths):
    select = "SELECT blob1 FROM requests WHERE"
    found = await rows(world, f"{select} {where} ORDER BY blob1")

    assert [path for (path,) in found] == paths


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'Hello Workers Analytics Engine'", "Hello Workers Analytics Engine"),
        ("'it''s'", "it's"),
        ("now()", "2026-11-29 12:00:00"),
        ("today()", "2026-11-29"),
        ("toUnixTimestamp(now())", 1795953600),
        ("toDateTime(355924804)", "1981-04-12 12:00:04"),
        ("toDateTime('355924804')", "1981-04-12 12:00:04"),
        ("toDateTime('2022-12-01 16:17:00', 'America/New_York')", "2022-12-01 21:17:00"),
        ("formatDateTime(now(), '%Y-%m-%d')", "2026-11-29"),
        ("formatDateTime(now(), '%H', 'America/New_York')", "07"),
        (
            "toStartOfInterval(toDateTime('2022-06-15 11:59:00'), INTERVAL '15' MINUTE)",
            "2022-06-15 11:45:00",
        ),
        ("toStartOfInterval(now(), INTERVAL '1' DAY, 'America/New_York')", "2026-11-29 05:00:00"),
        ("toStartOfInterval(now(), INTERVAL '3' MONTH)", "2026-10-01 00:00:00"),
        ("toStartOfWeek(toDateTime('2025-10-29 00:00:00'))", "2025-10-27 00:00:00"),
        ("toStartOfFifteenMinutes(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:45:00"),
        ("toYYYYMM(toDateTime('2025-10-27 16:55:25'))", 202510),
        ("toDayOfWeek(toDateTime('2025-11-02 00:00:00'))", 7),
        ("extract(SECOND from toDateTime('2022-06-06 11:30:15'))", 15),
        ("toDateTime('2026-03-31 00:00:00') - INTERVAL '1' MONTH", "2026-02-28 00:00:00"),
        ("intDiv(7, 2)", "3"),
        ("7 / 2", 3.5),
        ("1 / 0", None),
        ("round(3.14, 1)", 3.1),
        ("floor(3.99)", 3.0),
        ("ceil(3.14, 1)", 3.2),
        ("pow(3, 2)", 9.0),
        ("toUInt8('300')", 44),
        ("upper('aé')", "Aé"),
        ("upperUTF8('aé')", "AÉ"),
        ("position(':' IN 'hello: world')", "6"),
        ("substring('hello world', 7)", "world"),
        ("substring('hello', 1, position('l' IN 'hello') - 1)", "he"),
        ("endsWith('prefix suffix', 'suffix')", 1),
        ("empty('')", 1),
        ("format('blob: {}', 'x')", "blob: x"),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("true", 1),
    ],
)
async def test_expressions_without_a_table(world: World, runtime, expression, expected):
    runtime.now = NOW

    assert await value(world, expression) == expected


@pytest.mark.usefixtures("points")
async def test_groups_are_filtered_and_cut(world: World):
    sql = """
    SELECT blob1 AS path, count() AS n, avg(double1) AS mean FROM requests
    GROUP BY path HAVING n > 0 AND mean < 400 ORDER BY mean DESC, path LIMIT 2 OFFSET 1
    """
    assert await rows(world, sql) == [("/id", "2", 20.0), ("/old", "1", 1.0)]
    assert len(await rows(world, "SELECT blob1 FROM requests LIMIT ALL")) == 5


@pytest.mark.usefixtures("points")
async def test_an_alias_goes_before_a_column(world: World):
    sql = """
    SELECT toStartOfDay(timestamp) AS timestamp, count() AS n FROM requests
    WHERE timestamp = '2026-11-28 00:00:00' GROUP BY timestamp
    """
    assert await rows(world, sql) == [("2026-11-28 00:00:00", "1")]


@pytest.mark.usefixtures("points")
async def test_a_query_may_be_over_another(world: World):
    sql = """
    SELECT max(n) AS most FROM
    (SELECT blob1 AS path, count() AS n FROM requests GROUP BY path)
    """
    assert await rows(world, sql) == [("2",)]


@pytest.mark.usefixtures("points")
async def test_all_columns_are_shown_with_their_types(world: World):
    answer = (await ask(world, "SELECT * FROM requests WHERE blob1 = '/old'")).json()

    types = {each["name"]: each["type"] for each in answer["meta"]}
    assert len(types) == 44
    assert (types["timestamp"], types["_sample_interval"], types["blob20"], types["double20"]) == (
        "DateTime",
        "UInt32",
        "String",
        "Float64",
    )
    (row,) = answer["data"]
    assert (row["dataset"], row["timestamp"]) == ("requests", "2026-11-28 06:00:00")


@pytest.mark.usefixtures("points")
async def test_what_is_older_than_three_months_is_gone(world: World):
    assert await rows(world, "SELECT blob1 FROM requests WHERE blob1 = '/gone'") == []


@pytest.mark.usefixtures("points")
async def test_formats(world: World):
    select = "SELECT blob1 AS p, count() AS n FROM requests GROUP BY p ORDER BY p LIMIT 2 FORMAT"

    lines = await ask(world, f"{select} JSONEachRow")
    tabs = await ask(world, f"{select} TabSeparated")

    assert lines.text == '{"p": "/Mint", "n": "1"}\n{"p": "/id", "n": "2"}\n'
    assert tabs.text == "/Mint\t1\n/id\t2\n"
    assert (await ask(world, "SELECT 'a\tb' FORMAT TabSeparated")).text == "a\\tb\n"


@pytest.mark.usefixtures("points")
async def test_tables_are_shown(world: World):
    assert await rows(world, "SHOW TABLES") == [("requests", "dataset")]
    assert (await ask(world, "show tables format TabSeparated;")).text == "requests\tdataset\n"
    assert await rows(world, "SHOW TIMEZONE") == [("Etc/UTC",)]
    assert ("Europe/Vienna",) in await rows(world, "SHOW TIMEZONES")


async def test_before_the_first_point_there_is_no_table(world: World):
    assert await rows(world, "SHOW TABLES") == []
    answer = await world.client.post(world.account(SQL), content=b"SELECT * FROM requests")

    assert (answer.status_code, answer.text) == (
        422,
        "Input was invalid: unable to find table: requests",
    )


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT CASE WHEN 1 THEN 2 END", "unsupported expression type: CASE WHEN 1 THEN 2 END"),
        ("SELECT avgWeighted(double1, 1) FROM requests", "unsupported function: avgWeighted"),
        ("SELECT first_value(blob1) FROM requests", "unsupported function: first_value"),
        ("SELECT sleep(3)", "unsupported function: sleep"),
        ("SELECT load_extension('x')", "unsupported function: load_extension"),
        ("SELECT ae_now()", "unsupported function: ae_now"),
        ("SELECT nothing FROM requests", "unable to find type of column: nothing"),
        ("SELECT requests.blob1 FROM requests", "unsupported expression type: requests.blob1"),
        ("SELECT blob1::UInt8 FROM requests", "unsupported expression type"),
        ("SELECT DISTINCT blob1 FROM requests", "unsupported clause: DISTINCT"),
        ("SELECT * FROM requests AS a JOIN requests AS b ON 1 = 1", "unsupported clause: JOINS"),
        ("SELECT 1 UNION ALL SELECT 2", "unsupported statement: UNION"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "unsupported clause: WITH"),
        ("SELECT blob1 FROM requests SETTINGS max_threads = 1", "unsupported clause: SETTINGS"),
        ("SELECT * FROM sqlite_master", "unable to find table: sqlite_master"),
        ("SELECT * FROM points", "unable to find table: points"),
        ("SELECT blob1 FROM x.requests", "unsupported expression type: x.requests"),
        ("INSERT INTO requests VALUES (1)", "unsupported statement: INSERT"),
        ("DROP TABLE requests", "unsupported statement: DROP"),
        ("SELECT 1; SELECT 2", "one statement, and was given 2"),
        ("", "one statement, and was given 0"),
        ("selec 1", "line 1"),
        ("SELECT 'a", "cannot be read as SQL"),
        ("SELECT 1 FORMAT Pretty", "unsupported format: Pretty"),
        ("SHOW DATABASES", "unsupported statement: SHOW DATABASES"),
        ("SELECT blob1 + 1 FROM requests", "takes Float64 or"),
        ("SELECT blob1 FROM requests WHERE blob1 > 3", "cannot compare String with UInt8"),
        ("SELECT round(1, 2, 3)", "round takes 1 to 2 arguments, and was given 3"),
        ("SELECT now() - INTERVAL '1' FORTNIGHT", "unsupported expression type"),
        ("SELECT toStartOfInterval(now(), INTERVAL '0' DAY)", "unsupported expression type"),
        ("SELECT toDateTime('soon')", "a function was given a value that it does not take"),
        ("SELECT blob1 FROM requests LIMIT 1 BY blob1", "unsupported expression type"),
    ],
)
@pytest.mark.usefixtures("points")
async def test_what_is_not_known_is_refused_by_name(world: World, sql, said):
    answer = await world.client.post(world.account(SQL), content=sql.encode())

    assert answer.status_code == 422
    assert answer.text.startswith("Input was invalid: ")
    assert said in answer.text


@pytest.mark.usefixtures("points")
async def test_a_text_ends_no_literal(world: World):
    spoiled = "x' UNION SELECT name FROM sqlite_master --"
    quoted = spoiled.replace("'", "''")

    assert await value(world, f"'{quoted}'") == spoiled
    select = "SELECT blob1 FROM requests WHERE blob1 ="
    assert await rows(world, f"{select} '{quoted}'") == []
    ((answer,),) = await rows(world, 'SELECT 1 AS "a"" FROM sqlite_master --"')
    assert answer == 1


async def test_the_account_has_to_be_this_one(world: World):
    answer = await world.client.post(f"/accounts/{'9' * 32}{SQL}", content=b"SELECT 1")

    assert answer.status_code == 403
