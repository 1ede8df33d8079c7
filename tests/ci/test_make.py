"""`make` and `.ci/run`: what each does, for any POSIX shell and an old make."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE)


def would_run(target, *more):
    done = subprocess.run(
        ["make", "-n", target, *more], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("make")]
    return [line.removeprefix(".venv/bin/python -m ") for line in lines]


def test_make_alone_lists_every_command():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == TARGETS


def test_up_starts_deploys_and_checks_in_this_order():
    assert would_run("up") == [
        "./toolchain/setup --quiet",
        "ops up development --complete",
    ]


def test_test_is_every_check_and_every_test():
    ran = "\n".join(would_run("test"))

    for part in ("ruff check", "ruff format --check", "mypy", "lint-imports"):
        assert part in ran
    assert "tsc --project .\n" in ran
    assert "tsc --project tsconfig.runtime.json" in ran
    assert "eslint workers systems local" in ran
    assert "vitest run" in ran
    assert "harness.suite" in ran


def test_the_gate_makes_the_engine_beside_what_needs_none():
    ran = would_run("test")

    assert "./toolchain/setup --quiet" not in ran
    assert ran.count("./toolchain/setup --quiet --engine") == 1
    assert ran.count("./toolchain/setup --quiet --packages") == 1
    assert re.search(r"^test:.*\n\t.* -j 3 engine lint tests$", MAKEFILE, re.MULTILINE)


def test_preview_takes_a_stack():
    assert would_run("preview", "STACK=staging")[-1] == "ops preview staging"


LOOKING = {"down", "logs", "status"}
"""What only looks at the local Cloudflare or stops it: it installs nothing."""


PART = {"reset": " --python", "lint": " --packages", "unit": " --engine"}
"""What a command needs of the set-up, where that is not all of it."""


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"help", "setup", "test"} - LOOKING))
def test_every_command_sets_up_what_is_missing_first(target):
    assert would_run(target)[0] == f"./toolchain/setup --quiet{PART.get(target, '')}"


@pytest.mark.parametrize("target", sorted(LOOKING))
def test_a_command_that_only_looks_installs_nothing_and_says_so(target, tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    setup = tmp_path / "toolchain" / "setup"
    setup.parent.mkdir()
    setup.write_text("#!/bin/sh\nexit 0\n")
    setup.chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", target], cwd=tmp_path, env=own, capture_output=True, text=True, check=False
    )  # of its own: within `make test` it would speak of that one's jobs first

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "nothing is set up in this clone (.venv is missing), and this command installs nothing; "
        "make setup does"
    )
    assert not any("toolchain/setup" in line for line in would_run(target))


def test_logs_are_followed_and_ctrl_c_is_their_end():
    following = "local logs --follow --dir .local/cloudflare || test $? -eq 130 # Ctrl-C"

    assert would_run("logs")[-1] == following


def test_what_python_compiles_is_kept_where_a_container_forbids_it(tmp_path):
    shown = "\nshown:\n\t@echo kept:$$PYTHONDONTWRITEBYTECODE\n"
    (tmp_path / "Makefile").write_text(MAKEFILE + shown)
    given = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["make", "-s", "shown"], cwd=tmp_path, env=given, capture_output=True, text=True, check=True
    )

    assert done.stdout == "kept:\n"


def test_nothing_a_make_of_2006_does_not_know():
    assert ".ONESHELL" not in MAKEFILE
    assert not re.search(r"^\w+ *!=", MAKEFILE, re.MULTILINE)
    assert ".RECIPEPREFIX" not in MAKEFILE
    assert "[[" not in MAKEFILE


def test_a_build_machine_runs_make_test_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [
        line for line in lines if line and not line.startswith(("#", "set ", "cd ", "export "))
    ]

    assert commands == ["exec make test </dev/null"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name",
    [
        "toolchain/setup",
        "policies/serve",
        *(f"toolchain/bin/{path.name}" for path in (ROOT / "toolchain/bin").iterdir()),
    ],
)
def test_a_shell_script_is_one_for_any_posix_shell(name):
    script = ROOT / name

    assert script.read_text().startswith("#!/bin/sh\n")
    assert script.stat().st_mode & 0o111
    subprocess.run(["/bin/sh", "-n", script], check=True)
    assert "[[" not in script.read_text()


@pytest.fixture
def set_up(tmp_path):
    """Run the script of the set-up in a clone whose set-up says its arguments, with *pythons*."""
    clone, folder = tmp_path / "clone" / "toolchain", tmp_path / "bin"
    clone.mkdir(parents=True)
    folder.mkdir()
    shutil.copy2(ROOT / "toolchain" / "setup", clone)
    (clone / "__main__.py").write_text("import sys\nprint(*sys.argv[1:])\n")

    def run(**pythons):
        for name, script in pythons.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        environ = {"PATH": f"{folder}:/usr/bin:/bin", "PYTHON": " ".join(pythons)}
        return subprocess.run(
            [clone / "setup", "--quiet"], env=environ, capture_output=True, text=True, check=False
        )

    return run


def test_a_python_behind_a_shim_is_looked_for_once(set_up, tmp_path):
    count = tmp_path / "count"
    done = set_up(shim=f'echo once >> "{count}"\nexec "{sys.executable}" "$@"')

    assert (done.returncode, done.stdout) == (0, "setup --quiet\n"), done.stderr
    assert count.read_text() == "once\n"


def test_a_python_that_does_not_run_or_is_too_old_is_passed_over(set_up):
    old = "case $2 in *version_info*) exit 0 ;; esac\necho too old"
    done = set_up(broken="exit 3", old=old, shim=f'exec "{sys.executable}" "$@"')
    assert (done.returncode, done.stdout) == (0, "setup --quiet\n"), done.stderr

    none = set_up(broken="exit 3", old=old)
    assert none.returncode == 1
    assert none.stderr.startswith("no Python 3.11 or newer was found on the PATH; install one")
