"""D1 migrations through the engine: what a preview says, what a failure leaves, what is printed."""

import pytest

from components.d1_migrations import D1Migrations
from ops.engine.diagnostics import condense_all
from planning.ledger import File
from tests.components.fake_d1 import ACCOUNT, DATABASE, TOKEN, FakeD1
from tests.engine.engine import Engine, EngineFailure

pytestmark = pytest.mark.engine

NAME = "data-migrations"
FIRST = File("001_first.sql", "CREATE TABLE first (x); -- canary-of-the-file")
SECOND = File("002_second.sql", "CREATE TABLE second (x);")
BROKEN = File("002_second.sql", "CREATE TABLE second (x);\nINSERT INTO nowhere VALUES (1);")


@pytest.fixture
def d1():
    with FakeD1() as server:
        yield server


@pytest.fixture
def files():
    """Files of the program; a test changes them."""
    return [FIRST]


@pytest.fixture
def stack(binary, d1, tmp_path, files):
    folder = tmp_path / "engine"
    folder.mkdir()
    target = {"account_id": ACCOUNT, "database_id": DATABASE, "base_url": d1.base_url}
    engine = Engine(binary, folder, d1.base_url, TOKEN)
    return engine.stack(lambda: D1Migrations(NAME, files, target=target) and None)


def tables(d1):
    return {name for (name,) in d1.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_preview_applies_nothing_and_says_what_will_be(stack, d1, files):
    assert stack.preview().steps == {NAME: "create"}
    assert tables(d1) == set()

    stack.up()
    assert "first" in tables(d1)
    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}

    files.append(SECOND)
    assert stack.preview().changes == {NAME: "update"}
    assert "second" not in tables(d1)


def test_an_edited_applied_file_is_refused_in_the_preview(stack, files):
    stack.up()
    files[0] = File(FIRST.name, FIRST.sql + " ")
    with pytest.raises(EngineFailure) as failed:
        stack.preview()

    said = failed.value.outcome.text
    assert "001_first.sql was edited after it was applied" in said
    assert "canary-of-the-file" not in said


def test_a_failing_file_is_one_message_and_can_be_corrected(stack, d1, files):
    """Incident 13: the file that fails stops what needs its tables."""
    files.append(BROKEN)
    with pytest.raises(EngineFailure) as failed:
        stack.up()

    (said,) = condense_all(failed.value.outcome.errors)  # the SDK wraps it in a traceback
    assert said.startswith("002_second.sql was refused by the database: no such table: nowhere")
    assert said.endswith("correct the file and run again")
    assert "first" in tables(d1)
    assert "second" not in tables(d1)

    files[1] = SECOND
    stack.up()
    assert "second" in tables(d1)
    assert stack.preview().changes == {}


def test_the_token_is_not_in_the_state(stack):
    stack.up()

    assert TOKEN not in str(stack.export())


def test_leaving_the_stack_undoes_nothing(stack, d1):
    stack.up()
    stack.destroy()

    assert "first" in tables(d1)
