"""What was deleted behind a whole stack: `up` mends it from what is left, or says what it cannot.

One stack; the tests follow it in their order.
"""

import shutil

import pytest

from tests.engine.development import ask

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

SESSION = {"chittyId": "CHITTY-PEO-0001234-A1B2", "sessionId": "kept", "metadata": {"n": 1}}
CLOUDFLARE = ".local/cloudflare"
SYSTEMS = ("chittyconnect", "project_awareness")
"""Together they have data of every kind; each `up` of the whole platform takes twice as long."""


@pytest.fixture(scope="module")
def session(clone):
    """Deploy and open a session."""
    clone.keep(*SYSTEMS)
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    opened = ask(clone, "POST", "/api/v1/sessions", json=SESSION)
    assert opened.status_code == 201, opened.text


def delete(clone, piece, *, stopped):
    """Delete *piece* of the clone, while the local Cloudflare runs or does not."""
    if stopped:
        assert clone.local("stop").code == 0
    path = clone.root / piece
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def brought_up(clone):
    """Start and bring up as `make up` does; what that said comes back."""
    started = clone.ops("start")
    assert started.code == 0, started.said
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    return up.out


def is_whole(clone):
    return ask(clone, "GET", "/api/v1/documents/stats").status_code == 200


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "running"])
def test_code_is_uploaded_again_and_no_data_is_lost(clone, stopped):
    delete(clone, f"{CLOUDFLARE}/scripts", stopped=stopped)
    said = brought_up(clone)

    assert (
        "repaired: the code of chittyconnect-development was deleted: it was uploaded again" in said
    )
    found = ask(clone, "GET", "/api/v1/sessions/kept").json()
    assert (found["store"], found["metadata"]) == ("durable_object", {"n": 1})
    assert clone.ops("up", "development").out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "running"])
def test_a_database_gets_its_tables_again_and_the_rest_stays(clone, stopped):
    delete(clone, f"{CLOUDFLARE}/runtime/state/d1", stopped=stopped)
    said = brought_up(clone)

    assert "repaired: the data of d1 was deleted: it begins empty, all else stays" in said
    assert is_whole(clone)
    assert ask(clone, "GET", "/api/v1/sessions/kept").json()["metadata"] == {"n": 1}
    assert "warning" not in clone.local("status").out


@pytest.mark.usefixtures("session")
def test_records_that_are_deleted_while_they_are_open_are_there_again(clone):
    delete(clone, f"{CLOUDFLARE}/records.db", stopped=False)

    assert brought_up(clone).splitlines()[-1] == "no changes"
    assert clone.local("stop").code == 0
    assert brought_up(clone).splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("session")
def test_all_data_begins_empty(clone):
    delete(clone, f"{CLOUDFLARE}/runtime", stopped=True)
    said = brought_up(clone)

    assert (
        "repaired: the data of analytics, d1, kv, kv-values, objects, queues, r2, r2-blobs was"
        in said
    )
    assert is_whole(clone)


@pytest.mark.usefixtures("session")
def test_a_state_that_is_gone_is_said_with_the_way_out(clone, tmp_path):
    aside = tmp_path / "state"
    shutil.move(clone.root / ".local/state", aside)
    up = clone.ops("up", "development")
    assert up.code == 1
    assert "state is gone, and the local Cloudflare still has" in up.err
    assert "put it back" in up.err

    shutil.rmtree(clone.root / ".local/state", ignore_errors=True)
    shutil.move(aside, clone.root / ".local/state")
    assert brought_up(clone).splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("session")
def test_records_that_are_gone_are_said_with_the_way_out(clone):
    delete(clone, f"{CLOUDFLARE}/records.db", stopped=True)
    assert clone.ops("start").code == 0
    up = clone.ops("up", "development")

    assert up.code == 1
    assert "do not belong together" in up.err
    assert "put it back, or run `make reset`" in up.err
