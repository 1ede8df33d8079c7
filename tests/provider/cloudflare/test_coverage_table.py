"""The documentation shows the table as it is."""

from provider.cloudflare import coverage_table
from provider.cloudflare.resources import TABLE


def test_every_type_has_a_row():
    rows = coverage_table.table().splitlines()

    assert len([row for row in rows if row.startswith("| `")]) == len(TABLE)
    assert "| `WorkersRoute` | zoneId | `<zoneId>/<id>` | yes |" in rows
