"""The documentation shows the table as it is."""

from local.plugin import support
from local.plugin.resources import TABLE


def test_the_document_is_made_from_the_table():
    text = support.DOCUMENT.read_text()

    assert support.written(text) == text, "run python -m local.plugin.support"


def test_every_type_has_a_row():
    rows = support.table().splitlines()

    assert len([row for row in rows if row.startswith("| `")]) == len(TABLE)
    assert "| `WorkersRoute` | zoneId | `<zoneId>/<id>` | yes |" in rows
