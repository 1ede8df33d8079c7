"""What becomes of copies of Durable Objects where their worker refuses, without any (FW-4)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from common.json_types import Json
from ops.backup import backup_restore
from ops.backup.backup_folder import Copy, File, Folder, Manifest
from ops.backup.durable_objects import NOTED, Door, ObjectsCopier
from ops.backup.progress import Copied
from ops.backup.restore_journal import Journal
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.errors import OpsError

STORE = Store("objects", "billing-Ledger", "billing Ledger", "n")
UNDEPLOYED = "is the key that is set deployed? python -m ops up of this stack does that"
OTHERS = "it is not the worker that answers: what stands before it (Access, a rule of the zone)?"
KEY = "canary-of-backups-that-nobody-guesses"
Answer = Callable[[Json], httpx.Response]


def refused(status: int, code: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})


PARTIAL = refused(409, "object_not_copied", "a copy is being brought in; go on with that first")


@pytest.fixture
def copier_of() -> Iterator[Callable[[Answer], ObjectsCopier]]:
    """Give what copies an object of one class, whose worker answers as a test says."""
    opened: list[Account] = []

    def made(answer: Answer) -> ObjectsCopier:
        def respond(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                listed = [{"id": "1"}, {"id": "2"}]
                return httpx.Response(200, json={"success": True, "result": listed})
            return answer(json.loads(request.content))

        opened.append(
            Account("https://api.example", "a" * 32, "t", transport=httpx.MockTransport(respond))
        )
        url = "https://billing.example/admin/objects"
        door = Door(STORE.name, "billing", "Ledger", url, "billing.example", KEY)
        return ObjectsCopier(opened[-1], {STORE: door})

    yield made
    for each in opened:
        each.close()


def silent(_: Any) -> None:
    pass


def part(number: int, last: int) -> Json:
    return {"name": "o", "part": number, "goes_on": number > 0, "more": number < last}


class Worker:
    """Takes an object part by part; the answer to its last part is lost once."""

    def __init__(self) -> None:
        self.parts: list[int] = []
        self.is_open = False
        self.is_lost = False

    def __call__(self, asked: Json) -> httpx.Response:
        copy = asked["copy"]
        if copy["goes_on"] and not self.is_open:
            return refused(409, "part_out_of_order", "the parts before it were not brought in")
        self.parts = [*(self.parts if copy["goes_on"] else []), copy["part"]]
        self.is_open = copy["more"]
        if not self.is_open and not self.is_lost:
            self.is_lost = True
            return httpx.Response(502)
        return httpx.Response(200, json={"copied": True})


def test_an_object_of_several_parts_begins_anew_where_an_answer_was_lost(
    copier_of: Callable[[Answer], ObjectsCopier], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", silent)
    file, worker = tmp_path / "copy", Worker()
    file.write_text("".join(f"{json.dumps(part(number, 2))}\n" for number in range(3)))

    assert list(copier_of(worker).restore(STORE, file, 0, silent)) == [3]
    assert worker.parts == [0, 1, 2]


def test_an_object_of_which_half_is_there_is_not_nothing(
    copier_of: Callable[[Answer], ObjectsCopier],
) -> None:
    """A restore that was stopped in the middle of one goes on, and one with --replace begins."""
    assert not copier_of(lambda _: PARTIAL).is_empty(STORE)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            refused(401, "unauthorized", "the key of backups is required"),
            f"401 the key of backups is required; {UNDEPLOYED}",
        ),
        (
            refused(404, "not_found", "there is nothing at this address"),
            f"404 there is nothing at this address; {UNDEPLOYED}",
        ),
        (
            httpx.Response(302, headers={"location": "https://team.example/login"}),
            f"302; {OTHERS}",
        ),
    ],
)
def test_a_refusal_says_what_may_be_the_reason(
    copier_of: Callable[[Answer], ObjectsCopier], answer: httpx.Response, said: str
) -> None:
    with pytest.raises(OpsError) as stopped:
        copier_of(lambda _: answer).is_empty(STORE)

    assert str(stopped.value) == f"billing.example refuses a copy of billing Ledger: {said}"


def test_without_the_key_a_restore_says_that_it_is_missing() -> None:
    file = File(path="f", bytes=0, sha256="0" * 64)
    copy = Copy(kind="objects", name="ledgers", label="l", entries=0, bytes=0, file=file)
    manifest = Manifest(stack="s", account="a", began="now", copies=(copy,))

    with pytest.raises(OpsError, match="with the BACKUP_KEY of its system set: python -m ops up s"):
        backup_restore.steps(manifest, [], "s")


ID, OTHER_ID = "a" * 64, "b" * 64
NAMED: Json = {"name": "one", "tables": [], "others": [], "alarm": None}
UNNAMED: Json = {"id": ID, "tables": [], "others": [], "alarm": None}


def test_an_object_without_a_name_is_copied_by_its_id_and_that_is_said(
    copier_of: Callable[[Answer], ObjectsCopier], tmp_path: Path
) -> None:
    """It was left out, and lost with a restore that deletes what is there first."""
    parts = [{**UNNAMED, "more": True}, {**UNNAMED, "name": "noted", "goes_on": True}, NAMED]
    copier = copier_of(lambda asked: exported(parts, asked))

    done = copier.save(STORE, tmp_path / "copy", silent)

    written = [json.loads(line) for line in (tmp_path / "copy").read_bytes().splitlines()]
    assert written == parts
    assert done.entries == 2
    assert any(note.startswith("the names of 1 objects") for note in done.notes)


def exported(parts: list[Json], asked: Json) -> httpx.Response:
    """Answer as a worker with one object of two parts, and with a second one behind it."""
    if asked["id"] == "2":
        return httpx.Response(200, json={"copy": parts[2]})
    if "from" in asked:
        return httpx.Response(200, json={"copy": parts[1]})
    return httpx.Response(200, json={"copy": parts[0], "next": {"table": "t", "after": []}})


def test_what_a_worker_of_before_does_not_copy_is_said_with_what_to_do(
    copier_of: Callable[[Answer], ObjectsCopier], tmp_path: Path
) -> None:
    unnamed = httpx.Response(200, json={"copy": None, "is_unnamed": True})

    done = copier_of(lambda _: unnamed).save(STORE, tmp_path / "copy", silent)

    (note,) = done.notes
    assert note.startswith("2 objects were last written to by an earlier version")
    assert "python -m ops up of this stack, then another backup" in note
    assert not copier_of(lambda _: unnamed).is_empty(STORE)


def test_what_has_no_name_and_is_of_another_namespace_stays_and_the_others_come_back(
    copier_of: Callable[[Answer], ObjectsCopier], tmp_path: Path
) -> None:
    """Of a namespace that was deleted no id leads anywhere: the restore goes on, and says so."""
    came: list[str] = []

    def answer(asked: Json) -> httpx.Response:
        copy = asked["copy"]
        if "name" not in copy:
            return refused(409, "object_elsewhere", "its id is of another namespace")
        came.append(copy["name"])
        return httpx.Response(200, json={"copied": True})

    file = tmp_path / "copy"
    lines = [{**UNNAMED, "more": True}, {**UNNAMED, "goes_on": True}, {**UNNAMED, "id": OTHER_ID}]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in (*lines, NAMED)))
    told: list[tuple[int, tuple[str, ...]]] = []

    def tell(done: Copied) -> None:
        told.append((done.entries, done.notes))

    assert list(copier_of(answer).restore(STORE, file, 0, tell)) == [4]
    assert came == ["one"]
    entries, (note,) = told[-1]
    assert entries == 1
    assert note.startswith("2 objects stay in the backup alone")


def test_what_stayed_before_a_restore_was_stopped_is_said_by_the_one_that_goes_on(
    copier_of: Callable[[Answer], ObjectsCopier], tmp_path: Path
) -> None:
    """Objects without names come first, and had been passed by."""
    file = File(path="objects", bytes=0, sha256="0" * 64)
    copy = Copy(kind="objects", name=STORE.name, label="l", entries=0, bytes=0, file=file)
    lines = [UNNAMED, *({**NAMED, "name": f"{number:03}"} for number in range(NOTED + 20))]
    (tmp_path / file.path).write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    stops = [True]

    def answer(asked: Json) -> httpx.Response:
        if asked["action"] != "import":
            return httpx.Response(200, json={"copy": None, "cleared": True})
        if "name" not in asked["copy"]:
            return refused(409, "object_elsewhere", "its id is of another namespace")
        if stops and asked["copy"]["name"] == f"{NOTED + 10:03}":
            return refused(409, "object_not_copied", "stopped")
        return httpx.Response(200, json={"copied": True})

    def restored() -> list[str]:
        tools = {"objects": copier_of(answer)}
        journal = Journal(tmp_path / "journal")
        step = backup_restore.Step(STORE, copy)
        return backup_restore.restore(
            Folder(tmp_path), [step], cast("Any", tools), journal, lambda *_: None
        )

    with pytest.raises(OpsError, match="stopped"):
        restored()
    stops.clear()
    assert Journal(tmp_path / "journal").lines(STORE.key) == NOTED

    (said,) = restored()

    assert said.startswith(f"{STORE.label}: 1 objects stay in the backup alone")
