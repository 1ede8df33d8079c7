"""`ops verify` on an engine where somebody has been (OP-1, OP-6): what no preview shows."""

import pytest

from ops.health import containers
from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import API, EXPORTER, PREFIX, SYNC

pytestmark = [pytest.mark.engine, pytest.mark.docker]


def differing(host):
    return containers.differing(containers.ask_all(containers.machines(host.export()["resources"])))


def test_what_stands_as_it_was_deployed_differs_in_nothing(host, hands):
    (machine,) = containers.machines(host.export()["resources"])

    assert len(machine.containers) == len(images.NAMES) + 4
    assert hands.states()
    assert differing(host) == []


def test_what_somebody_does_by_hand_is_said_and_is_undone_as_it_is_said(host, hands, client):
    egress, backend = (client.networks.get(f"{PREFIX}-{each}") for each in ("egress", "backend"))
    hands.container(EXPORTER).pause()
    egress.disconnect(f"{PREFIX}-{SYNC}")
    hands.container(API).update(restart_policy={"Name": "no"})
    stranger = client.containers.create(images.NAMES["nginx"], "nginx", name="stranger")
    backend.connect(stranger)
    said = differing(host)
    preview = host.preview().changes

    hands.container(EXPORTER).unpause()
    backend.disconnect(stranger, force=True)
    stranger.remove()
    hands.container(SYNC).remove(force=True)
    host.refresh()
    host.up()

    assert dict(each.split("; ", 1) for each in said) == {
        f"{PREFIX}-{API} restarts 'no', deployed was 'unless-stopped'": "refresh and up",
        f"{PREFIX}-{SYNC} is off the network {PREFIX}-egress": (
            f"docker rm --force {PREFIX}-{SYNC}, then refresh and up"
        ),
        f"{PREFIX}-{EXPORTER} is paused": f"docker unpause {PREFIX}-{EXPORTER}",
        f"stranger is on {PREFIX}-backend and is no container of the stack": (
            f"docker network disconnect --force {PREFIX}-backend stranger"
        ),
    }
    assert preview == {}
    assert differing(host) == []
