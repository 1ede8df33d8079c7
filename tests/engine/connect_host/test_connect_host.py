"""The whole host of Connect on a real Docker Engine (OP-1, OP-2, OP-6, OP-7).

The stand-in plugin makes it: its own proxy, aggregator, networks and files; what 1Password and
Cloudflare make are stubs.
"""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import (
    API,
    EXPORTER,
    HEALTH,
    PROXY,
    REMEMBERED_SECONDS,
    SECRETS,
    SYNC,
    TUNNEL,
    Program,
)
from tests.engine.connect_host.packets import OUTSIDE, somebody_outside

pytestmark = [pytest.mark.engine, pytest.mark.docker]

BACK_SECONDS = 15
CHECKED = {TUNNEL, PROXY, HEALTH}
"""Containers whose images have a program for a check."""


def test_it_is_well_and_nothing_is_left_to_change(host, hands):
    """OP-C1, OP-C2, OP-C12: both services and the aggregator say so."""
    assert host.preview().changes == {}
    assert host.refresh().changes == {}
    assert host.preview().changes == {}

    status, said = hands.health()
    assert (status, said["status"]) == (200, "healthy")
    assert (said["checks"][API], said["checks"][SYNC]) == ("ok", "ok")
    assert hands.states() == {
        name: (True, "healthy" if name in CHECKED else None) for name in images.NAMES
    }


def test_a_request_comes_through_the_proxy_to_connect(hands):
    """OP-C5: whoever has no token of Connect is answered by nobody."""
    with_token, without = hands.get("/v1/vaults", "t-0"), hands.get("/v1/vaults")

    assert (with_token[0], json.loads(with_token[1])["for"]) == (200, "t-0")
    assert (without[0], hands.get("/v1/vaults", "nobody")[0]) == (401, 401)
    assert hands.get("/metrics")[0] == 404


def test_the_tunnel_reads_its_token_and_is_ready(hands):
    """OP-C3: from a file that is its own, and by no variable (OP-2)."""
    tunnel = hands.container(TUNNEL)
    names = {each.partition("=")[0] for each in tunnel.attrs["Config"]["Env"]}

    assert f"a token of {len(SECRETS[49])} characters" in tunnel.logs().decode()
    assert tunnel.attrs["State"]["Health"]["Status"] == "healthy"
    assert "TUNNEL_TOKEN" not in names
    assert "TUNNEL_TOKEN_FILE" in names


def test_the_figures_of_every_part_are_there_for_monitoring_alone(hands):
    """OP-C11: the exporter reads nginx, the aggregator counts the services."""
    exported = hands.run(
        TUNNEL, "get", f"http://{hands.address(EXPORTER, 'monitoring')}:9113/metrics"
    )
    counted = hands.run(TUNNEL, "get", f"http://{hands.address(HEALTH, 'monitoring')}:8090/metrics")

    assert "Active connections" in exported
    assert f'onepassword_connect_up{{service="{API}"}} 1' in counted
    assert f'onepassword_connect_up{{service="{SYNC}"}} 1' in counted


def test_who_reaches_whom_with_packets(hands, own_engine, tmp_path):
    """OP-C3, OP-C11: only the tunnel reaches nginx; it has no way out; monitoring meets figures."""
    api = {network: hands.address(API, network) for network in ("backend", "egress")}
    health = hands.address(HEALTH, "backend")
    edge, figures = (hands.address(PROXY, each) for each in ("edge", "monitoring"))
    reached = {
        ("cloudflared", f"{edge}:8080"): True,
        ("cloudflared", f"{api['backend']}:8080"): False,
        ("cloudflared", f"{api['egress']}:8080"): False,
        ("cloudflared", f"{health}:8090"): False,
        (PROXY, f"{api['backend']}:8080"): True,
        (PROXY, f"{health}:8090"): True,
        ("health", f"{api['backend']}:8080"): True,
        ("nginx-exporter", f"{figures}:8081"): True,
        ("nginx-exporter", f"{figures}:8080"): False,
        ("nginx-exporter", f"{edge}:8080"): False,
        ("nginx-exporter", f"{api['backend']}:8080"): False,
        ("nginx-exporter", f"{api['egress']}:8080"): False,
        (PROXY, f"{OUTSIDE}:80"): False,
        ("health", f"{OUTSIDE}:80"): False,
        ("nginx-exporter", f"{OUTSIDE}:80"): False,
        (API, f"{OUTSIDE}:80"): True,
        (SYNC, f"{OUTSIDE}:80"): True,
        ("cloudflared", f"{OUTSIDE}:80"): True,
    }
    with somebody_outside(own_engine, tmp_path), ThreadPoolExecutor() as side_by_side:
        said = side_by_side.map(lambda each: hands.run(each[0], "dial", each[1]), reached)
        found = {each: what == "open" for each, what in zip(reached, said, strict=True)}

    assert found == reached


def test_each_container_is_held_as_it_was_asked(hands):
    for name in images.NAMES:
        settings = hands.container(name).attrs["HostConfig"]
        assert settings["ReadonlyRootfs"] is True, name
        assert settings["CapDrop"] == ["ALL"], name
        assert settings["SecurityOpt"] == ["no-new-privileges:true"], name
        assert settings["Memory"] == settings["MemorySwap"] > 0, name
        assert not settings["PortBindings"], name
        assert settings["RestartPolicy"]["Name"] == "unless-stopped", name
        assert hands.container(name).attrs["Config"]["User"].split(":")[0] not in ("", "0"), name


def test_a_container_that_is_killed_comes_back(hands, own_engine):
    """OP-C10: kill -9 of each: back and healthy within 15 seconds."""
    before = {name: hands.container(name).attrs["State"]["Pid"] for name in images.NAMES}
    enter = ["nsenter", "--target", str(own_engine.process), "--pid", "--mount"]
    assert min(before.values()) > 1, "one does not run"
    for process in before.values():
        subprocess.run([*enter, "busybox", "kill", "-9", str(process)], check=True)
    until = time.monotonic() + BACK_SECONDS
    gone = set(before)
    while gone and time.monotonic() < until:
        time.sleep(0.2)
        gone -= {name for name in gone if is_back(hands, name, before[name])}

    assert not gone, f"not back and healthy after {BACK_SECONDS} seconds"
    time.sleep(2 * REMEMBERED_SECONDS)
    assert hands.health()[1]["status"] == "healthy"


def is_back(hands, name, before):
    state = hands.container(name).attrs["State"]
    healthy = state.get("Health", {}).get("Status", "healthy") == "healthy"
    return state["Running"] and state["Pid"] != before and healthy


def test_other_credentials_make_both_services_anew_and_who_leads_to_them(
    host, hands, docker_engine
):
    before = {name: hands.container(name).id for name in images.NAMES}
    program = Program(docker_engine.host)
    program.credentials = json.dumps({"uniqueKey": SECRETS[48::-1]})
    up = host.becomes(program).up()
    after = {name: hands.container(name).id for name in images.NAMES}

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {API, SYNC, "health", "cloudflared"}
    assert set(up.changes.values()) == {"replace"}
