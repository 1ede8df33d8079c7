"""The plugin as the engine starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc as pb_grpc

from provider import sdk
from provider.values import sealed, to_struct

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "toolchain" / "bin"
EXECUTABLE = TOOLS / "pulumi-resource-cloudflare"
GONE_SECONDS = 10.0
ENGINE = """
import subprocess, sys, time
plugin = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
print(plugin.pid, plugin.stdout.readline().strip(), flush=True)
time.sleep(600)
"""
Running = tuple[subprocess.Popen[str], pb_grpc.ResourceProviderStub]


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    executable = getattr(request, "param", EXECUTABLE)
    plugin = subprocess.Popen(
        [executable, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert plugin.stdout is not None
    port = int(plugin.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield plugin, pb_grpc.ResourceProviderStub(channel)
    plugin.kill()
    plugin.wait()
    plugin.stdout.close()


def test_says_which_plugin_it_stands_in_for(running: Running):
    _, stub = running

    info = stub.GetPluginInfo(empty_pb2.Empty())

    assert info.version == sdk.version("cloudflare")


@pytest.mark.parametrize("running", [TOOLS / "pulumi-resource-docker"], indirect=True)
def test_the_one_for_docker_says_so_and_stops_at_once_when_told(running: Running):
    plugin, stub = running

    info = stub.GetPluginInfo(empty_pb2.Empty())
    elsewhere = to_struct({"host": "ssh://deploy@198.51.100.7"})
    checked = stub.CheckConfig(pb.CheckRequest(news=elsewhere))

    assert info.version == sdk.version("docker")
    assert [failure.property for failure in checked.failures] == ["host"]
    plugin.send_signal(signal.SIGINT)
    assert plugin.wait(timeout=GONE_SECONDS) == 0


def test_speaks_the_protocol_of_the_engine(running: Running):
    _, stub = running

    handshake = stub.Handshake(pb.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    elsewhere = to_struct({"baseUrl": "https://api.cloudflare.com/client/v4"})
    checked = stub.CheckConfig(pb.CheckRequest(news=elsewhere))

    assert handshake.accept_secrets
    assert [failure.property for failure in checked.failures] == ["baseUrl"]
    assert "talks to a local Cloudflare only" in checked.failures[0].reason


def test_another_address_of_the_api_replaces_nothing(running: Running):
    _, stub = running
    old = to_struct({"baseUrl": "http://127.0.0.1:1/client/v4"})
    new = to_struct({"baseUrl": "http://127.0.0.1:2/client/v4"})

    found = stub.DiffConfig(pb.DiffRequest(olds=old, news=new))

    assert (found.changes, list(found.diffs)) == (pb.DiffResponse.DIFF_SOME, ["baseUrl"])
    assert not found.replaces


def test_a_sealed_token_is_taken(running: Running):
    _, stub = running
    settings = {"baseUrl": "http://127.0.0.1:1/client/v4", "apiToken": sealed("t" * 40)}

    configured = stub.Configure(pb.ConfigureRequest(args=to_struct(settings)))

    assert configured.acceptSecrets
    assert configured.supportsPreview


def test_an_unconfigured_plugin_says_so(running: Running):
    _, stub = running

    with pytest.raises(grpc.RpcError, match="has not configured"):
        stub.Read(pb.ReadRequest(id="a/b", urn="urn:pulumi:s::p::cloudflare:index/queue:Queue::q"))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stops_at_once_when_told(running: Running, sign: signal.Signals):
    plugin, _ = running
    before = time.monotonic()

    plugin.send_signal(sign)

    assert plugin.wait(timeout=GONE_SECONDS) == 0
    assert time.monotonic() - before < 3  # the engine waits five seconds, then kills


def test_goes_when_the_engine_was_killed():
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(EXECUTABLE)], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None
    plugin = int(engine.stdout.readline().split()[0])

    engine.kill()
    engine.wait()
    engine.stdout.close()

    try:
        assert _gone(plugin)
    finally:
        with suppress(ProcessLookupError):
            os.kill(plugin, signal.SIGKILL)


def _gone(pid: int) -> bool:
    limit = time.monotonic() + GONE_SECONDS
    while time.monotonic() < limit:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _zombie(pid):
            return True
        time.sleep(0.1)
    return False


def _zombie(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().rpartition(")")[2].split()[0] == "Z"
