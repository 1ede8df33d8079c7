"""What is made from code is what the code says, all of it."""

import subprocess
import sys

import pytest

from docs import generate
from policies.pack import levels
from policies.pack.enforcement import LevelsError

FILES = {path.relative_to(generate.ROOT).as_posix(): path for path in generate.generated()}


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_what_its_code_says(name):
    path = FILES[name]

    assert path.read_text(encoding="utf-8") == generate.generated()[path], "run `make docs`"


def test_all_that_is_made_from_code_is_known():
    assert set(FILES) == {
        "docs/acceptance.md",
        "docs/api/chittyconnect.json",
        "docs/api/chittyconnect.md",
        "docs/api/chittyid.json",
        "docs/api/chittyid.md",
        "docs/api/project_awareness.json",
        "docs/api/project_awareness.md",
        "docs/api/superinstance.json",
        "docs/api/superinstance.md",
        "docs/api/superinstance_sync.json",
        "docs/api/superinstance_sync.md",
        "docs/command-reference.md",
        "docs/configuration.md",
        "docs/how-to.md",
        "docs/incidents.md",
        "docs/local-cloudflare.md",
        "docs/plans.md",
        "docs/policy-reference.md",
        "docs/stack.schema.json",
        "docs/stand-in-docker-plugin.md",
        "docs/stand-in-plugin.md",
        "policies/levels/development.json",
        "policies/levels/production.json",
        "policies/levels/staging.json",
    }


@pytest.mark.parametrize(
    "name",
    ["docs/acceptance.md", "docs/local-cloudflare.md", "docs/plans.md", "docs/stand-in-plugin.md"],
)
def test_a_page_with_a_table_keeps_the_words_around_it(name):
    page = generate.generated()[FILES[name]]

    assert page.startswith("# ")
    assert page.count(generate.BEGIN) == page.count(generate.END) == 1
    assert page.partition(generate.BEGIN)[2].count("\n| `") > 10


def test_the_command_writes_only_what_changed(tmp_path, monkeypatch, capsys):
    changed, same = tmp_path / "changed.md", tmp_path / "same.md"
    changed.write_text("old")
    same.write_text("kept")
    before = same.stat().st_mtime_ns
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "generated", lambda: {changed: "new", same: "kept"})
    generate.main()

    assert changed.read_text() == "new"
    assert same.stat().st_mtime_ns == before
    assert capsys.readouterr().out == "wrote changed.md\n"


def test_settings_that_fit_no_rule_are_one_sentence(monkeypatch):
    def read(*_):
        raise LevelsError("the level file names the rule 'x'")

    monkeypatch.setattr(levels, "read_decided", read)
    with pytest.raises(SystemExit, match=r"^error: .* names the rule 'x'; nothing was written$"):
        generate.main()


def test_a_reference_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    broken = tmp_path / "references.mjs"
    broken.write_text('throw new Error("the reference lacks GET /a")')
    monkeypatch.setattr(generate, "REFERENCES", str(broken))
    generate._apis.cache_clear()

    with pytest.raises(SystemExit, match=r"^error: .*: Error: the reference lacks GET /a; nothing"):
        generate.main()


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate"],
        cwd=generate.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout + done.stderr == ""
