"""Records and data are known to each other; one without the other is noticed."""

import shutil

import pytest

from local.records.data_identity import acknowledge, check, deleted, lost
from local.records.records import Kind, Records

DISKS = ("d1", "kv")
FINE: tuple[None, list[str]] = (None, [])


@pytest.fixture
def runtime(tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    return folder


@pytest.fixture
def started(tmp_path, runtime):
    """Start once, or again: what is foreign comes back, and which disks are lost."""

    def start(*disks):
        records = Records(tmp_path / "records.db")
        reported = check(records, runtime, disks or DISKS), lost(records)
        records.close()
        return reported

    return start


def test_what_stays_together_is_fine(started):
    assert [started() for _ in range(3)] == [FINE] * 3


@pytest.mark.parametrize("gone", ["runtime", "runtime/state"])
def test_data_that_was_deleted_is_lost_until_somebody_has_seen_to_it(
    tmp_path, runtime, started, gone
):
    started()
    shutil.rmtree(tmp_path / gone)
    runtime.mkdir(exist_ok=True)

    assert [started(), started()] == [(None, ["d1", "kv"])] * 2
    see_to(tmp_path, "kv")
    assert started() == (None, ["d1"])
    see_to(tmp_path, "d1")
    assert started() == FINE


@pytest.mark.parametrize("disk", DISKS)
def test_one_disk_that_was_deleted_is_lost_alone(runtime, started, disk):
    started()
    shutil.rmtree(runtime / "state" / disk)

    assert started() == (None, [disk])


def test_a_disk_that_is_deleted_is_known_before_the_next_start(tmp_path, runtime, started):
    started()
    shutil.rmtree(runtime / "state" / "kv")
    records = Records(tmp_path / "records.db")

    assert (deleted(records, runtime), lost(records)) == (["kv"], [])
    records.close()


def test_a_new_kind_of_disk_is_not_lost(started):
    assert started("d1") == FINE
    assert started("d1", "new") == FINE


def test_data_without_its_records_is_said_at_every_start(tmp_path, runtime, started):
    started()
    (tmp_path / "records.db").unlink()

    for said, nothing in (started(), started()):
        assert f"the data in {runtime} and the records" in said
        assert "put it back" in said
        assert "make reset" in said
        assert nothing == []


def test_records_that_come_back_are_known_again(tmp_path, started):
    started()
    shutil.move(tmp_path / "records.db", tmp_path / "aside")
    assert started()[0]

    shutil.move(tmp_path / "aside", tmp_path / "records.db")
    assert started() == FINE


def test_a_mark_that_cannot_be_read_is_another_one(runtime, started):
    started()
    (runtime / "state" / "generation").write_bytes(b"\xff")

    assert started()[0]


def test_data_from_before_there_were_marks_belongs_to_its_records(tmp_path, runtime, started):
    put(tmp_path)
    (runtime / "state").mkdir()

    assert started() == FINE


def test_records_from_before_there_were_marks_miss_their_data(tmp_path, started):
    put(tmp_path)

    assert started() == (None, ["d1", "kv"])


def test_a_first_start_that_was_killed_between_both_is_fine(runtime, started):
    (runtime / "state").mkdir()
    (runtime / "state" / "generation").write_text("of the killed one")

    assert started() == FINE


def see_to(folder, disk):
    records = Records(folder / "records.db")
    acknowledge(records, [disk])
    records.close()


def put(folder):
    records = Records(folder / "records.db")
    with records.transaction():
        records.put(Kind.QUEUE, "q", {"queue_name": "q"})
    records.close()
