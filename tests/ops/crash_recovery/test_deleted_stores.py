"""A store that was deleted behind the program stops an `up`, and only that (incident 21)."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.crash_recovery import deleted_stores
from ops.engine.resources import what_is_lost
from ops.errors import OpsError
from ops.stack import state
from ops.stack.resource_lookup import Found

BUCKET = "cloudflare:index/r2Bucket:R2Bucket"
SCRIPT = "cloudflare:index/workersScript:WorkersScript"


def resource(kind=BUCKET, own="docs", **more):
    urn = f"urn:pulumi:live::chittyos::{kind}::documents"
    return {"urn": urn, "type": kind, "id": own, "inputs": {"name": own}, **more}


@pytest.fixture
def session(monkeypatch):
    """Give a stack with `resources` in its state."""
    made: Any = SimpleNamespace(
        target=SimpleNamespace(name="live", environment="production"), resources=[resource()]
    )
    monkeypatch.setattr(state, "resources", lambda asked: asked.resources)
    return made


def there(own="docs"):
    return lambda _: Found(own)


def nothing(_):
    return None


def test_what_is_there_lets_an_up_go_on(session):
    deleted_stores.refuse(session, there())


@pytest.mark.parametrize("kind", ["R2Bucket", "D1Database", "WorkersKvNamespace", "Queue"])
def test_what_is_gone_is_named_with_what_is_lost(session, kind):
    """Incident 21; of D1 it was sst#3929: success was printed, and no database made."""
    session.resources = [resource(f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}")]

    with pytest.raises(OpsError, match=rf"{kind} documents \({what_is_lost(kind)}\)") as refused:
        deleted_stores.refuse(session, nothing)
    assert "python -m ops refresh live" in str(refused.value)


def test_another_of_the_same_name_is_not_the_one_that_was_lost(session):
    with pytest.raises(OpsError, match="deleted behind the program"):
        deleted_stores.refuse(session, there("another"))


@pytest.mark.parametrize(
    "kept",
    [
        resource(delete=True),
        resource(external=True),
        resource(own=""),
        resource(kind=SCRIPT),
        resource(inputs={"name": "docs", "jurisdiction": "eu"}),
    ],
    ids=["being deleted", "only read", "not made", "no store that is listed", "in a jurisdiction"],
)
def test_what_cannot_be_told_by_a_list_is_not_asked_about(session, kept):
    session.resources = [kept]

    deleted_stores.refuse(session, nothing)


def test_development_is_not_asked(session):
    session.target.environment = "development"

    deleted_stores.refuse(session, nothing)
