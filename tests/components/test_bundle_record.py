"""What was bundled is bundled again when anything of it has changed, and only then."""

import json
import os
import time

import pytest

from components import bundle as bundle_module
from components.bundle import bundle

FILES = {
    "worker.ts": 'import { answer } from "./parts/answer"; export default answer;',
    "parts/answer.ts": 'import { reason } from "../why"; export const answer: string = reason;',
    "why/index.ts": 'export const reason = "none";',
    "package.json": '{"type": "module"}',
}


@pytest.fixture
def worker(project):
    """Make a worker of three modules that were written a while ago; answer its project."""
    for name, text in FILES.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    (project / ".build" / "some").mkdir(parents=True)
    settle(project)
    return project


def settle(project):
    """Let everything have been written an hour ago."""
    past = time.time() - 3600
    for place in (project, *project.rglob("*")):
        if "node_modules" not in place.parts:
            os.utime(place, (past, past))


@pytest.fixture
def runs(monkeypatch):
    """Count how often esbuild runs."""
    counted = []
    real = bundle_module._run

    def run(*given):
        counted.append(given[1])
        real(*given)

    monkeypatch.setattr(bundle_module, "_run", run)
    return counted


def test_the_same_is_not_bundled_again(worker, runs):
    made = bundle("worker.ts", "some", worker)

    assert bundle("worker.ts", "some", worker) == made
    assert len(runs) == 1


CHANGES = {
    "its entry": lambda project: (project / "worker.ts").write_text("export default 1;"),
    "a module that it imports": lambda project: (project / "why/index.ts").write_text(
        'export const reason = "some";'
    ),
    "a module that is gone": lambda project: (project / "why/index.ts").rename(
        project / "why/index.js"
    ),
    "a module that comes in the place of another": lambda project: (project / "why.ts").write_text(
        'export const reason = "shadow";'
    ),
    "a package's own settings": lambda project: (project / "package.json").write_text("{}"),
    "settings of TypeScript": lambda project: (project / "parts/tsconfig.json").write_text("{}"),
    "the module that was made": lambda project: (project / ".build/some/index.mjs").write_text(""),
    "a module that was deleted": lambda project: (project / ".build/some/index.mjs").unlink(),
    "a damaged record": lambda project: (project / ".build/some/made-from.json").write_text("["),
    "a record of something else": lambda project: (
        project / ".build/some/made-from.json"
    ).write_text(json.dumps({"inputs": [], "exports": []})),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_bundled_again(worker, runs, change):
    bundle("worker.ts", "some", worker)
    change(worker)
    again = bundle("worker.ts", "some", worker)

    assert len(runs) == 2
    assert (worker / again.path).read_text() != ""


def test_a_module_in_the_place_of_another_is_in_the_bundle(worker):
    bundle("worker.ts", "some", worker)
    CHANGES["a module that comes in the place of another"](worker)

    assert "shadow" in (worker / bundle("worker.ts", "some", worker).path).read_text()


@pytest.mark.parametrize("fact", ["node", "NODE_PATH", "bundler", "npm"])
def test_another_way_of_bundling_is_another_bundle(worker, runs, monkeypatch, tmp_path, fact):
    if fact == "npm":
        (worker / "node_modules").unlink()
        (worker / "node_modules" / "esbuild").mkdir(parents=True)
        (worker / "node_modules" / "esbuild" / "package.json").write_text("1")
        settle(worker)
    bundle("worker.ts", "some", worker)
    if fact == "NODE_PATH":
        monkeypatch.setenv("NODE_PATH", str(tmp_path))
    if fact == "bundler":
        changed = bundle_module.PROGRAM.with_name("bundler.changed.mjs")
        text = bundle_module.PROGRAM.read_text()
        changed.write_text(text + "\n// changed\n")
        monkeypatch.setattr(bundle_module, "PROGRAM", changed)
    if fact == "npm":
        (worker / "node_modules" / ".installed-from").write_text("another Node")
    try:
        bundle("worker.ts", "some", worker, node=fact != "node")
    finally:
        if fact == "bundler":
            changed.unlink()

    assert len(runs) == 2


def test_what_may_have_changed_meanwhile_is_not_relied_upon(worker, runs):
    (worker / "why/index.ts").touch()
    bundle("worker.ts", "some", worker)
    bundle("worker.ts", "some", worker)

    assert len(runs) == 2
    settle(worker)
    bundle("worker.ts", "some", worker)
    bundle("worker.ts", "some", worker)
    assert len(runs) == 3


def test_a_module_outside_the_root_is_bundled_every_time(worker, runs, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "part.ts"
    outside.write_text("export default 1;")
    os.utime(outside, (0, 0))
    path = os.path.relpath(outside, worker)
    (worker / "worker.ts").write_text(f'export {{ default }} from "{path}";')
    settle(worker)
    for _ in range(2):
        bundle("worker.ts", "some", worker)

    assert len(runs) == 2
