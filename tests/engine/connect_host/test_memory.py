"""The host under a load of 100 requests a second fits into half of the source's 2 GB (OP-1)."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import HEALTH, PROXY
from tests.engine.connect_host.memory import of_the_engine, used

pytestmark = [pytest.mark.engine, pytest.mark.docker]

RATE = 100
SECONDS = int(os.environ.get("CONNECT_LOAD_SECONDS", "5"))
"""A bench takes longer, and has the figures written into `CONNECT_FIGURES`."""

MEGABYTE = 1 << 20
GIGABYTE = 1000 * MEGABYTE
ENGINE_MEGABYTES = 250


def test_all_of_it_stays_within_half_of_what_the_source_has(hands, client, own_engine):
    """What is no stub here is measured; what is one cannot pass its limit."""
    with ThreadPoolExecutor() as beside:
        sending = beside.submit(hands.load, RATE * SECONDS, RATE)
        containers: dict[str, int] = {}
        while not sending.done():
            now = used(client)
            containers = {name: max(now[name], containers.get(name, 0)) for name in now}
    came = sending.result()
    attrs = {name: hands.container(name).attrs for name in images.NAMES}
    limits = sum(each["HostConfig"]["Memory"] for each in attrs.values())
    engine = of_the_engine(own_engine.process)
    _note(came, containers, limits, engine)

    assert (came["errors"], came["crossed"], came["strange"]) == ({}, 0, 0)
    assert set(came["statuses"]) == {"200", "401"}
    assert not any(each["State"]["OOMKilled"] for each in attrs.values())
    assert containers.keys() == images.NAMES.keys()
    assert containers[PROXY] + containers[HEALTH] < 40 * MEGABYTE
    assert 0 < engine < ENGINE_MEGABYTES * MEGABYTE
    assert limits + engine <= GIGABYTE


def _note(came, containers, limits, engine):
    if file := os.environ.get("CONNECT_FIGURES"):
        said = {"came": came, "containers": containers, "limits": limits, "engine": engine}
        Path(file).write_text(json.dumps(said))
