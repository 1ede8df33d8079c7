"""A stub of the engine, as far as a move asks it, for states in folders; and a move by it."""

import json

import pytest

from ops.errors import OpsError
from ops.state_migration import stack_location
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store import layout
from ops.state_store.address import Address
from tests.ops.states import STACK

FILE = "encryptionsalt: v1:abc\nconfig:\n  chittyos:environment: staging\n"


class Engine:
    """Answers as the engine does."""

    def __init__(self, file):
        self.file = file
        self.refuses = ""
        """What secrets cannot be encrypted by."""

    def __call__(self, _executable, arguments, *, cwd, variables):
        assert cwd == self.file.parent
        state = stored(Address(variables["PULUMI_BACKEND_URL"]))
        match arguments:
            case ["stack", "export", *_]:
                if not state.exists():
                    raise OpsError("pulumi stack failed: no stack named 'staging' found")
                latest = json.loads(state.read_text())["checkpoint"]["latest"]
                return json.dumps({"deployment": latest})
            case ["stack", "migrate", source, _, _, provider, _]:
                self._migrate(Address(source), state, provider)
            case ["stack", "rm", *_]:
                state.unlink()
            case ["config", *_]:
                return "{}"
        return ""

    def _migrate(self, source, state, provider):
        if provider == self.refuses:
            raise OpsError(f"pulumi stack failed: no key {provider}")
        assert not state.exists()
        self.file.with_name(f"{self.file.name}.bak.123").write_text(self.file.read_text())
        self.file.write_text(f"{self.file.read_text()}# encrypted anew\n")
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(stored(source).read_text())


def stored(address):
    """Return the file of the state at *address*."""
    return address.folder / layout.state(STACK)


def deploy(of, answer, at=1_700_000_000_000_000_000):
    """Bring the stack of a place to *answer*, as an `up` does, which leaves a version."""
    urn = f"urn:pulumi:{STACK}::chittyos::pulumi:pulumi:Stack::chittyos-{STACK}"
    latest = {"resources": [{"urn": urn, "outputs": {"answer": answer}}]}
    content = json.dumps({"version": 3, "checkpoint": {"latest": latest}}).encode()
    of.store.write(layout.state(STACK), content)
    of.store.write(f"{layout.history(STACK)}{STACK}-{at}.checkpoint.json", content)


def answer(of):
    """Return what the stack of a place has come to."""
    (stack,) = of.deployment()["resources"]
    return stack["outputs"]["answer"]


@pytest.fixture
def places(tmp_path):
    """Give the stack in each of three folders."""
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    addresses = [Address(folder.as_uri()) for folder in folders]
    project = f"name: chittyos\nbackend: {{url: '{addresses[0].url}'}}"
    (tmp_path / "Pulumi.yaml").write_text(project)
    return [Place(each, STACK, tmp_path, tmp_path / "pulumi") for each in addresses]


@pytest.fixture
def move(places, tmp_path):
    """Give the move of the stack, which was deployed once, from the first folder to the second."""
    file = tmp_path / f"Pulumi.{STACK}.yaml"
    file.write_text(FILE)
    deploy(places[0], 1)
    return Move(places[0], places[1], file, tmp_path / "migrations" / f"{STACK}.json")


@pytest.fixture(autouse=True)
def engine(move, monkeypatch):
    """Give the stub, in the place of the engine."""
    made = Engine(move.file)
    monkeypatch.setattr(stack_location, "pulumi", made)
    return made
