"""Python and npm packages: what is missing is one sentence, what is there is left alone."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolchain.tools import executable, says
from toolchain import node_packages, pairs, python_packages
from toolchain.errors import ToolchainError
from toolchain.run import run

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path):
    """Give a clone with lock files and a Python environment that only notes its calls."""
    root = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "requirements", root / "requirements")
    shutil.copytree(REPOSITORY / pairs.MODULES, root / pairs.MODULES)
    for name in node_packages.LOCKED_BY:
        shutil.copy(REPOSITORY / name, root / name)
    return root


@pytest.fixture(autouse=True)
def _of_the_newest_pair(monkeypatch):
    monkeypatch.delenv(pairs.VARIABLE, raising=False)


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Put a Node and an npm on the PATH that note their calls; answers the notes."""
    bin_folder, notes = tmp_path / "bin", tmp_path / "npm-calls"
    says(bin_folder, "node", "v22.12.0")
    executable(bin_folder, "npm", f'echo "$@" >> {notes}; mkdir -p node_modules')
    monkeypatch.setenv("PATH", f"{bin_folder}:/bin:/usr/bin")
    return notes


def test_npm_packages_are_installed_once(clone, npm):
    node_packages.ensure(clone)
    node_packages.ensure(clone)

    assert npm.read_text().splitlines() == ["ci --no-audit --no-fund"]


@pytest.mark.parametrize("name", node_packages.LOCKED_BY)
def test_npm_packages_are_installed_again_when_their_pins_change(clone, npm, name):
    node_packages.ensure(clone)
    with (clone / name).open("a") as file:
        file.write("\n")
    node_packages.ensure(clone)

    assert len(npm.read_text().splitlines()) == 2


def test_a_failed_install_is_tried_again(clone, npm, tmp_path):
    executable(tmp_path / "bin", "npm", "mkdir -p node_modules; echo no such package; exit 1")
    with pytest.raises(ToolchainError, match="no such package"):
        node_packages.ensure(clone)
    executable(tmp_path / "bin", "npm", f"echo again >> {npm}")

    node_packages.ensure(clone)

    assert npm.read_text() == "again\n"


NODES = {
    "missing": (None, "was not found on the PATH"),
    "too old": ("v18.20.0", "`node` on the PATH is 18.20.0"),
    "unknown": ("nightly", "`node` on the PATH is of unknown version"),
}


@pytest.mark.parametrize(("said", "sentence"), NODES.values(), ids=NODES)
def test_an_unfitting_node_says_what_to_install(clone, tmp_path, monkeypatch, said, sentence):
    if said:
        says(tmp_path / "bin", "node", said)
        says(tmp_path / "bin", "npm", "10.0.0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    with pytest.raises(ToolchainError) as raised:
        node_packages.ensure(clone)

    assert sentence in str(raised.value)
    assert "Node 20.19.0 or newer" in str(raised.value)
    assert "https://nodejs.org/" in str(raised.value)


def test_python_packages_are_installed_once_with_hashes_checked(clone, monkeypatch):
    calls = []

    def note(command, **_):
        calls.append([str(part) for part in command])
        (clone / ".venv").mkdir(exist_ok=True)

    monkeypatch.setattr(python_packages, "run", note)
    python_packages.ensure(clone)
    python_packages.ensure(clone)

    assert [call[2] for call in calls] == ["venv", "pip", "compileall"]
    assert calls[1][-3:] == ["--require-hashes", "-r", f"{clone}/requirements/test.txt"]


@pytest.fixture
def installed(clone, monkeypatch):
    """Note the requirements that are installed, in turn."""
    files = []

    def note(command, **_):
        (clone / ".venv").mkdir(exist_ok=True)
        if "-r" in command:
            files.append(Path(command[-1]).relative_to(clone).as_posix())

    monkeypatch.setattr(python_packages, "run", note)
    return files


def test_the_oldest_pair_gets_the_sdk_of_its_engine_and_back(clone, installed, monkeypatch):
    newest, oldest = "requirements/test.txt", "toolchain/modules/oldest/requirements.txt"
    monkeypatch.setenv(pairs.VARIABLE, "oldest")
    python_packages.ensure(clone)
    python_packages.ensure(clone)
    assert installed == [newest, oldest]

    monkeypatch.delenv(pairs.VARIABLE)
    python_packages.ensure(clone)
    assert installed == [newest, oldest, newest]


def test_installed_packages_are_compiled_whatever_the_environment_says(clone, monkeypatch):
    """Where no bytecode is written on first use, every command would compile them again."""
    package = clone / ".venv" / "lib" / "python3.11" / "site-packages" / "package.py"

    def install(command, **more):
        if command[2] == "pip":
            package.parent.mkdir(parents=True)
            package.write_text("WORD = 1")
        if command[2] == "compileall":
            run([sys.executable, *command[1:]], **more)

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(python_packages, "run", install)
    python_packages.ensure(clone)

    assert list((package.parent / "__pycache__").glob("package.*.pyc"))


def test_changed_requirements_are_installed_into_the_same_environment(clone, monkeypatch):
    calls = []

    def note(command, **_):
        calls.append(str(command[2]))
        (clone / ".venv").mkdir(exist_ok=True)

    monkeypatch.setattr(python_packages, "run", note)
    python_packages.ensure(clone)
    (clone / ".venv" / "kept").touch()
    (clone / "requirements" / "test.txt").write_text("another==1.0 --hash=sha256:0\n")
    python_packages.ensure(clone)

    assert calls == ["venv", "pip", "compileall", "pip", "compileall"]
    assert (clone / ".venv" / "kept").exists()


def test_a_python_without_venv_says_what_to_install(clone, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(ToolchainError, match="apt install python3-venv"):
        python_packages.ensure(clone)


def test_a_failing_tool_is_one_error_with_its_last_words_and_its_log(tmp_path):
    noisy = executable(tmp_path, "noisy", "seq 1 100; echo the reason >&2; exit 7")

    with pytest.raises(ToolchainError) as raised:
        run([noisy], cwd=tmp_path, log=tmp_path / "log" / "noisy.log")

    text = str(raised.value)
    assert text.startswith("noisy failed with exit code 7")
    assert text.endswith("the reason")
    assert len(text.splitlines()) <= 9
    assert len((tmp_path / "log" / "noisy.log").read_text().splitlines()) == 101


def test_no_fitting_python_is_one_sentence(tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in ("dirname", "sh"):
        (tmp_path / "bin" / tool).symlink_to(f"/bin/{tool}" if tool == "sh" else "/usr/bin/dirname")
    executable(tmp_path / "bin", "python3", "exit 1")

    done = subprocess.run(
        ["/bin/sh", REPOSITORY / "toolchain" / "setup"],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no Python 3.11 or newer was found")
    assert len(done.stderr.splitlines()) == 1


LOCKS = {
    "package-lock.json": '"resolved"',
    "requirements/base.txt": "://",
    "requirements/test.txt": "://",
    "toolchain/modules/oldest/requirements.txt": "://",
}


@pytest.mark.parametrize(("name", "address"), LOCKS.items(), ids=LOCKS)
def test_a_lock_file_holds_no_download_address(name, address):
    assert address not in (REPOSITORY / name).read_text()


@pytest.mark.parametrize("name", [name for name in LOCKS if name.endswith(".txt")])
def test_every_python_package_is_pinned_with_hashes(name):
    lines = (REPOSITORY / name).read_text().splitlines()
    packages = [number for number, line in enumerate(lines) if not line.startswith(" ")]

    assert packages
    for number in packages:
        assert "==" in lines[number], lines[number]
        assert "--hash=sha256:" in lines[number + 1], lines[number]
