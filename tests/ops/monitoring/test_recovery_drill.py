"""A backup is brought back into an account that is thrown away, and compared (CC-15)."""

import base64

import pytest

from harness.local_cloudflare import local_cloudflare
from ops.backup import backup_restore
from ops.backup.backup_folder import Folder
from ops.monitoring import recovery_drill
from ops.preflight.verdicts import State
from ops.stack import state
from ops.stack.target import Target
from tests.ops.monitoring.example_checks import watched

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.timeout(300),
    # The daemon outlives the object that started it, and is stopped by its own command.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

URN = "urn:pulumi:development::chittyos::cloudflare:index/{0}:{1}::mine"
BYTES = bytes(range(256))


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """Give a stack with a namespace and a database that have something in them."""
    root = tmp_path / "clone"
    (root / ".local").mkdir(parents=True)
    with local_cloudflare(root / ".local" / "cloudflare") as cloud:
        kv = cloud.result("POST", cloud.account("/storage/kv/namespaces"), json={"title": "keys"})
        d1 = cloud.result("POST", cloud.account("/d1/database"), json={"name": "rows"})
        pair = {"key": "a", "value": base64.b64encode(BYTES).decode(), "base64": True}
        path = cloud.account(f"/storage/kv/namespaces/{kv['id']}/bulk")
        cloud.result("PUT", path, json=[pair])
        sql = "CREATE TABLE t (a); INSERT INTO t VALUES (x'00ff'), ('two')"
        cloud.result("POST", cloud.account(f"/d1/database/{d1['uuid']}/query"), json={"sql": sql})
        resources = [
            {
                "urn": URN.format("workersKvNamespace", "WorkersKvNamespace"),
                "id": kv["id"],
                "inputs": {"title": "keys"},
            },
            {
                "urn": URN.format("d1Database", "D1Database"),
                "id": d1["uuid"],
                "inputs": {"name": "rows"},
            },
        ]
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", cloud.token)
        monkeypatch.setattr(state, "exported", lambda _: "{}")
        config = {"cloudflare:baseUrl": cloud.api_url, "chittyos:account": cloud.account_id}
        target = Target("development", "development", config)
        yield watched(root, target, resources=resources)


def test_a_recovery_is_tried_and_nothing_of_it_is_left(stack, monkeypatch):
    killed = stack.session.paths.local / "restores" / f"{recovery_drill.PREFIX}killed"
    (killed / "backup").mkdir(parents=True)

    found, objects = recovery_drill.recovery_drill(stack)

    assert found.state is State.GOOD, found
    assert (objects.state, objects.said) == (State.NOT_RUN, recovery_drill.NOT_TRIED)
    assert found.said.startswith("2 stores with 3 entries, ")
    assert found.said.endswith(" s, byte for byte")
    assert list((stack.session.paths.local / "restores").iterdir()) == []

    monkeypatch.setattr(backup_restore, "differing", lambda planned, *_: [planned[0].store])
    found, _ = recovery_drill.recovery_drill(stack)
    assert (found.state, found.said) == (State.FAULT, "d1 rows did not come back as it was")


def test_a_damaged_backup_is_a_fault_of_the_drill(stack, tmp_path):
    folder = Folder(tmp_path / "backup")
    manifest = recovery_drill._backed_up(stack, folder)
    kept = watched(stack.session.paths.root, stack.target, folder.path)
    assert [each.state for each in recovery_drill.recovery_drill(kept)] == [
        State.GOOD,
        State.NOT_RUN,
    ]
    (kv,) = [each for each in manifest.copies if each.kind == "kv"]
    (folder.path / kv.file.path).write_text("{}")

    (found,) = recovery_drill.recovery_drill(kept)

    assert found.state is State.FAULT
    assert "is damaged: not what its checksum says" in found.said
    assert "python -m ops backup development" in found.next
