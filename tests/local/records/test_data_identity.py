"""Records and data are known to each other; one without the other is noticed until a reset."""

import shutil

import pytest

from local.records.data_identity import check
from local.records.records import Kind, Records


@pytest.fixture
def runtime(tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    return folder


@pytest.fixture
def started(tmp_path, runtime):
    """Start once, or again: what that reports comes back. Data appears as the runtime makes it."""

    def start():
        records = Records(tmp_path / "records.db")
        reported = check(records, runtime)
        (runtime / "state" / "d1").mkdir(parents=True, exist_ok=True)
        records.close()
        return reported

    return start


def test_what_stays_together_is_fine(started):
    assert [started() for _ in range(3)] == [None, None, None]


@pytest.mark.parametrize("gone", ["runtime", "runtime/state", "records.db"])
def test_one_without_the_other_is_said_at_every_start(tmp_path, runtime, started, gone):
    started()
    if gone == "records.db":
        (tmp_path / gone).unlink()
    else:
        shutil.rmtree(tmp_path / gone)
        runtime.mkdir(exist_ok=True)

    said = [started(), started()]

    assert all(f"the data in {runtime} and the records" in each for each in said)
    assert all("do not belong together" in each and "make reset" in each for each in said)


def test_data_that_comes_back_is_known_again(tmp_path, runtime, started):
    started()
    shutil.move(runtime, tmp_path / "aside")
    runtime.mkdir()
    assert started()

    shutil.rmtree(runtime)
    shutil.move(tmp_path / "aside", runtime)
    assert started() is None


def test_a_mark_that_cannot_be_read_is_another_one(runtime, started):
    started()
    (runtime / "state" / "generation").write_bytes(b"\xff")

    assert started()


def test_data_from_before_there_were_marks_belongs_to_its_records(tmp_path, runtime, started):
    put(tmp_path)
    (runtime / "state").mkdir()

    assert started() is None


def test_records_from_before_there_were_marks_miss_their_data(tmp_path, started):
    put(tmp_path)

    assert started()


def test_a_first_start_that_was_killed_between_both_is_fine(runtime, started):
    (runtime / "state").mkdir()
    (runtime / "state" / "generation").write_text("of the killed one")

    assert started() is None


def put(folder):
    records = Records(folder / "records.db")
    with records.transaction():
        records.put(Kind.QUEUE, "q", {"queue_name": "q"})
    records.close()
