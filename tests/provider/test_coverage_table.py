"""The documentation shows the table as it is."""

from provider import coverage_table
from provider.resources import TABLE


def test_the_document_is_made_from_the_table():
    text = coverage_table.DOCUMENT.read_text()

    assert coverage_table.written(text) == text, "run python -m provider.coverage_table"


def test_every_type_has_a_row():
    rows = coverage_table.table().splitlines()

    assert len([row for row in rows if row.startswith("| `")]) == len(TABLE)
    assert "| `WorkersRoute` | zoneId | `<zoneId>/<id>` | yes |" in rows
