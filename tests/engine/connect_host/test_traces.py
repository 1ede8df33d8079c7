"""Of 50 planted secrets nothing is seen beside the files that are for them (OP-2, OP-7)."""

import json
import subprocess

import pytest

from systems.onepassword_connect.layout import CREDENTIALS, TOKEN
from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import EDGE, PREFIX, PROXY, SECRETS, TUNNEL

pytestmark = [pytest.mark.engine, pytest.mark.docker]

BEARER = "cAnArY-b34rer-planted"
"""A token of Connect, which is asked with: it stands in the key of whatever is kept."""

MEANT = {f"{PREFIX}-{CREDENTIALS}", f"{PREFIX}-{TOKEN}"}
"""Volumes that are for secrets: 0400, and of their one reader."""


def test_nothing_planted_is_seen_from_outside_of_the_files(host, client):
    """`docker inspect`, environment, labels, logs, images and state: none of 50 secrets."""
    seen = [json.dumps(each.attrs) for each in client.containers.list(all=True)]
    seen += [each.logs().decode() for each in client.containers.list(all=True)]
    seen += [json.dumps(client.api.history(image)) for image in images.NAMES.values()]
    seen += [json.dumps(each.attrs) for each in client.volumes.list()]
    text = "\n".join([*seen, json.dumps(host.export(), default=str)])

    assert [secret for secret in SECRETS if secret in text] == []
    assert f"a token of {len(SECRETS[49])} characters" in text


@pytest.fixture
def kept(hands):
    """Have the proxy keep an answer under a planted token."""
    asked = (
        "get",
        f"{EDGE}/v1/vaults",
        f"Authorization=Bearer {BEARER}",
        "CF-Connecting-IP=100.66.0.1",
    )
    assert [hands.run(TUNNEL, *asked)[:3] for _ in range(2)] == ["200", "200"]


@pytest.mark.usefixtures("kept")
def test_nothing_planted_lies_on_the_disk_of_the_host_but_in_volumes_for_it(own_engine, client):
    """Each volume, each layer, the log of each container, and what the engine itself keeps."""
    disk = own_engine.socket.parent / "root"
    meant = [client.volumes.get(name).attrs["Mountpoint"] for name in MEANT]
    left_out = [f"--exclude-dir={each}" for each in MEANT]
    patterns = "\n".join([*SECRETS, BEARER])
    search = ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "--file=-"]
    there = subprocess.run(
        [*search, *meant], input=patterns, capture_output=True, text=True, check=False
    )
    elsewhere = subprocess.run(
        [*search, *left_out, disk], input=patterns, capture_output=True, text=True, check=False
    )

    assert len(there.stdout.splitlines()) == len(MEANT)
    assert elsewhere.stdout.splitlines() == []
    assert disk.is_dir()


@pytest.mark.usefixtures("kept")
def test_what_the_proxy_keeps_lies_in_memory_alone(hands, own_engine):
    """Its files have tokens in clear, so their folder is in memory, and dies with the container."""
    process = hands.container(PROXY).attrs["State"]["Pid"]
    enter = ["nsenter", "--target", str(own_engine.process), "--pid", "--mount", "busybox"]
    found = subprocess.run(
        [*enter, "grep", "-rlF", BEARER, f"/proc/{process}/root/tmp"],
        capture_output=True,
        text=True,
        check=True,
    )
    mounts = subprocess.run(
        [*enter, "cat", f"/proc/{process}/mounts"], capture_output=True, text=True, check=True
    )

    assert "/tmp/cache/" in found.stdout  # noqa: S108 - in the container
    assert any(line.split()[1:3] == ["/tmp", "tmpfs"] for line in mounts.stdout.splitlines())  # noqa: S108
