"""What was deleted behind the local Cloudflare is noticed before an `up`, and mended by it."""

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from ops.crash_recovery import lost_local_data
from ops.crash_recovery.lost_local_data import Losses
from ops.errors import OpsError
from ops.stack import local_control, state

MODULE = b"export default {}"
FINE: dict[str, Any] = {
    "unfit": None,
    "losses": {"disks": [], "deleted": [], "code": []},
    "developed": {},
}


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Give a session whose local Cloudflare answers `found`; what it was asked is in `asked`."""
    module = tmp_path / ".build" / "connect" / "index.mjs"
    module.parent.mkdir(parents=True)
    module.write_bytes(MODULE)
    script = {
        "urn": "urn:pulumi:development::p::cloudflare:index/workersScript:WorkersScript::connect",
        "inputs": {
            "scriptName": "connect",
            "contentFile": ".build/connect/index.mjs",
            "contentSha256": hashlib.sha256(MODULE).hexdigest(),
            "mainModule": "index.mjs",
        },
    }
    made: Any = SimpleNamespace(
        target=SimpleNamespace(local=True, account="0" * 32),
        paths=SimpleNamespace(root=tmp_path),
        module=module,
        asked=[],
        found=FINE,
    )

    def ask(_target, method, path, **sent):
        made.asked.append((method, path, sent))
        return made.found

    monkeypatch.setattr(local_control, "ask", ask)
    monkeypatch.setattr(state, "resources", lambda _session: [script])
    monkeypatch.setattr(lost_local_data, "refresh", lambda _session: made.asked.append("refresh"))
    return made


def found(**lost):
    return {**FINE, "losses": {**FINE["losses"], **lost}}


def test_a_whole_local_cloudflare_is_left_alone(session):
    assert lost_local_data.begin(session) == Losses()
    assert session.asked == [("GET", "/local/status", {})]


def test_an_account_is_not_asked(session):
    session.target.local = False

    assert lost_local_data.begin(session) == Losses()
    assert session.asked == []


def test_records_and_data_that_are_not_of_each_other_end_it_with_their_sentence(session):
    session.found = {**FINE, "unfit": "they do not belong together"}

    with pytest.raises(OpsError, match="they do not belong together"):
        lost_local_data.begin(session)


def test_a_stack_whose_data_is_lost_is_read_again_and_the_loss_is_seen_to_at_the_end(session):
    session.found = found(disks=["d1", "kv"])
    lost = lost_local_data.begin(session)

    assert session.asked[-1] == "refresh"
    assert lost.said == ["the data of d1, kv was deleted: it begins empty, all else stays"]
    lost_local_data.end(session, lost)
    assert session.asked[-1] == ("POST", "/local/losses", {"json": {"disks": ["d1", "kv"]}})


def test_code_that_is_lost_is_uploaded_as_it_was(session):
    session.found = found(code=["connect"])
    lost = lost_local_data.begin(session)

    method, path, sent = session.asked[-1]
    assert (method, path) == (
        "PUT",
        f"/client/v4/accounts/{'0' * 32}/workers/scripts/connect/content",
    )
    assert sent["files"]["index.mjs"][1] == MODULE
    assert (lost.code, lost.said) == (
        [],
        ["the code of connect was deleted: it was uploaded again"],
    )


def test_code_that_was_not_deployed_is_not_uploaded_before_the_up(session):
    session.module.write_bytes(b"export default { edited: true }")
    session.found = found(code=["connect"])
    lost = lost_local_data.begin(session)
    assert [each[0] for each in session.asked] == ["GET"]

    session.module.write_bytes(MODULE)
    lost_local_data.end(session, lost)
    assert session.asked[-1][0] == "PUT"
    assert lost.said == ["the code of connect was deleted: it was uploaded again"]


def test_code_that_is_of_no_stack_ends_it_with_what_to_do(session):
    session.found = found(code=["by-hand"])
    lost = lost_local_data.begin(session)

    with pytest.raises(OpsError, match="the code of by-hand was deleted and is not of this stack"):
        lost_local_data.end(session, lost)
