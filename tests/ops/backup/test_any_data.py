"""Whatever a database or a namespace keeps comes back as it was (FW-4): data that nobody chose."""

# ruff: noqa: S608 - statements are of this file, values of it are literals

import base64
import math
import time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(400)]

EXAMPLES = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
VALUES = st.none() | NUMBERS | TEXT | st.binary(max_size=60)
LONG = st.integers(29_990, 30_010).map(lambda size: "ü" * (size // 2) + "x" * (size % 2))
ROWS = st.lists(st.tuples(VALUES, VALUES | LONG), max_size=6)
KEYED = st.dictionaries(TEXT, st.tuples(st.binary(max_size=9), VALUES), max_size=6)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128).filter(
    lambda name: name not in {".", ".."}
)
LONGEST = st.integers(0, 9).map(
    lambda number: f"{number}/" + "\N{SMILING FACE WITH OPEN MOUTH}" * 127 + "xx"
)
"""Names of 512 bytes, as many as KV takes."""

METADATA = st.none() | st.dictionaries(TEXT, NUMBERS.filter(math.isfinite) | TEXT, max_size=3)
PAIRS = st.dictionaries(
    NAMES | LONGEST, st.tuples(st.binary(max_size=200), METADATA, st.booleans()), max_size=12
)
ENDS = int(time.time()) + 86_400

SCHEMA = """
CREATE TABLE plain (a, b);
CREATE TABLE keyed (k TEXT, b BLOB, v, PRIMARY KEY (k, b)) WITHOUT ROWID;
CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, said TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES counted(id));
CREATE TABLE heard (said TEXT);
CREATE INDEX by_b ON plain (b) WHERE b IS NOT NULL;
CREATE TRIGGER hears AFTER INSERT ON counted BEGIN INSERT INTO heard VALUES (NEW.said); END;
CREATE VIEW both AS SELECT c.said, d.id FROM counted c JOIN child d ON d.of = c.id;
CREATE VIRTUAL TABLE found USING fts5(title, body, of UNINDEXED);
CREATE VIRTUAL TABLE outside USING fts5(said, content='counted', content_rowid='id');
CREATE VIRTUAL TABLE words USING fts5vocab(found, 'row');
INSERT INTO found (found, rank) VALUES ('rank', 'bm25(10.0, 5.0)');
"""
EVERY = {
    "plain": ("rowid", ["a", "b"]),
    "keyed": ("k, b", ["k", "b", "v"]),
    "counted": ("id", ["id", "said"]),
    "child": ("id", ["id", "of"]),
    "heard": ("rowid", ["said"]),
    "found": ("rowid", ["rowid", "title", "body", "of"]),
    "words": ("term", ["term", "doc", "cnt"]),
    "sqlite_sequence": ("name", ["name", "seq"]),
}
QUERIES = [
    *(
        f"SELECT {' || '.join(f'hex({c}) || typeof({c}) || quote({c})' for c in columns)} AS said "
        f"FROM {table} ORDER BY {order}"
        for table, (order, columns) in EVERY.items()
    ),
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '%cf%' ORDER BY name",
    "SELECT rowid, rank FROM found WHERE found MATCH 'word' ORDER BY rank, rowid",
    "SELECT rowid FROM outside WHERE outside MATCH 'word' ORDER BY rowid",
    "SELECT * FROM both ORDER BY id",
]


def literal(value):
    """Write *value* as SQL does, so that no number goes through JavaScript."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, str):
        return f"CAST(X'{value.encode().hex()}' AS TEXT)"
    if isinstance(value, float) and math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    return repr(value)


def insert(table, *values):
    return f"INSERT INTO {table} VALUES ({', '.join(map(literal, values))});"


def written(rows, keyed):
    """Return the SQL that fills the tables; row ids and numbers have gaps."""
    yield from (insert("plain", *row) for row in rows)
    yield from (insert("keyed", key, *values) for key, values in keyed.items())
    for number, (one, other) in enumerate(rows, start=1):
        yield f"INSERT INTO counted (said) VALUES ('word {number}');"
        yield f"INSERT INTO child SELECT id * 7, id FROM counted WHERE said = 'word {number}';"
        yield (
            f"INSERT INTO found (rowid, title, body, of) VALUES "
            f"({number * 1_000_000_007}, 'word', {literal(one)}, {literal(other)});"
        )
    yield "INSERT INTO counted (said) VALUES ('gone'); DELETE FROM counted WHERE said = 'gone';"
    yield "INSERT INTO outside (outside) VALUES ('rebuild');"


def tables(world, place):
    return [world.sql(place, query) for query in QUERIES]


@pytest.fixture(scope="module")
def places(world):
    """Give two places: what is copied, and where it goes."""
    made = world.place("any-from"), world.place("any-to")
    for each in made:
        world.sql(each, SCHEMA)
    return made


def empty(world, place):
    """Delete all rows and keys of a place, by the account's own ways."""
    for table in ("child", "counted", "heard", "plain", "keyed", "found"):
        world.sql(place, f"DELETE FROM {table}")
    world.sql(place, "DELETE FROM sqlite_sequence")
    world.sql(place, "INSERT INTO outside (outside) VALUES ('rebuild')")


@EXAMPLES
@given(rows=ROWS, keyed=KEYED)
def test_a_database_with_anything_in_it_comes_back(world, places, tmp_path_factory, rows, keyed):
    """Numbers beyond 2^53, blobs, NUL, keys of several columns, counters, full-text search."""
    source, target = places
    empty(world, source)
    for statement in written(rows, keyed):
        world.sql(source, statement)
    before = tables(world, source)
    folder = tmp_path_factory.mktemp("any") / "backup"

    manifest = world.save(source, folder)
    world.restore(folder, target, replace=True)

    assert tables(world, target) == before
    assert tables(world, source) == before
    assert [note for each in manifest.copies for note in each.notes] == []
    world.sql(target, "INSERT INTO counted (said) VALUES ('next')")
    world.sql(source, "INSERT INTO counted (said) VALUES ('next')")
    assert tables(world, target) == tables(world, source)


@EXAMPLES
@given(pairs=PAIRS)
def test_keys_of_any_name_come_back(world, places, tmp_path_factory, pairs):
    """Slashes, signs of any script, 512 bytes, bytes that are no text, metadata, an end."""
    source, target = places
    for key in [each["name"] for each in world.keys(source)]:
        world.account.result("POST", f"{kv(source)}/bulk/delete", json=[key])
    world.put(source, *(pair(name, *each) for name, each in pairs.items()))
    folder = tmp_path_factory.mktemp("any") / "backup"

    world.save(source, folder)
    world.restore(folder, target, replace=True)

    listed = {each["name"]: each for each in world.keys(target)}
    assert listed.keys() == pairs.keys()
    for name, (value, metadata, ends) in pairs.items():
        assert world.value(target, quote(name, safe="")) == value
        assert listed[name].get("metadata") == metadata
        assert listed[name].get("expiration") == (ENDS if ends else None)


def kv(place):
    return f"/storage/kv/namespaces/{place.of('kv').id}"


def pair(name, value, metadata, ends):
    told = {} if metadata is None else {"metadata": metadata}
    ending = {"expiration": ENDS} if ends else {}
    encoded = base64.b64encode(value).decode()
    return {"key": name, "value": encoded, "base64": True, **told, **ending}


CONTENTLESS = "CREATE VIRTUAL TABLE words_only USING fts5(a, content='')"


def test_a_search_that_keeps_words_alone_is_said_to_come_back_empty(world, tmp_path):
    source, target = world.place("words-from"), world.place("words-to")
    world.sql(source, CONTENTLESS)
    world.sql(source, "INSERT INTO words_only (rowid, a) VALUES (1, 'word')")

    manifest = world.save(source, tmp_path / "backup")
    world.restore(tmp_path / "backup", target)

    (note,) = [note for each in manifest.copies for note in each.notes]
    assert note == "rows of virtual table words_only: it keeps words alone; fill it again"
    asked = "SELECT rowid FROM words_only WHERE words_only MATCH 'word'"
    assert (world.sql(source, asked), world.sql(target, asked)) == ([{"rowid": 1}], [])
