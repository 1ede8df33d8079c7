"""Rooms that know no system by name."""

import re
import subprocess

import grimp
import pytest

from systems.registry import SYSTEMS
from tests.docs.test_documents import ROOT

ROOMS = (
    "common",
    "config",
    "ops",
    "planning",
    "components",
    "component_package",
    "policies/pack",
    "provider",
    "language_host",
    "local",
    "toolchain",
)
NAMES = re.compile(
    # The look-alike of 1Password Connect is no system: the local Cloudflare runs it.
    r"chitty_?connect|chitty_?id|project_?awareness|super_?instance"
    r"|(?<!lookalikes\.)onepassword_connect",
    re.IGNORECASE,
)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_names_a_system(room):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", room],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    files = [ROOT / name for name in listed if (ROOT / name).is_file()]
    named = [path for path in files if NAMES.search(path.read_text(errors="replace"))]

    assert files
    assert [str(path) for path in named] == []


def test_the_names_are_those_of_the_systems():
    assert all(NAMES.search(system.name) for system in SYSTEMS)


def imports_across(graph: grimp.ImportGraph, folders: set[str]) -> list[tuple[str, str]]:
    """List imports from one of *folders* into another."""
    inside = {module: folder for folder in folders for module in graph.find_descendants(folder)}
    return [
        (module, imported)
        for module, folder in inside.items()
        for imported in graph.find_modules_directly_imported_by(module)
        if inside.get(imported, folder) != folder or imported in folders - {folder}
    ]


def test_systems_know_nothing_of_each_other():
    """Adding one touches no list of contracts, so import-linter cannot hold this."""
    graph = grimp.build_graph("systems", cache_dir=None)
    folders = {f"systems.{system.name}" for system in SYSTEMS}

    assert imports_across(graph, folders) == []
    graph.add_module("systems.other")
    graph.add_module("systems.other.settings")
    graph.add_import(
        importer=f"systems.{SYSTEMS[0].name}.settings", imported="systems.other.settings"
    )
    assert len(imports_across(graph, folders | {"systems.other"})) == 1
