"""What comes back after a reboot, and what goes on while 1Password is away (OP-1, OP-7)."""

import time

import pytest

from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import API, PREFIX, REMEMBERED_SECONDS, SYNC
from tests.engine.connect_host.packets import OUTSIDE, somebody_outside

pytestmark = [pytest.mark.engine, pytest.mark.docker]

BACK_SECONDS = 45
"""From the start of the engine: each check is run after ten seconds for the first time."""


def test_a_host_that_lost_its_power_is_back_by_itself(host, hands, own_engine):
    """OP-C10: the engine and all containers end at once, and nobody does more than switch it on."""
    before = {name: hands.container(name).attrs["Id"] for name in images.NAMES}
    own_engine.reboot()
    until = time.monotonic() + BACK_SECONDS
    while not _well(hands) and time.monotonic() < until:
        time.sleep(0.3)

    assert _well(hands), hands.states()
    time.sleep(2 * REMEMBERED_SECONDS)
    assert hands.health()[1]["status"] == "healthy"
    assert hands.get("/v1/vaults", "t-0")[0] == 200
    assert {name: hands.container(name).attrs["Id"] for name in images.NAMES} == before
    assert host.preview().changes == {}
    assert host.refresh().changes == {}


def _well(hands):
    return all(runs and health in (None, "healthy") for runs, health in hands.states().values())


@pytest.fixture
def away(client, hands, own_engine, tmp_path):
    """Cut both services of Connect off the internet, which they had."""
    with somebody_outside(own_engine, tmp_path):
        network = client.networks.get(f"{PREFIX}-egress")
        places = {name: hands.address(name, "egress") for name in (API, SYNC)}
        assert hands.run(SYNC, "dial", f"{OUTSIDE}:80") == "open"
        for name in places:
            network.disconnect(f"{PREFIX}-{name}")
        yield
        for name, address in places.items():
            network.connect(f"{PREFIX}-{name}", ipv4_address=address, aliases=[name])


@pytest.mark.usefixtures("away")
def test_without_1password_and_with_a_hanging_sync_the_api_is_asked_all_the_same(hands):
    """OP-C2, OP-C12: What is ours: the proxy leads there, and health says `degraded` with a 200."""
    hands.container(SYNC).pause()
    time.sleep(2 * REMEMBERED_SECONDS)
    status, said = hands.health()
    answer = hands.get("/v1/vaults", "t-0")[0]
    hands.container(SYNC).unpause()
    time.sleep(2 * REMEMBERED_SECONDS)

    assert hands.run(SYNC, "dial", f"{OUTSIDE}:80") == "closed"
    assert (status, said["status"], said["checks"][SYNC]) == (200, "degraded", "failed")
    assert answer == 200
    assert hands.health()[1]["status"] == "healthy"
