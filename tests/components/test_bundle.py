"""TypeScript to one module."""

import base64
import hashlib
import json

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


def test_nothing_but_the_module_and_what_it_was_made_from_is_left(project):
    bundle("worker.ts", "some", project)

    left = {path.name for path in (project / ".build" / "some").iterdir()}
    assert left <= {"index.mjs", "made-from.json"}


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
    program = project / "sleeping.mjs"
    program.write_text("setTimeout(() => {}, 60_000);")
    monkeypatch.setattr(bundle_module, "PROGRAM", program)
    monkeypatch.setattr(bundle_module, "SECONDS", 0.2)
    with pytest.raises(RefusedError, match=r"was not bundled within 0\.2 s; run again"):
        bundle("worker.ts", "some", project)


def built(project, source, **options):
    """Bundle *source* and return the module without its map."""
    (project / "worker.ts").write_text(source)
    text = (project / bundle("worker.ts", "some", project, **options).path).read_text()
    return text.partition("//# sourceMappingURL")[0]


@pytest.mark.parametrize("name", ["buffer", "crypto", "fs/promises", "events", "node:sqlite"])
def test_modules_of_node_are_those_of_the_runtime_by_either_name(project, name):
    plain = name.removeprefix("node:")

    assert f'from "node:{plain}"' in built(project, f'import * as m from "{name}"; export {{ m }};')


def test_a_package_that_requires_a_module_of_node_is_bundled(project):
    (project / "library.cjs").write_text(
        'class Bus extends require("events") {} module.exports = { Bus };'
    )
    text = built(project, 'import { Bus } from "./library.cjs"; export default Bus;')

    assert 'from "node:events"' in text
    assert "Dynamic require" not in text


def test_a_module_of_node_that_a_worker_has_not_is_refused_by_name(project):
    with pytest.raises(RefusedError, match=r'(?s)"buffer" is a module of Node\.js, .*2026-08-04'):
        built(project, 'import "buffer";', node=False)
    assert 'import "node:buffer"' in built(project, 'import "node:buffer";', node=False)


def test_a_package_takes_the_place_of_a_module_of_node_that_a_worker_has_not(project):
    (project / "node_modules").unlink()
    (project / "node_modules").mkdir()
    package = project / "node_modules" / "punycode"
    package.mkdir()
    (package / "index.js").write_text("export const version = 'of the package';")
    (project / "node_modules" / "esbuild").mkdir()
    source = 'import { version } from "punycode"; export default version;'

    assert "of the package" in built(project, source, node=False)
    assert "of the package" not in built(project, source)


def test_files_are_imported_as_wrangler_does_by_default(project):
    for name in ("a.txt", "b.html", "c.sql"):
        (project / name).write_text(f"text of {name}")
    (project / "d.json").write_text('{"answer": 42}')
    (project / "e.bin").write_bytes(b"\x00\xff")
    text = built(
        project,
        'import a from "./a.txt"; import b from "./b.html"; import c from "./c.sql"; '
        'import d from "./d.json"; import e from "./e.bin"; export default [a, b, c, d.answer, e];',
    )

    assert all(f"text of {name}" in text for name in ("a.txt", "b.html", "c.sql"))
    assert "42" in text
    assert 'atob("AP8=")' in text


@pytest.mark.parametrize("name", ["./some.wasm", "./some.wasm?module"])
def test_webassembly_is_refused_by_name(project, name):
    (project / "some.wasm").touch()
    with pytest.raises(RefusedError, match=r"(?s)some\.wasm.*worker is uploaded as one module"):
        built(project, f'import some from "{name}"; export default some;')


def test_modules_of_the_runtime_stay_imports(project):
    source = 'import { connect } from "cloudflare:sockets"; export default connect;'

    assert 'from "cloudflare:sockets"' in built(project, source)


def test_what_a_deployed_worker_is_told_of_its_environment(project):
    text = built(project, "export default [process.env.NODE_ENV, navigator.userAgent];")

    assert '"production"' in text
    assert '"Cloudflare-Workers"' in text


def test_the_map_names_sources_below_the_project_and_holds_none_of_them(project):
    (project / "src").mkdir()
    (project / "src" / "part.ts").write_text("export const secret: string = 'in the source';")
    (project / "worker.ts").write_text(
        'import { Hono } from "hono"; export * from "./src/part"; export default new Hono();'
    )
    text = (project / bundle("worker.ts", "some", project).path).read_text()
    encoded = text.rstrip().rpartition("base64,")[2]
    source_map = json.loads(base64.b64decode(encoded))

    assert {"src/part.ts", "worker.ts"} <= set(source_map["sources"])
    assert all(
        source.startswith(("src/", "worker.ts", "node_modules/"))
        for source in source_map["sources"]
    )
    assert set(source_map) == {"version", "sources", "names", "mappings"}
