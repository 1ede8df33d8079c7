"""Lines of consoles, which come twice: by themselves, and with the event that they belong to."""

import pytest

from local.runtime.tails.console_lines import APART, MOST, SECONDS, Printed
from local.runtime.tails.journal import MARK, Journal
from tests.support_runtime import eventually, script, serving


class Trial:
    """`Printed` on a clock that the test moves."""

    def __init__(self):
        self.kept: list[str] = []
        self.now = 0.0
        self.printed = Printed(lambda line: self.kept.append(line["message"]), lambda: self.now)

    def add(self, message, at=1000, level="info"):
        self.printed.add({"timestamp": at, "level": level, "message": message})

    def bring(self, *messages, at=1000, level="info"):
        logs = [{"timestamp": at, "level": level, "message": list(each)} for each in messages]
        self.printed.brought(logs)

    def left(self):
        self.printed.give_up()
        return self.kept


@pytest.fixture
def trial():
    return Trial()


def test_a_line_that_an_event_brings_is_kept_nowhere_else(trial):
    trial.add("a")
    trial.add("b { c: 1 }", at=1000 + APART)
    trial.add("")
    trial.add("{ d: 1 } 2")
    trial.add("3 of e")
    trial.bring(["a"], ["b", {"c": 1}], [], [{"d": 1}, 2], ["%d of %s", 3, "e"])
    assert trial.left() == []


@pytest.mark.parametrize(
    "brought",
    [{"at": 1001}, {"at": 999 - APART}, {"level": "warn"}],
    ids=["earlier", "later", "another level"],
)
def test_a_line_is_not_taken_for_another(trial, brought):
    trial.add("a")
    trial.bring(["a"], **brought)
    trial.bring(["b"])
    assert trial.left() == ["a"]


def test_of_equal_lines_as_many_are_kept_as_no_event_brought(trial):
    for _ in range(3):
        trial.add("a")
    trial.bring(["a"], ["a"])
    assert trial.left() == ["a"]


def test_a_line_of_an_event_that_goes_on_is_kept_after_a_while_and_once(trial):
    trial.add("a", at=1)
    trial.now = SECONDS
    trial.add("b", at=2)
    assert trial.kept == ["a"]
    assert trial.left() == ["a", "b"]
    assert trial.left() == ["a", "b"]


def test_no_more_lines_wait_than_can_be_looked_through(trial):
    for _ in range(MOST + 1):
        trial.add("a")
    assert trial.kept == ["a"]


@pytest.fixture
def kept(tmp_path):
    journal = Journal(tmp_path, "0f" * 16, lambda *_: None, lambda value: value)
    yield journal
    journal.close()


def console(message, at=1000):
    return f'{{"timestamp": {at}, "level": "info", "message": "{message}"}}'


def test_what_was_printed_before_a_crash_stands_before_it(kept, tmp_path):
    kept.observe(console("the last words"))
    assert (tmp_path / "workerd.log").read_text() == ""
    kept.note_crash("workerd ended by itself with signal SIGSEGV")

    assert "the last words" in (tmp_path / "workerd.log").read_text()
    (entry,) = kept.entries(worker=None, since=0, limit=9)
    assert entry["level"] == "error"


def test_what_no_event_has_brought_at_the_end_is_kept(kept, tmp_path):
    kept.observe(console("of a worker of the runtime"))
    kept.close()
    assert "of a worker of the runtime" in (tmp_path / "workerd.log").read_text()


SOURCE = """export default { fetch(request) {
  console.log("a line");
  console.error("another", { of: 1 });
  throw new Error("thrown");
} }"""


@pytest.mark.workerd
def test_a_line_of_a_worker_is_kept_once(start, tmp_path):
    edge = start(serving(script(tmp_path, SOURCE)))
    edge.get("/")
    eventually(lambda: len(edge.runtime.logs(worker="app")), 4)
    edge.run(edge.runtime.stop())

    log = edge.directory / "log"
    kept = "".join(path.read_text() for path in log.iterdir())
    assert [kept.count(each) for each in ("a line", "another", MARK.split()[0])] == [1, 1, 0]
