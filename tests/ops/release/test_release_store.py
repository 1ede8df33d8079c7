"""Where releases are kept: beside a state on this machine, and with the state elsewhere."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.release import release_store
from ops.release.release_backend import Kept
from ops.release.release_record import Book, Release, Standing
from ops.stack.target import Target
from ops.state_store.address import Address
from toolchain import engine

STANDING = Standing(versions={"some": {"0d5f": 100.0}}, bookmarks={"db": "1-2-3"})


def release(number: int, **more: Any) -> Release:
    return Release(number=number, stack="staging", account="ab" * 16, began="2026-11-30", **more)


def session_of(root: Path, executable: Path | None = None) -> Any:
    """Give a session: of a real account with an engine, else on the local Cloudflare."""
    config = {} if executable else {"chittyos:rehearsal": True}
    tools = SimpleNamespace(engine=SimpleNamespace(path=executable))
    target = Target("staging", "staging", config)
    return SimpleNamespace(paths=Paths(root), target=target, tools=tools)


def test_beside_a_state_of_this_machine_they_are_a_file_of_their_owner(tmp_path: Path):
    here = session_of(tmp_path)
    assert release_store.read(here) == Book()

    release_store.keep(here, release(1))
    release_store.keep(here, release(2))
    release_store.keep(here, release(1, result="done", after=STANDING))

    first, second = release_store.read(here).releases
    assert (first.result, first.after, second.result) == ("done", STANDING, "begun")
    file = tmp_path / ".local/state/releases/staging.json"
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_newest_are_kept():
    book = Book()
    for number in range(1, 70):
        book = book.having(release(number), 50)

    assert [each.number for each in book.releases] == list(range(20, 70))
    assert book.numbered(release(0)).number == 70


def test_two_machines_that_began_at_once_are_two_releases(tmp_path: Path):
    """Both have read that the newest is 1; neither note may take the place of the other."""
    here = session_of(tmp_path)
    release_store.keep(here, release(1))
    one, two = release(2, by="one"), release(2, by="two")
    release_store.keep(here, one)

    other = release_store.keep(here, two)
    release_store.keep(here, one.model_copy(update={"result": "done"}))
    release_store.keep(here, other.model_copy(update={"result": "failed"}))

    kept = [(each.number, each.by, each.result) for each in release_store.read(here).releases]
    assert kept == [(1, "", "begun"), (2, "one", "done"), (3, "two", "failed")]


def test_one_whose_note_another_machine_has_overwritten_is_there_at_its_end(tmp_path: Path):
    here = session_of(tmp_path)
    one = release_store.keep(here, release(0, by="one"))
    (here.paths.releases / "staging.json").unlink()
    release_store.keep(here, release(0, by="two"))

    release_store.keep(here, one.model_copy(update={"result": "done"}))

    assert [(it.number, it.by) for it in release_store.read(here).releases] == [
        (1, "two"),
        (2, "one"),
    ]


def test_what_something_else_wrote_is_said_and_kept(tmp_path: Path):
    file = tmp_path / ".local/state/releases/staging.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"releases": [{"number": "many"}]}')

    with pytest.raises(OpsError, match=r"cannot be read: .*staging\.json has 4 .* move it away"):
        release_store.keep(session_of(tmp_path), release(1))
    assert "many" in file.read_text()


@pytest.mark.engine
def test_elsewhere_a_second_machine_finds_them_in_the_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two clones with nothing in common but the backend; the stacks of the project are its own."""
    backend = tmp_path / "states"
    backend.mkdir()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of-this-test")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    found = engine.ensure(engine.Places()).path
    machines = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        (root / "Pulumi.yaml").write_text(f"name: chittyos\nbackend:\n  url: {backend.as_uri()}\n")
        (root / "Pulumi.staging.yaml").write_text("config: {}\n")
        machines.append(session_of(root, found))
    one, two = machines
    assert release_store.read(two) == Book()

    release_store.keep(one, release(1, result="done", after=STANDING))
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")  # nothing of it is encrypted
    release_store.keep(two, release(0))

    assert [each.number for each in release_store.read(one).releases] == [1, 2]
    assert release_store.read(one).releases[0].after == STANDING
    (kept,) = (backend / ".pulumi/stacks").iterdir()
    assert kept.name == "chittyos-releases"
    assert sorted(each.name for each in (tmp_path / "one").iterdir()) == [
        "Pulumi.staging.yaml",
        "Pulumi.yaml",
    ]


@pytest.mark.engine
def test_they_go_with_a_state_to_another_backend_and_are_forgotten_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`ops state migrate` left them behind, and a rollback found none to go back to."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of-this-test")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: chittyos\nbackend:\n  url: file://./here\n")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    found = engine.ensure(engine.Places()).path
    here = Kept(tmp_path, "staging", found)
    there = replace(here, address=Address((tmp_path / "there").as_uri()))
    assert there.take_over(here) == 0
    assert list((tmp_path / "there").rglob("*staging*")) == []
    here.write(Book(releases=(release(1), release(2, result="done", after=STANDING))))
    replace(here, stack="staging-2").write(Book(releases=(release(7),)))

    assert there.take_over(here) == 2
    assert there.take_over(here) == 0
    assert there.read() == here.read()

    assert here.remove()
    assert here.read() == Book()
    left = [it for it in (tmp_path / "here").rglob("staging*") if it.is_file()]
    assert [it.name for it in left if not it.name.startswith("staging-2")] == []
    assert not here.remove()
    assert [it.number for it in replace(here, stack="staging-2").read().releases] == [7]


@pytest.mark.engine
def test_a_backend_that_cannot_be_reached_is_no_empty_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else the next release would be number 1 again, and all before it gone."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    project = "name: chittyos\nbackend:\n  url: file:///nowhere/at/all\n"
    (tmp_path / "Pulumi.yaml").write_text(project)
    (tmp_path / "Pulumi.staging.yaml").write_text("config: {}\n")

    with pytest.raises(OpsError, match="pulumi stack failed"):
        release_store.read(session_of(tmp_path, engine.ensure(engine.Places()).path))
