"""Where a table of full-text search has its rows is read as SQLite itself reads it."""

import sqlite3

import pytest

from ops.backup import d1_search

OUTSIDE = ("docs", "'docs'", '"docs"', "[docs]", "`docs`", " docs ")
NOWHERE = ("''", '""', "[]", "``")


def tables(sql):
    """Return the tables that SQLite makes for that of *sql*, without the one it reads."""
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE docs (id INTEGER PRIMARY KEY, t)")
    made.execute(sql)
    found = made.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'found%'")
    return {name for (name,) in found}


def made_by(*options):
    return f"CREATE VIRTUAL TABLE found USING fts5({', '.join(('t', *options))})"


@pytest.mark.parametrize("name", ["content", "CONTENT", "cont"])
@pytest.mark.parametrize("place", OUTSIDE)
def test_a_table_whose_rows_are_in_another_is_filled_from_there(name, place):
    sql = made_by(f"{name}={place}", "content_rowid='id'")

    assert "found_content" not in tables(sql)
    assert not d1_search.has_rows(sql)
    assert not d1_search.is_empty_again(sql)


@pytest.mark.parametrize("place", NOWHERE)
def test_a_table_without_rows_is_empty_again(place):
    sql = made_by("detail=full", f"content = {place}")

    assert "found_content" not in tables(sql)
    assert not d1_search.has_rows(sql)
    assert d1_search.is_empty_again(sql)


@pytest.mark.parametrize("options", [(), ("content UNINDEXED",), ("tokenize='porter ascii'",)])
def test_a_table_of_its_own_rows_is_none_of_them(options):
    sql = made_by(*options)

    assert "found_content" in tables(sql)
    assert d1_search.has_rows(sql)
    assert not d1_search.is_empty_again(sql)
