"""Which workers of a state can be developed, and how it is said that one cannot."""

import pytest

from ops.development.workers import Worker, chosen
from ops.errors import OpsError

URN = "urn:pulumi:development::p::"


def component(script, entry, **more):
    inputs = {
        "script": script,
        "entry": entry,
        "compatibility_date": "2026-11-01",
        "compatibility_flags": [],
        "attachments": {"hosts": [{"name": f"{script}.example.com"}]},
    }
    return {"urn": f"{URN}chittyos:cloudflare:Worker::{script}", "inputs": {**inputs, **more}}


def uploaded(script, checksum="c" * 64):
    kind = "chittyos:cloudflare:Worker$cloudflare:index/workersScript:WorkersScript"
    return {
        "urn": f"{URN}{kind}::{script}",
        "inputs": {"scriptName": script, "contentSha256": checksum},
    }


STATE = [component("b", "b.ts"), uploaded("b"), component("a", "a.ts"), uploaded("a", "d" * 64)]


@pytest.fixture
def root(tmp_path):
    for name in ("a.ts", "b.ts"):
        (tmp_path / name).write_text("export default {};")
    return tmp_path


def test_all_workers_are_developed_unless_some_are_named(root):
    assert [worker.script for worker in chosen(STATE, (), root)] == ["a", "b"]
    assert chosen(STATE, ["a"], root) == [
        Worker("a", "a.ts", node=True, checksum="d" * 64, hosts=("a.example.com",))
    ]


def test_node_depends_on_the_date_of_the_worker(root):
    state = [component("a", "a.ts", compatibility_date="2024-01-01"), uploaded("a")]

    assert not chosen(state, (), root)[0].node


@pytest.mark.parametrize(
    ("state", "names", "says"),
    [
        ([], (), "nothing is deployed yet; run make up"),
        ([component("a", "a.ts")], (), "nothing is deployed yet"),
        (STATE, ["c"], "there is no worker c in this stack; there are a, b"),
        ([component("x", "x.ts"), uploaded("x")], (), "worker x: x.ts does not exist"),
    ],
)
def test_what_cannot_be_developed_is_said(root, state, names, says):
    with pytest.raises(OpsError, match=says):
        chosen(state, names, root)
