"""A stack with secrets, deployed by a real engine, and two places for its state."""

import pulumi
import pytest
from pulumi.automation import ConfigValue

from ops.state_migration.moving import Move
from ops.state_migration.place import Place
from ops.state_store.address import Address
from tests.engine.conftest import binary
from tests.engine.engine import Engine
from tests.ops.state_store.conftest import bucket, cloud

__all__ = ["binary", "bucket", "cloud"]

STACK = "staging"
SECRETS = ("a secret of the state", "a secret of the file")


def program():
    """Have one plain and one secret output."""
    pulumi.export("answer", 42)
    pulumi.export("secret", pulumi.Output.secret(SECRETS[0]))


@pytest.fixture
def engine(binary, tmp_path):
    folder = tmp_path / "engine"
    folder.mkdir()
    return Engine(binary, folder, "", "", project="chittyos")


@pytest.fixture
def stack(engine, monkeypatch):
    """Deploy the stack, its state in a folder that the project's file names; give its engine."""
    made = engine.stack(program, STACK)
    made.automation.set_config("chittyos:token", ConfigValue(SECRETS[1], secret=True))
    made.up()
    for name, value in engine.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    return engine


@pytest.fixture
def move(stack, bucket, tmp_path):
    """Give the move of its state from the folder to the bucket."""
    root = stack.folder / f"work-{STACK}"
    folder = Address((stack.folder / "state").as_uri())
    source, target = (Place(each, STACK, root, stack.binary) for each in (folder, bucket))
    noted = tmp_path / "migrations" / "staging.json"
    return Move(source, target, root / f"Pulumi.{STACK}.yaml", noted)
