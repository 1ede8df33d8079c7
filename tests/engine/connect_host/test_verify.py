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
    place = hands.address(SYNC, "egress")
    hands.container(EXPORTER).pause()
    egress.disconnect(f"{PREFIX}-{SYNC}")
    hands.container(API).update(restart_policy={"Name": "no"})
    stranger = client.containers.create(images.NAMES["nginx"], "nginx", name="stranger")
    backend.connect(stranger)
    said = differing(host)
    preview = host.preview().changes

    hands.container(EXPORTER).unpause()
    egress.connect(f"{PREFIX}-{SYNC}", ipv4_address=place, aliases=[SYNC])
    hands.container(API).update(restart_policy={"Name": "unless-stopped"})
    backend.disconnect(stranger, force=True)
    stranger.remove()

    assert [each.partition(";")[0].removeprefix(f"{PREFIX}-") for each in sorted(said)] == [
        f"{API} restarts 'no', deployed was 'unless-stopped'",
        f"{SYNC} is off the network {PREFIX}-egress",
        f"{EXPORTER} is paused",
        f"stranger is on {PREFIX}-backend and is no container of the stack",
    ]
    assert preview == {}
    assert differing(host) == []
