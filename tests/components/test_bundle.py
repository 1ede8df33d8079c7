"""TypeScript to one module."""

import hashlib

import pytest

from components import bundle as bundle_module
from components.bundle import bundle
from planning.refusals import RefusedError


def test_a_worker_becomes_one_module_with_its_checksum_and_exports(project):
    made = bundle("worker.ts", "some", project)
    content = (project / made.path).read_bytes()

    assert made.path == ".build/some/index.mjs"
    assert made.sha256 == hashlib.sha256(content).hexdigest()
    assert made.exports == {"default", "SessionStateDO"}
    assert b'from "cloudflare:workers"' in content


def test_the_same_code_is_the_same_module_wherever_it_stands(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "node_modules").symlink_to(project / "node_modules")
    (other / "worker.ts").write_text((project / "worker.ts").read_text())

    assert bundle("worker.ts", "a", project).sha256 == bundle("worker.ts", "b", other).sha256


def test_it_is_the_same_module_wherever_its_packages_lie(project, tmp_path_factory):
    deeper = tmp_path_factory.mktemp("elsewhere") / "and" / "deeper"
    deeper.mkdir(parents=True)
    (deeper / "node_modules").symlink_to(project / "node_modules")
    for folder in (project, deeper):
        (folder / "worker.ts").write_text('export { AwsClient } from "aws4fetch";')
    made = [bundle("worker.ts", "some", folder) for folder in (project, deeper)]

    assert made[0].sha256 == made[1].sha256


def test_types_and_imports_are_gone(project):
    (project / "part.ts").write_text("export const answer: number = 42;")
    (project / "worker.ts").write_text('import { answer } from "./part"; export default answer;')
    text = (project / bundle("worker.ts", "some", project).path).read_text()

    assert "answer = 42" in text
    assert "import" not in text


def test_nothing_but_the_module_is_left(project):
    bundle("worker.ts", "some", project)

    assert [path.name for path in (project / ".build" / "some").iterdir()] == ["index.mjs"]


def test_code_that_does_not_bundle_is_refused_in_the_words_of_esbuild(project):
    (project / "worker.ts").write_text('import "./missing";')
    with pytest.raises(RefusedError, match=r'worker\.ts does not bundle.*\n.*resolve "./missing"'):
        bundle("worker.ts", "some", project)


def test_a_failed_bundle_leaves_the_last_one(project):
    before = bundle("worker.ts", "some", project)
    (project / "worker.ts").write_text("export default {")
    with pytest.raises(RefusedError):
        bundle("worker.ts", "some", project)

    content = (project / before.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == before.sha256


def test_a_missing_entry_is_said(project):
    with pytest.raises(RefusedError, match=r"none\.ts does not exist; name the entry module"):
        bundle("none.ts", "some", project)


def test_missing_packages_are_said_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_module, "ROOT", tmp_path)
    with pytest.raises(RefusedError, match="esbuild is missing; install the npm packages: npm ci"):
        bundle("worker.ts", "some", tmp_path)


def test_a_bundler_that_hangs_is_said(project, monkeypatch):
    (project / "node_modules").unlink()
    program = project / bundle_module.ESBUILD
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(bundle_module, "SECONDS", 0.2)
    with pytest.raises(RefusedError, match=r"was not bundled within 0\.2 s; run again"):
        bundle("worker.ts", "some", project)
