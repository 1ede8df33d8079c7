"""A real engine keeps its stacks in the look-alike of Pulumi Cloud; it is killed, too (FW-4).

The engine is what holds the look-alike to the protocol: it refuses any answer that it cannot read.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.sdk import cloudflare
from harness.look_alikes import PulumiCloud, pulumi_cloud
from tests.engine.engine import Engine, EngineStack
from tests.provider.cloudflare.fake_api import TOKEN, FakeApi

pytestmark = pytest.mark.engine

ACCOUNT = "0" * 32
NAMESPACES = f"/accounts/{ACCOUNT}/storage/kv/namespaces"
SECRET = "a secret of the program"
CONFLICT = "[409] Conflict: Another update is currently in progress."
STORED = "stacks/somebody/test/test"
PROGRAM = f"""
import pulumi
import pulumi_cloudflare as cloudflare
made = cloudflare.WorkersKvNamespace("first", account_id="{ACCOUNT}", title="first")
after = pulumi.ResourceOptions(depends_on=[made])
cloudflare.WorkersKvNamespace("second", account_id="{ACCOUNT}", title="second", opts=after)
"""
WAYS = {
    "journal of version 2": ((), {}),
    "journal of version 1": (("--journal=1",), {}),
    "whole checkpoints and edits": (("--journal=0", "--delta-bytes=0"), {}),
    "checkpoints": (("--journal=0",), {"PULUMI_OPTIMIZED_CHECKPOINT_PATCH": "false"}),
    "update made and started in two requests": ((), {"PULUMI_DISABLE_BEGIN_UPDATE": "true"}),
}
"""How an engine may send what it does: options of the service, and variables of the engine."""


def namespaces(*titles: str) -> Callable[[], None]:
    """Return a program with a namespace for each of *titles*, each after the one before it."""

    def program() -> None:
        before: list[pulumi.Resource] = []
        for title in titles:
            opts = pulumi.ResourceOptions(depends_on=before)
            before = [
                cloudflare.WorkersKvNamespace(title, account_id=ACCOUNT, title=title, opts=opts)
            ]
        pulumi.export("secret", pulumi.Output.secret(SECRET))

    return program


@contextmanager
def engine_at(
    folder: Path, binary: Path, fake: FakeApi, options: tuple[str, ...], given: dict[str, str]
) -> Iterator[tuple[Engine, PulumiCloud]]:
    with pulumi_cloud(folder / "cloud", *options) as cloud:
        (folder / "engine").mkdir()
        environment = {**cloud.variables, **given}
        engine = Engine(binary, folder / "engine", fake.base_url, TOKEN, environment=environment)
        yield engine, cloud


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def way(request, tmp_path, binary, fake):
    """Give an engine and its service, in each way in which they may speak."""
    with engine_at(tmp_path, binary, fake, *request.param) as made:
        yield made


@pytest.fixture
def cloud_engine(tmp_path, binary, fake):
    with engine_at(tmp_path, binary, fake, (), {}) as made:
        yield made


def pulumi_run(engine: Engine, work: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [engine.binary, "--non-interactive", "--color", "never", *arguments],
        cwd=work,
        env={**os.environ, **engine.variables()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code or (code and done.returncode), done.stdout + done.stderr
    return done.stdout + done.stderr


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def work_of(stack: EngineStack) -> Path:
    return Path(stack.automation.workspace.work_dir)


def test_a_stack_lives_its_whole_life(way, fake):
    engine, cloud = way
    stack = engine.stack(namespaces("a", "b"))
    stack.configure("test:word", SECRET, secret=True)

    assert stack.up().changes == {"a": "create", "b": "create"}
    assert stack.becomes(namespaces("b", "c")).preview().changes == {"a": "delete", "c": "create"}
    assert stack.up().changes == {"a": "delete", "c": "create"}
    assert stack.up().changes == {}
    fake.objects.pop(f"{NAMESPACES}/{stack.resources()['b']['id']}")
    stack.refresh()

    assert sorted(stack.resources()) == ["c"]
    assert stack.outputs()["secret"] == SECRET
    assert stack.up().changes == {"b": "create"}
    work = work_of(stack)
    history = json.loads(pulumi_run(engine, work, "stack", "history", "--json", "-s", "test"))
    assert [each["kind"] for each in history] == ["update", "refresh", *["update"] * 3]
    assert {each["result"] for each in history} == {"succeeded"}
    assert history[-1]["resourceChanges"]["create"] == 3
    exported = pulumi_run(engine, work, "stack", "export", "--version", "1", "-s", "test")
    names = [
        each["urn"].rpartition("::")[2] for each in json.loads(exported)["deployment"]["resources"]
    ]
    assert {"a", "b"} < set(names)
    assert SECRET.encode() not in everything(cloud.folder) + everything(work)
    stack.destroy()
    assert stack.resources() == {}
    pulumi_run(engine, work, "stack", "rm", "test", "--yes")
    assert not (cloud.folder / STORED).exists()


def test_it_is_the_journal_that_is_kept_where_one_was_agreed_on(way):
    engine, cloud = way
    engine.stack(namespaces("a")).up()

    updates = cloud.folder / STORED / "updates"
    kinds = {path.name for path in updates.glob("*/*.json*")} - {"update.json", "events.jsonl"}
    journal = {json.loads(p.read_text())["journal"] for p in updates.glob("*/update.json")}

    assert kinds == ({"checkpoint.json"} if max(journal) == 0 else {"journal.jsonl"})


def test_an_import_a_tag_and_a_rename_are_understood(cloud_engine):
    engine, _ = cloud_engine
    stack = engine.stack(namespaces("a"))
    stack.up()
    work = work_of(stack)
    exported = pulumi_run(engine, work, "stack", "export", "-s", "test")
    (work / "state.json").write_text(exported)

    pulumi_run(engine, work, "stack", "import", "--file", "state.json", "-s", "test")
    pulumi_run(engine, work, "stack", "tag", "set", "team", "a", "-s", "test")
    pulumi_run(engine, work, "stack", "rename", "other", "-s", "test")

    assert pulumi_run(engine, work, "stack", "tag", "get", "team", "-s", "other") == "a\n"
    outputs = pulumi_run(engine, work, "stack", "output", "--show-secrets", "--json", "-s", "other")
    assert json.loads(outputs)["secret"] == SECRET
    listed = json.loads(pulumi_run(engine, work, "stack", "ls", "--json"))
    assert [(each["name"], each["updateInProgress"]) for each in listed] == [("other", False)]


def test_a_wrong_token_is_refused_and_nothing_is_made(cloud_engine, fake):
    engine, cloud = cloud_engine
    engine.environment["PULUMI_ACCESS_TOKEN"] = "another"

    with pytest.raises(Exception, match=r"(?i)invalid access token|credentials|login"):
        engine.stack(namespaces("a")).up()

    assert fake.log == []
    assert list((cloud.folder / "stacks").iterdir()) == []


class Held:
    """An account that does not answer when a namespace of one title is made."""

    def __init__(self, fake: FakeApi, title: str) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()
        self._post: Any = fake._post
        self._title = title
        fake._post = self._hold  # type: ignore[method-assign]

    def _hold(self, handler: Any, path: str, body: Any) -> None:
        if (body or {}).get("title") == self._title:
            self.asked.set()
            self.answer.wait(60)
        self._post(handler, path, body)


def begin_up(engine: Engine, fake: FakeApi, **given: str) -> "subprocess.Popen[bytes]":
    """Begin an `up` of a program in a folder, with all that it starts in one process group."""
    work = engine.folder / "program"
    work.mkdir(exist_ok=True)
    (work / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    (work / "__main__.py").write_text(PROGRAM)
    if not (work / "Pulumi.test.yaml").exists():
        pulumi_run(engine, work, "stack", "init", "test")
        pulumi_run(engine, work, "config", "set", "cloudflare:baseUrl", fake.base_url, "-s", "test")
    return subprocess.Popen(
        [engine.binary, "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "test"],
        cwd=work,
        env={**os.environ, **engine.variables(), **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.parametrize("skipping", ["", "true"], ids=["as it is", "without checkpoints"])
def test_a_killed_up_keeps_what_it_made_and_what_it_was_making(cloud_engine, fake, skipping):
    """What the journal says is kept, also where the engine is told to save no checkpoints."""
    engine, _ = cloud_engine
    held = Held(fake, "second")
    process = begin_up(engine, fake, PULUMI_SKIP_CHECKPOINTS=skipping)
    assert held.asked.wait(60)

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    held.answer.set()
    work = engine.folder / "program"
    state = json.loads(pulumi_run(engine, work, "stack", "export", "-s", "test"))["deployment"]

    made = [each["urn"].rpartition("::")[2] for each in state["resources"] if each["custom"]]
    (pending,) = state["pending_operations"]
    assert made[-1] == "first"
    assert pending["type"] == "creating"
    assert pending["resource"]["urn"].endswith("::second")


def test_a_second_update_is_refused_until_the_first_is_cancelled(cloud_engine, fake):
    engine, _ = cloud_engine
    held = Held(fake, "second")
    first = begin_up(engine, fake)
    assert held.asked.wait(60)
    work = engine.folder / "program"
    up = ("up", "--yes", "--skip-preview", "--stack", "test")

    assert CONFLICT in pulumi_run(engine, work, *up, code=1)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    held.answer.set()
    assert CONFLICT in pulumi_run(engine, work, *up, code=1)

    pulumi_run(engine, work, "cancel", "test", "--yes")
    pulumi_run(engine, work, "refresh", "--yes", "--clear-pending-creates", "--stack", "test")
    pulumi_run(engine, work, *up)
    state = json.loads(pulumi_run(engine, work, "stack", "export", "-s", "test"))["deployment"]
    made = [each["urn"].rpartition("::")[2] for each in state["resources"] if each["custom"]]
    assert made[-2:] == ["first", "second"]
    assert "pending_operations" not in state
