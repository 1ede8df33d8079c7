"""An `up` that was killed while it made a part of the host goes on with the next one (OP-1)."""

import docker
import pytest

from ops.crash_recovery.unfinished_containers import clear, finder
from ops.stack.resource_lookup import Found
from tests.engine.connect_host.hosts import EXPORTER, PREFIX

pytestmark = [pytest.mark.engine, pytest.mark.docker]


def as_if_killed(deployment, *names):
    """Have the steps that created *names* not seen to end; return what the state had of them."""
    lost = [each for each in deployment["resources"] if each["urn"].rpartition("::")[2] in names]
    deployment["resources"] = [each for each in deployment["resources"] if each not in lost]
    unseen = [{key: each[key] for key in each if key != "id"} for each in lost]
    deployment["pending_operations"] = [{"type": "creating", "resource": each} for each in unseen]
    return {each["urn"].rpartition("::")[2]: each for each in lost}


def test_what_was_being_made_is_removed_or_found_by_its_name(host, client):
    names = (f"host-{EXPORTER}", "host-network-edge", "host-volume-connect-data")
    deployment = host.export()
    lost = as_if_killed(deployment, *names)
    find = finder(deployment, lambda _: None)
    said = clear(deployment)
    found = {name: find(lost[name]) for name in names}
    with pytest.raises(docker.errors.NotFound):
        client.containers.get(f"{PREFIX}-{EXPORTER}")
    host.refresh()
    up = host.up()

    assert said == [f"Container host-{EXPORTER} was half made; it was removed"]
    assert found == {
        names[0]: None,
        names[1]: Found(lost[names[1]]["id"]),
        names[2]: Found(f"{PREFIX}-connect-data"),
    }
    assert up.changes == {names[0]: "create"}
