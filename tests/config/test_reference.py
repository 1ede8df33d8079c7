"""The reference of the configuration."""

from config.deployment import Deployment
from config.generated import reference
from systems.chittyconnect.settings import ChittyConnect
from systems.registry import SYSTEMS
from tests.config.examples import SECRETS, tracked


def documented():
    """Give the keys that have a row."""
    rows = [line for line in reference.PATH.read_text().splitlines() if line.startswith("| `")]
    return {row.split("`")[1] for row in rows}


def test_every_key_has_a_row_that_says_something():
    keys = {f"chittyos:{name}" for name in Deployment.model_fields}
    keys |= {f"chittyconnect:{name}" for name in ChittyConnect.model_fields}

    assert keys | SECRETS.keys() | tracked("development").keys() <= documented()
    assert "|  |" not in reference.render(SYSTEMS)


def test_nested_keys_are_written_as_pulumi_takes_them():
    assert "chittyconnect:documents.lifecycle.abort_uploads" in documented()
    assert "chittyos:zones[…].owner" in documented()
