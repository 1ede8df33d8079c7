"""Bundles are made again when a file changes, and what is wrong with it is said."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components import bundle
from ops.development.bundles import Bundles, Made, Mistake, watching
from ops.development.workers import Worker
from ops.errors import OpsError

PATIENCE = 20.0
ENTRY = """import { name } from "./lib/name";
import { kind } from "./lib/kind";
export default { fetch: () => new Response(`${name} ${kind}`) };
"""
FILES = {
    "workers/app/index.ts": ENTRY,
    "workers/app/lib/name.ts": 'export const name: string = "first";\n',
    "workers/app/lib/kind.ts": 'export const kind = "plain";\n',
    "workers/other/index.ts": 'export default { fetch: () => new Response("other") };\n',
}
APP = Worker("app", "workers/app/index.ts", node=True, checksum="", hosts=())
OTHER = Worker("other", "workers/other/index.ts", node=True, checksum="", hosts=())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def bundles(root: Path) -> Iterator[Bundles]:
    with watching(root, [APP, OTHER]) as found:
        begun: set[str] = set()
        while begun != {"app", "other"}:
            begun |= {made.script for made in found.next(PATIENCE)}
        yield found


def awaited(bundles: Bundles, is_it: Callable[[Made], bool]) -> Made:
    """Take bundles until one is as expected."""
    seen = []
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        for made in bundles.next(0.1):
            seen.append(made)
            if is_it(made):
                return made
    raise AssertionError(f"never came, of {seen}")


def has(text: str) -> Callable[[Made], bool]:
    return lambda made: text.encode() in made.module


def fails(made: Made) -> bool:
    return bool(made.mistakes)


def test_a_saved_file_is_bundled_for_the_worker_that_has_it(bundles, root):
    (root / "workers/app/lib/name.ts").write_text('export const name = "second";\n')

    made = awaited(bundles, has('"second"'))

    assert made.script == "app"
    assert 0 < made.seconds < PATIENCE
    assert not bundles.next(0.3)


def test_the_module_is_the_one_that_an_up_uploads(bundles, root):
    (root / "workers/app/lib/name.ts").write_text('export const name = "second";\n')
    made = awaited(bundles, has('"second"'))

    assert made.checksum == bundle.bundle(APP.entry, "app", root).sha256


def test_two_files_saved_at_once_are_in_one_bundle(bundles, root):
    (root / "workers/app/lib/name.ts").write_text('export const name = "second";\n')
    (root / "workers/app/lib/kind.ts").write_text('export const kind = "fancy";\n')

    made = awaited(bundles, has('"fancy"'))
    assert b'"second"' in made.module


def test_a_file_that_an_editor_replaces_is_bundled(bundles, root):
    file = root / "workers/app/lib/name.ts"
    for text in ("second", "third"):
        draft = file.with_suffix(".tmp")
        draft.write_text(f'export const name = "{text}";\n')
        draft.replace(file)

        awaited(bundles, has(f'"{text}"'))


def test_a_syntax_error_has_its_place(bundles, root):
    file = root / "workers/app/lib/name.ts"
    file.write_text('export const name = "second";\nexport const = 1;\n')

    (mistake,) = awaited(bundles, fails).mistakes
    place = "workers/app/lib/name.ts"
    assert mistake == Mistake(
        'Expected identifier but found "="', place, 2, 14, "export const = 1;"
    )

    file.write_text('export const name = "third";\n')
    awaited(bundles, has('"third"'))


@pytest.mark.parametrize("deleted", ["workers/app/lib/name.ts", "workers/app/index.ts"])
def test_a_deleted_file_is_said_and_taken_again(bundles, root, deleted):
    text = (root / deleted).read_text()
    (root / deleted).unlink()

    mistake = awaited(bundles, fails).mistakes[0]
    assert Path(deleted).stem in mistake.text

    (root / deleted).write_text(text.replace("first", "again").replace("${kind}", "again"))
    awaited(bundles, has("again"))


def test_a_folder_that_was_away_is_watched_again(bundles, root):
    lib, away = root / "workers/app/lib", root / "away"
    shutil.move(lib, away)
    awaited(bundles, fails)
    shutil.move(away, lib)
    awaited(bundles, has('"first"'))

    (lib / "name.ts").write_text('export const name = "second";\n')
    awaited(bundles, has('"second"'))


def test_a_module_that_is_not_there_yet_is_waited_for(bundles, root):
    entry = root / APP.entry
    entry.write_text(entry.read_text() + 'import "./new/more";\n')
    awaited(bundles, fails)

    (root / "workers/app/new").mkdir()
    (root / "workers/app/new/more.ts").write_text('console.log("more");\n')

    awaited(bundles, has('"more"'))


def test_a_worker_that_does_not_bundle_at_first_is_watched(root):
    (root / APP.entry).write_text("export default {")
    with watching(root, [APP]) as bundles:
        awaited(bundles, fails)
        (root / APP.entry).write_text(ENTRY)

        awaited(bundles, has('"first"'))


def test_a_bundler_that_ends_is_said(bundles):
    bundles._process.kill()  # as from outside

    with pytest.raises(OpsError, match=r"bundler ended by itself \(.*run make dev again"):
        awaited(bundles, fails)


def test_it_ends_with_the_block(root):
    with watching(root, [APP]) as bundles:
        process = bundles._process  # what is to be gone

    assert process.poll() is not None
