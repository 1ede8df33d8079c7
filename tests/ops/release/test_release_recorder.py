"""A deployment is noted before it begins and after it ended, whatever becomes of it."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.preview.plan import Plan
from ops.release import provenance, release_recorder, release_store
from ops.release.release_record import Release, Standing
from ops.release.release_recorder import Reason
from ops.stack import state
from ops.stack.target import Target

PLAN = Plan((), "0123456789abcdef")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a session on the local Cloudflare whose account stands otherwise each time."""
    (tmp_path / "Pulumi.staging.yaml").write_text("config: {}\n")
    stands = iter(Standing(tags={"some": f"v{number}"}) for number in range(1, 9))
    monkeypatch.setattr(release_recorder, "standing", lambda *_: next(stands))
    monkeypatch.setattr(state, "resources", lambda _: [])
    plugins = [SimpleNamespace(name="cloudflare", version="6.23.1", kind="official")]
    tools = SimpleNamespace(engine=SimpleNamespace(version="3.276.0"), plugins=plugins)
    target = Target("staging", "staging", {"chittyos:rehearsal": True, "chittyos:account": "a"})
    return SimpleNamespace(paths=Paths(tmp_path), target=target, tools=tools)


def noted(session: Any) -> Release:
    (release,) = release_store.read(session).releases
    return release


def test_it_is_there_before_anything_is_done_and_ends_with_what_stands_then(session):
    with release_recorder.noting(session, Reason("a step", 3))(PLAN):
        begun = noted(session)
        assert (begun.result, begun.before.tags, begun.after) == ("begun", {"some": "v1"}, None)

    done = noted(session)
    assert done.result == "done"
    assert done.after == Standing(tags={"some": "v2"})
    assert (done.why, done.back_to, done.plan) == ("a step", 3, PLAN.digest)
    assert (done.engine, done.plugins) == ("3.276.0", {"cloudflare": "6.23.1, official"})
    assert done.configuration == "config: {}\n"
    assert done.by


def test_the_end_of_a_stack_is_noted_as_one(session):
    with release_recorder.noting(session, release_recorder.DESTROY)(PLAN):
        pass

    assert (noted(session).why, noted(session).ends) == ("destroy", True)


def test_one_that_fails_is_noted_as_such_with_what_stands_then(session):
    with pytest.raises(OpsError, match="refused"), release_recorder.noting(session)(PLAN):
        raise OpsError("refused")

    assert (noted(session).result, noted(session).after) == (
        "failed",
        Standing(tags={"some": "v2"}),
    )


def test_a_note_that_cannot_be_kept_stops_nothing_and_is_said(session, capsys):
    """Whoever mends an outage is not stopped by a list."""
    session.paths.releases.mkdir(parents=True)
    (session.paths.releases / "staging.json").write_text("damaged")
    did = []

    with release_recorder.noting(session)(PLAN):
        did.append("up")

    assert did == ["up"]
    assert "this release of staging is not noted" in " ".join(capsys.readouterr().err.split())


FAULTS = [OSError(28, "No space left on device"), KeyError("zoneId"), OpsError("403")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("number", [1, 2], ids=["before", "after"])
def test_whatever_goes_wrong_with_a_note_the_deployment_ends_as_it_ends(
    session, capsys, monkeypatch, fault, number
):
    """Before it, nothing is stopped; after it, the reason why it failed is not lost."""
    calls = []

    def stand(*_: Any) -> Standing:
        calls.append(1)
        if len(calls) == number:
            raise fault
        return Standing()

    monkeypatch.setattr(release_recorder, "standing", stand)

    with pytest.raises(OpsError, match=r"^refused$"), release_recorder.noting(session)(PLAN):
        raise OpsError("refused")
    assert "this release of staging is not noted" in " ".join(capsys.readouterr().err.split())


def test_the_commit_and_what_differs_from_it(tmp_path: Path):
    def git(*arguments: str) -> None:
        own = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *own, *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert (provenance.commit_of(tmp_path), provenance.is_changed(tmp_path)) == ("", False)
    (tmp_path / "program.py").write_text("")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    assert len(provenance.commit_of(tmp_path)) == 40
    assert not provenance.is_changed(tmp_path)

    kept = ("Pulumi.staging.yaml", "systems/some/migrations/some/002_b.sql")
    for name in (*kept, "systems/some/workers/a/durable_objects.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert not provenance.is_changed(tmp_path)
    (tmp_path / "new.py").write_text("")
    assert provenance.is_changed(tmp_path)


def test_who_deploys_in_a_workflow_is_who_began_it():
    run = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "octocat",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "7",
    }

    assert provenance.who(run) == "octocat (https://github.com/o/r/actions/runs/7)"
    assert provenance.who({}) != ""
