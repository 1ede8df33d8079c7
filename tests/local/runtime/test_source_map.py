"""Places in a bundle are shown as those in the files that it was made from."""

import asyncio
import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.records.model import Cloud, Module, RefusedError
from local.runtime.configuration.source_map import mapped, places_in_refusal
from tests.support_runtime import eventually, script, serving

ROOT = Path(__file__).parents[3]
SOURCE = """// a comment
interface Gone { never: string }

export default {
  async fetch(request: Request): Promise<Response> {
    const path: string = new URL(request.url).pathname;
    if (path === "/log") console.error(new Error("logged").stack);
    return fail(path);
  },
};

function fail(path: string): never {
  throw new TypeError(`no ${path}`);
}
"""


def bundled(directory: Path, source: str, *options: str) -> str:
    """Bundle *source*, a file `src/app.ts`."""
    entry = directory / "src" / "app.ts"
    entry.parent.mkdir(exist_ok=True)
    entry.write_text(source)
    program = ROOT / "node_modules/.bin/esbuild"
    outfile = directory / "index.mjs"
    words: list[str | Path] = [
        program,
        "src/app.ts",
        "--bundle",
        "--format=esm",
        f"--outfile={outfile}",
        *options,
    ]
    subprocess.run(words, cwd=directory, capture_output=True, check=True)
    return outfile.read_text()


@pytest.fixture
def worker(tmp_path):
    return script(tmp_path, bundled(tmp_path, SOURCE, "--sourcemap=inline"))


def place_of(text: str, words: str) -> str:
    """Return line and column of *words* in *text*, from 1."""
    before = text[: text.index(words)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_a_place_in_the_bundle_is_one_in_the_source(worker):
    module = worker.modules[0].path.read_text()
    place = place_of(module, "new TypeError")
    stack = f"TypeError: no\n    at fail (index.mjs:{place})\n    at Object.fetch (./index.mjs:1:1)"

    first = mapped(stack, worker).splitlines()[1]
    assert first == f"    at fail (src/app.ts:{place_of(SOURCE, 'new TypeError')})"


@pytest.mark.parametrize("text", ["at other.mjs:1:1", "at index.mjs:9999:1", "nothing", "a.js:0:0"])
def test_what_no_map_speaks_of_stays(worker, text):
    assert mapped(text, worker) == text


@pytest.mark.parametrize(
    "comment",
    ["", "//# sourceMappingURL=data:application/json;base64,e30=", "//# sourceMappingURL=a.map"],
)
def test_a_module_without_a_map_that_can_be_read_stays_as_it_is(tmp_path, comment):
    worker = script(tmp_path, f"export default {{}};\n{comment}\n")

    assert mapped("at index.mjs:1:1", worker) == "at index.mjs:1:1"


def test_a_map_that_was_sent_beside_the_module_is_read(worker, tmp_path):
    module = worker.modules[0].path.read_text()
    code, _, encoded = module.partition("//# sourceMappingURL=data:application/json;base64,")
    bare = script(tmp_path, code)
    apart = tmp_path / "index.mjs.map"
    apart.write_bytes(base64.b64decode(encoded))
    beside = Module("index.mjs.map", "application/source-map", apart)
    bare = replace(bare, modules=(*bare.modules, beside))
    place = f"index.mjs:{place_of(code, 'new TypeError')}"

    assert mapped(place, bare) == f"src/app.ts:{place_of(SOURCE, 'new TypeError')}"
    assert json.loads(apart.read_text())["version"] == 3


def test_a_refusal_says_whose_places_it_names(worker):
    module = worker.modules[0].path.read_text()
    place = place_of(module, "new TypeError")
    other = replace(worker, name="other", modules=())
    message = (
        f"worker other: Error\n  at index.mjs:{place}\nworker app: Error\n  at index.mjs:{place}"
    )

    shown = places_in_refusal(Cloud(workers=(worker, other)), message).splitlines()
    assert shown[1] == f"  at index.mjs:{place}"
    assert shown[3] == f"  at src/app.ts:{place_of(SOURCE, 'new TypeError')}"


@pytest.mark.workerd
@pytest.mark.parametrize("date", ["2026-11-01", "2026-11-24"])
def test_the_log_names_the_line_that_somebody_wrote(start, worker, date):
    edge = start(serving(replace(worker, compatibility_date=date)))
    edge.get("/log")

    eventually(lambda: len(edge.runtime.logs(worker="app")), 3)
    line, thrown, _ = edge.runtime.logs(worker="app")
    assert f"src/app.ts:{place_of(SOURCE, 'new TypeError')}" in thrown["stack"]
    assert f"src/app.ts:{place_of(SOURCE, 'new Error(')}" in line["message"]


@pytest.mark.workerd
def test_who_follows_a_worker_reads_the_same_lines(start, worker):
    edge = start(serving(worker))
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def follow() -> Any:
        async with edge.runtime.watch("app", seen.put_nowait):
            await asyncio.to_thread(edge.get, "/x")
            return await seen.get()

    event = edge.run(follow())
    place = place_of(SOURCE, "new TypeError")
    assert f"src/app.ts:{place}" in event["exceptions"][0]["stack"]


@pytest.mark.workerd
def test_an_upload_that_does_not_start_is_refused_with_the_line_that_somebody_wrote(
    start, tmp_path
):
    source = f"{SOURCE}\nconst made: string = fail('at once');\nconsole.log(made);\n"
    broken = script(tmp_path, bundled(tmp_path, source, "--sourcemap=inline"))
    edge = start(Cloud())
    with pytest.raises(RefusedError) as refused:
        edge.run(edge.runtime.check(broken, Cloud()))

    assert f"src/app.ts:{place_of(source, 'new TypeError')}" in str(refused.value)
    assert "index.mjs" not in str(refused.value)
