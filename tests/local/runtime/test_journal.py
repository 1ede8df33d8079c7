"""What is kept of a worker's output: everything but secrets, and whatever it is."""

import asyncio
import json

import pytest

from common.user_agents import PROBE
from local.runtime.tails.journal import Journal
from local.runtime.workerd.process import LINE_LIMIT, _read
from tests.support_runtime import eventually, script, serving

SECRET = 'canary "of" many\nlines'
SOURCE = """export default { fetch(request, env) {
  console.log("given", env.TOKEN, { token: env.TOKEN });
  throw new Error(`no use for ${env.TOKEN}`);
} }"""


@pytest.mark.workerd
def test_a_secret_that_a_worker_prints_or_throws_is_blotted_out(start, tmp_path):
    binding = {"type": "secret_text", "name": "TOKEN", "text": SECRET}
    edge = start(serving(script(tmp_path, SOURCE, bindings=(binding,))))
    edge.get("/")

    eventually(lambda: len(edge.runtime.logs(worker="app")), 3)
    line, thrown, _ = edge.runtime.logs(worker="app")
    assert line["message"] == 'given [secret] {"token": "[secret]"}'
    assert thrown["message"] == "Error: no use for [secret]"
    kept = "".join(path.read_text() for path in (edge.directory / "log").iterdir())
    assert "[secret]" in kept
    assert "canary" not in kept


HEALTH = """export default { fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/bad") console.error("not well");
  console.log(`asked for ${pathname}`);
  return new Response();
} }"""


@pytest.mark.workerd
def test_what_only_asked_for_the_health_is_shown_when_something_is_wrong_or_it_is_asked_for(
    start, tmp_path
):
    edge = start(serving(script(tmp_path, HEALTH)))
    for path, agent in (("/people", "curl"), ("/health", PROBE), ("/bad", PROBE)):
        edge.get(path, headers={"User-Agent": agent})

    def messages(**asked: bool) -> list[str]:
        return [entry["message"] for entry in edge.runtime.logs(worker="app", **asked)]

    every = ["asked for /people", "asked for /health", "not well", "asked for /bad"]
    eventually(lambda: messages(probes=True), every)
    assert messages() == ["asked for /people", "not well"]


def read(*lines: bytes, observe) -> None:
    """Have the process's reader take *lines*."""

    async def go() -> None:
        stream = asyncio.StreamReader(limit=LINE_LIMIT)
        for line in lines:
            stream.feed_data(line)
        stream.feed_eof()
        await _read(stream, observe)

    asyncio.run(go())


def test_reading_goes_on_after_a_line_that_cannot_be_kept():
    kept = []

    def observe(line):
        if line == '"bad"':
            raise OSError("no space left")
        kept.append(json.loads(line))

    read(b"1\n", b'"bad"\n', b"2\n", observe=observe)

    assert kept == [1, 2]


def test_reading_goes_on_after_a_line_that_is_too_long():
    kept: list[str] = []
    read(b"1\n", b"9" * (LINE_LIMIT + 10) + b"\n", b"2\n", observe=kept.append)

    assert kept == ["1", "2"]


def test_the_newest_entries_after_a_time_are_found_without_a_look_at_the_others(tmp_path):
    """Each tab of the live page asks twice a second, and a log keeps ten thousand lines."""
    journal = Journal(tmp_path, "0f" * 16, lambda *_: None, lambda value: value)
    for number in range(5):
        journal.note(f"{number}")
    every = journal.entries(worker=None, since=0, limit=10)
    journal._entries[0] = {}  # what is looked at has to have a time

    def messages(**asked):
        return [each["message"] for each in journal.entries(worker=None, **asked)]

    assert messages(since=every[2]["time"], limit=10) == ["3", "4"]
    assert messages(since=0, limit=2) == ["3", "4"]
    assert messages(since=0, limit=0) == []
    assert messages(since=every[4]["time"], limit=10) == []
    journal.close()
