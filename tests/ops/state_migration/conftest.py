"""A stack with secrets, deployed by a real engine, and two places for its state."""

import shutil

import pulumi
import pytest
from pulumi.automation import ConfigValue

from ops.state_migration.move import Move
from ops.state_migration.place import Place
from ops.state_store.address import Address
from tests.engine.engine import Engine, pulumi_binary
from tests.ops.state_store.conftest import bucket, service

__all__ = ["bucket", "service"]

STACK = "staging"
SECRETS = ("a secret of the state", "a secret of the file")


def program():
    """Have one plain and one secret output."""
    pulumi.export("answer", 42)
    pulumi.export("secret", pulumi.Output.secret(SECRETS[0]))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Deploy the stack once, its state in a folder that the project's file names."""
    folder, binary = tmp_path_factory.mktemp("deployed"), pulumi_binary()
    assert binary, "there is no Pulumi engine; run make setup"
    engine = Engine(binary, folder, "", "", project="chittyos")
    made = engine.stack(program, STACK)
    made.automation.set_config("chittyos:token", ConfigValue(SECRETS[1], secret=True))
    made.up()
    return engine


@pytest.fixture
def stack(deployed, tmp_path, monkeypatch):
    """Give the engine of a copy of the stack, its project and its state."""
    folder = tmp_path / "engine"
    for name in ("state", f"work-{STACK}"):
        shutil.copytree(deployed.folder / name, folder / name)
    project = folder / f"work-{STACK}" / "Pulumi.yaml"
    project.write_text(project.read_text().replace(str(deployed.folder), str(folder)))
    engine = Engine(deployed.binary, folder, "", "", project="chittyos")
    for name, value in {**engine.variables(), "PULUMI_HOME": str(deployed.folder)}.items():
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
