"""What the documents say must be so: links, commands, folders, code."""

import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"`make ([a-z-]+)|^\s*make ([a-z-]+)", re.MULTILINE)
OPS = re.compile(r"-m ops ([a-z-]+)")
NOT_OURS = re.compile(r"(?<![\w/])/(?:work|farm)/|\b(?:session|helper) \d+\b", re.IGNORECASE)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


DOCUMENTS = tracked("*.md")
IDS = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        for number, (kind, text) in enumerate(BLOCK.findall(document.read_text())):
            if kind == language:
                yield f"{document.relative_to(ROOT)}#{number}", textwrap.dedent(text)


@each_document
def test_every_link_leads_somewhere(document):
    for target in LINK.findall(document.read_text()):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document

        assert linked.exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(linked), f"{target}: no such heading"


def test_the_runbooks_begin_with_a_way_to_each_of_them():
    """FW-9: who is woken looks for what is seen, not through fourteen sections."""
    page = ROOT / "docs" / "runbooks.md"
    begin = page.read_text().partition("\n## ")[0]

    assert {link[1:] for link in LINK.findall(begin) if link[0] == "#"} == anchors(page) - {
        "runbooks"
    }


@each_document
def test_names_nothing_of_the_machine_it_was_written_on(document):
    assert not NOT_OURS.search(document.read_text())


@each_document
def test_every_make_target_it_names_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {a or b for a, b in MAKE.findall(document.read_text())}

    assert named <= targets


@pytest.fixture(scope="module")
def ops_commands() -> set[str]:
    helped = subprocess.run(
        [sys.executable, "-m", "ops", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "NO_COLOR": "1", "PATH": "/usr/bin:/bin", "TERM": "dumb"},
    )
    _, _, listed = helped.stdout.partition("Show this message and exit.")
    return set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))


@each_document
def test_every_ops_command_it_names_exists(document, ops_commands):
    """FW-9."""
    assert set(OPS.findall(document.read_text())) <= ops_commands


def test_every_ops_command_is_documented(ops_commands):
    text = "\n".join(document.read_text() for document in DOCUMENTS)

    undocumented = {name for name in ops_commands if not re.search(rf"ops {name}\b", text)}

    assert not undocumented


@pytest.mark.parametrize(("where", "text"), list(blocks("python")), ids=lambda v: v[:40])
def test_python_in_documents_parses(where, text):
    ast.parse(text, filename=where)


@pytest.mark.parametrize(("where", "text"), list(blocks("yaml")), ids=lambda v: v[:40])
def test_yaml_in_documents_parses(where, text):
    assert yaml.safe_load(text) is not None, where


def test_contributing_has_one_sentence_for_each_folder():
    folders = {path.relative_to(ROOT).parts[0] for path in tracked("*/*")}
    rows = re.findall(
        r"^\| `([a-z_]+)/` \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
    )

    assert {name for name in folders if not name.startswith(".")} == {name for name, _ in rows}
    assert all(sentence.count(". ") == 0 and sentence.endswith(".") for _, sentence in rows)


def test_the_architecture_names_each_room_of_the_commands():
    rooms = {path.relative_to(ROOT).parts[1] for path in tracked("ops/*/*.py")}
    text = (ROOT / "docs" / "architecture.md").read_text().partition("| room of `ops/` |")[2]

    assert set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) == rooms


def test_decisions_are_numbered_without_a_gap():
    files = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    numbers = [path.read_text().removeprefix("# ").split(".")[0] for path in files]

    assert numbers == [str(int(path.name[:4])) for path in files]
    assert numbers == [str(number) for number in range(1, len(files) + 1)]
