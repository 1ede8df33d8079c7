"""The program of docs/how-to.md that stands in another folder and uses the components."""

import re
import runpy
import sys
from pathlib import Path

import pulumi
import pytest

from components import bundle
from planning.refusals import RefusedError
from tests.support import run

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(
    r"^`__main__\.py` beside .*?:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
ACCOUNT = "ab" * 16
LOCAL = "http://127.0.0.1:1/client/v4"


def write_program(folder: Path) -> Path:
    """Write the program of the page, its worker and its migrations to *folder*, beside a clone."""
    folder.mkdir()
    (folder.parent / "chittyos").symlink_to(ROOT)
    (program,) = SHOWN.findall((ROOT / "docs" / "how-to.md").read_text())
    (folder / "migrations").mkdir()
    (folder / "__main__.py").write_text(program)
    (folder / "migrations" / "001_notes.sql").write_text("CREATE TABLE notes (text);")
    (folder / "worker.ts").write_text(
        "export default { fetch: (): Response => new Response('notes') };"
    )
    return folder / "__main__.py"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Run the program in its folder and return what it registers."""
    program = write_program(tmp_path / "notes")
    monkeypatch.chdir(program.parent)
    monkeypatch.setattr(sys, "path", [*sys.path])
    settings = {"chittyos:account": ACCOUNT, "cloudflare:baseUrl": LOCAL}
    pulumi.runtime.set_all_config(settings)
    yield run(lambda: runpy.run_path(str(program)) and None).resources
    pulumi.runtime.set_all_config({})


def test_the_worker_is_the_programs_own_and_lies_below_it(made, tmp_path):
    script = made["WorkersScript notes-worker"].inputs

    assert script["contentFile"] == ".build/notes/index.mjs"
    assert "notes" in (tmp_path / "notes" / script["contentFile"]).read_text()
    assert not (ROOT / ".build" / "notes").exists()


def test_its_migrations_go_to_the_cloud_of_its_stack(made):
    migrations = made["D1Migrations notes-database-migrations"].inputs

    assert migrations["base_url"] == LOCAL
    assert [file["name"] for file in migrations["files"]] == ["001_notes.sql"]


def test_nothing_in_the_state_names_the_machine(made, tmp_path):
    registered = str([(each.name, each.inputs) for each in made.values()])

    assert str(tmp_path) not in registered
    assert str(ROOT) not in registered


@pytest.mark.parametrize("entry", ["worker.ts", "{folder}/worker.ts"])
def test_a_worker_elsewhere_is_given_by_its_whole_path(tmp_path, entry):
    folder = write_program(tmp_path / "notes").parent

    made = bundle.bundle(entry.format(folder=folder), "notes", folder)

    assert Path(made.path) == folder / ".build" / "notes" / "index.mjs"
    assert bundle.relative(entry.format(folder=folder), folder) == "worker.ts"


def test_a_root_that_is_none_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="nowhere is no folder; give the one that the program"):
        bundle.bundle("worker.ts", "notes", tmp_path / "nowhere")
