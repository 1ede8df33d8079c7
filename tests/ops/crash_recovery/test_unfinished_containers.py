"""What a killed run was making on a Docker Engine is the stack's again (OP-1)."""

import pytest

from ops.crash_recovery.unfinished_containers import clear, finder
from ops.errors import OpsError
from ops.stack.resource_lookup import Found
from tests.ops.fake_engine import fake_engine
from tests.ops.health.machine_state import IMAGE, state_of

LABELS = [{"label": "host", "value": "c"}, {"label": "files", "value": "4f1e"}]
OWN, OTHER = {"host": "c", "files": "4f1e", "more": "x"}, {"host": "c", "files": "other"}


def made(labels):
    return {"Id": "new", "Config": {"Labels": labels}}


@pytest.fixture
def engine(tmp_path):
    paths = {
        "/containers/c-nginx/json": made(OWN),
        "/networks/c-edge": {"Id": "n1", "Labels": OWN},
        "/volumes/c-data": {"Name": "c-data", "Labels": OWN},
        "/networks/c-other": {"Id": "n2", "Labels": OTHER},
    }
    with fake_engine(tmp_path / "socket", paths) as running:
        yield running


def pending(engine, kind, name, operation="creating", labels=LABELS):
    """Return a deployment in which a step was not seen to end."""
    provider, *known = state_of(engine.address.removeprefix("unix://"), ["old"])
    resource = {
        "urn": f"urn:pulumi:s::p::docker:index/{kind[0].lower()}{kind[1:]}:{kind}::made",
        "provider": f"{provider['urn']}::{provider['id']}",
        "inputs": {"name": name, "image": IMAGE, "labels": labels},
    }
    return {
        "resources": [provider, *known],
        "pending_operations": [{"type": operation, "resource": resource}],
    }


def test_a_container_is_removed_to_be_made_again(engine):
    said = clear(pending(engine, "Container", "c-nginx"))

    assert said == ["Container made was half made; it was removed"]
    assert engine.deleted == ["/containers/new?force=true&v=true"]


LEFT = {
    "that of somebody else": {"labels": [{"label": "host", "value": "d"}]},
    "one that nothing tells from others": {"labels": None},
    "one that was being changed": {"operation": "updating"},
}


@pytest.mark.parametrize("changes", LEFT.values(), ids=LEFT)
def test_any_other_container_is_left(engine, changes):
    assert clear(pending(engine, "Container", "c-nginx", **changes)) == []
    assert engine.deleted == []


def test_a_container_that_is_not_there_or_is_known_is_left(engine):
    engine.paths["/containers/c-nginx/json"] = {**made(OWN), "Id": "old"}

    assert clear(pending(engine, "Container", "c-nginx")) == []
    assert clear(pending(engine, "Container", "c-gone")) == []
    assert engine.deleted == []


FOUND = {
    "network": ("Network", "c-edge", Found("n1")),
    "volume": ("Volume", "c-data", Found("c-data")),
    "network of somebody else": ("Network", "c-other", None),
    "no volume": ("Volume", "c-gone", None),
}


@pytest.mark.parametrize(("kind", "name", "found"), FOUND.values(), ids=FOUND)
def test_a_network_or_volume_is_found_by_its_name(engine, kind, name, found):
    deployment = pending(engine, kind, name)
    (operation,) = deployment["pending_operations"]

    assert finder(deployment, lambda _: pytest.fail("asked"))(operation["resource"]) == found
    assert clear(deployment) == []


def test_all_else_is_found_as_before(engine):
    deployment = pending(engine, "Container", "c-nginx")
    (operation,) = deployment["pending_operations"]

    assert finder(deployment, lambda _: Found("x"))(operation["resource"]) == Found("x")


def test_an_engine_that_is_silent_stops_the_repair(engine, tmp_path):
    deployment = pending(engine, "Container", "c-nginx")
    deployment["resources"][0]["inputs"]["host"] = f"unix://{tmp_path}/none"

    with pytest.raises(OpsError, match="no Docker Engine answers at"):
        clear(deployment)
