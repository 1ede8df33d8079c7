"""A stack with secrets, and two places for its state."""

import shutil

import pytest

from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store.address import Address
from tests.engine.engine import Engine
from tests.ops.state_store.conftest import bucket
from tests.ops.states import STACK

__all__ = ["bucket"]


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
