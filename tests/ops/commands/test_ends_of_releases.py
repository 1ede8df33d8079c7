"""How a rollback and a step of a rollout end, and what is said of it (FW-4)."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.commands import deploy, rollback, rollout, verify
from ops.errors import OpsError
from ops.health.probes import no_door
from ops.paths import Paths
from ops.release import release_store, rollout_step
from ops.release.release_record import Book, Release
from ops.release.rollout_gate import Hold, Watched
from ops.release.rollout_step import Step
from ops.run import planned_run
from ops.run.consent import Consent
from ops.stack import removal, state
from ops.stack.target import Target
from ops.terminal.interrupts import Interrupted

STEP = "rollout some 0.10 to 0.25"
TAKEN = rollout.Taken("some", Step("some"), "0.10", STEP)
GIVEN = rollout.Given(Consent(yes=True), None, 1, 3, 5)


def release(number: int, result: Any = "done", **more: Any) -> Release:
    return Release(number=number, stack="staging", account="", began="", result=result, **more)


@pytest.fixture
def session(tmp_path: Path) -> Any:
    config = {"chittyos:rehearsal": True}
    return SimpleNamespace(paths=Paths(tmp_path), target=Target("staging", "staging", config))


def end(session: Any, code: int, *noted: Release) -> None:
    """Let the program of release 1 end with *code* and all of *noted* in the book."""
    for each in noted:
        release_store.keep(session, each)
    vars(rollback)["_tell_end"](session, release(1), release(2), code)


def test_one_that_was_done_is_back(session, capsys):
    end(session, 0, release(1), release(2), release(3, back_to=1))

    assert "staging is back at release 1" in capsys.readouterr().out


def test_one_that_was_done_and_does_not_answer_is_back_and_fails(session, capsys):
    """It was said not to have gone back, while all of it was deployed."""
    with pytest.raises(OpsError, match="all of release 1 was deployed again, and it does not ans"):
        end(session, 1, release(1), release(2), release(3, back_to=1))

    assert "staging is back at release 1" in capsys.readouterr().out


@pytest.mark.parametrize("noted", [(release(1), release(2)), (release(3, "failed", back_to=1),)])
@pytest.mark.parametrize("code", [1, 130])
def test_one_that_was_not_done_is_not_back(session, capsys, noted, code):
    with pytest.raises(OpsError, match="staging did not go back to release 1") as refused:
        end(session, code, *noted)

    assert refused.value.exit_code == code
    assert "is back" not in capsys.readouterr().out


@pytest.fixture
def editor(session: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give an editor of a stack whose step is judged to have failed."""
    monkeypatch.setattr(rollout, "open_session", lambda *_: session)
    monkeypatch.setattr(rollout_step, "hold_of", lambda *_: Hold(1))
    monkeypatch.setattr(rollout_step, "judge", lambda *_: Watched(3, 3, "it does not answer"))
    return session


def gate(editor: Any, restore: Any = lambda: None) -> None:
    vars(rollout)["_gate"](editor, TAKEN, GIVEN, restore)


BACKENDS = [
    ("s3://states-of-now?region=auto", "s3://states-of-now?region=auto"),
    ("file://./states?metadata=skip", "{root}/states?metadata=skip"),
    ("file:///srv/states", "file:///srv/states"),
]


@pytest.mark.parametrize(("url", "given"), BACKENDS)
def test_the_program_of_then_is_led_to_the_state_of_now(session, tmp_path, monkeypatch, url, given):
    """Its Pulumi.yaml names the backend of then, and a relative folder begins elsewhere."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    (tmp_path / "Pulumi.yaml").write_text(f"name: chittyos\nbackend:\n  url: {url}\n")
    backend = vars(rollback)["_backend"]
    assert backend(session) == {}  # a stack on the local Cloudflare has its own place

    session.target = Target("staging", "staging", {})

    assert backend(session) == {"PULUMI_BACKEND_URL": given.format(root=tmp_path.as_uri())}


def test_what_is_not_proven_is_told_and_nothing_that_was_not_asked(session, monkeypatch, capsys):
    """It went on with `every address answers`, which nobody knew yet, and with another option."""
    session.target = Target("staging", "staging", {})
    monkeypatch.setattr(state, "resources", lambda _: [])
    address = {"system": "some", "url": "https://some.chitty.cc", "check": "/health"}
    monkeypatch.setattr(verify, "_proven", lambda *_: ([address], ["the token may not read it"]))
    monkeypatch.setattr(verify, "door_of", lambda _: no_door)

    def silent(*_: Any) -> None:
        raise OpsError("no healthy answer from some")

    monkeypatch.setattr(verify, "_healthy", silent)

    with pytest.raises(OpsError, match="all of it was deployed, and no healthy answer from some"):
        verify.serving(session)

    said = capsys.readouterr().out
    assert "unproven: the token may not read it" in said
    assert "every address answers" not in said


STOPPED = [OpsError("some answers nowhere"), Interrupted()]


@pytest.mark.parametrize("stopped", STOPPED, ids=repr)
def test_a_step_that_could_not_be_judged_is_said_to_stand(editor, monkeypatch, stopped):
    def stop(*_: Any) -> None:
        raise stopped

    monkeypatch.setattr(rollout_step, "judge", stop)

    with pytest.raises(type(stopped), match="stands at the step, which nobody has judged") as said:
        gate(editor)
    assert "before: 0.10" in str(said.value)
    assert str(stopped) in str(said.value)


@pytest.mark.parametrize(
    ("noted", "back_to"),
    [
        ((release(1), release(2, why=STEP)), 1),
        ((release(1), release(2, "failed"), release(3, why=STEP)), 1),
        ((release(1),), None),
    ],
)
def test_a_step_that_is_taken_back_is_noted_as_a_way_back(editor, monkeypatch, noted, back_to):
    """Else `ops rollback`, which skips what was left, would bring the bad step again."""
    given = []
    monkeypatch.setattr(rollout, "_bring_up", lambda *each: given.append(each[2]))
    for each in noted:
        release_store.keep(editor, each)

    with pytest.raises(OpsError, match=r"some was taken back to 0\.10: it does not answer"):
        gate(editor)

    (reason,) = given
    assert (reason.why, reason.back_to) == ("some taken back: it does not answer", back_to)
    if back_to:
        taken_back = Book(releases=(*noted, release(4, back_to=back_to)))
        assert taken_back.target() is None


def test_a_file_that_somebody_else_has_changed_is_not_brought_up(editor, monkeypatch, tmp_path):
    """It was brought up without a question, and the step said to be taken back."""
    monkeypatch.setattr(rollout, "_bring_up", lambda *_: pytest.fail("was brought up"))
    file = tmp_path / "Pulumi.staging.yaml"
    file.write_text("of somebody else")
    take_back = vars(rollout)["_take_back"]

    with pytest.raises(OpsError, match=r"could not be taken back: Pulumi\.staging\.yaml was ch"):
        gate(editor, lambda: take_back(file, b"before", b"the step"))
    assert file.read_text() == "of somebody else"


ENDED = {"pr-7": ["releases", "stack"], "staging": []}


@pytest.mark.parametrize("stack", ENDED)
def test_what_was_deployed_of_a_pull_request_is_forgotten_with_it(
    session, monkeypatch, capsys, stack
):
    """Its releases are removed first: after the stack nothing says any more where they are."""
    done: list[str] = []

    def remove(*_: Any) -> list[str]:
        done.append("stack")
        return ["its state"]

    environment = "staging" if stack == "staging" else "development"
    session.target = Target(stack, environment, {})
    monkeypatch.setattr(deploy, "open_session", lambda *_: session)
    monkeypatch.setattr(deploy, "repair", lambda _: [])
    monkeypatch.setattr(planned_run, "destroy", lambda *_, **__: None)
    monkeypatch.setattr(removal, "modules", lambda _: [])
    monkeypatch.setattr(removal, "remove", remove)
    monkeypatch.setattr(release_store, "remove", lambda _: done.append("releases"))

    deploy.destroy(stack, yes=True)

    assert done == ENDED[stack]
    assert ("python -m ops releases staging" in capsys.readouterr().out) == (stack == "staging")
