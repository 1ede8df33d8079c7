"""The host as the engine sees it: a process that prints its port and answers `LanguageRuntime`."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

HOST = Path(__file__).resolve().parents[2] / "toolchain" / "bin" / "pulumi-language-python"
PATIENCE_SECONDS = 20


@contextlib.contextmanager
def running(cwd):
    """Start the host as the engine does and yield its process and its stub."""
    process = subprocess.Popen(
        [HOST, "127.0.0.1:1"], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield process, language_pb2_grpc.LanguageRuntimeStub(channel)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with running(tmp_path_factory.mktemp("elsewhere")) as (_, stub):
        yield stub


@pytest.fixture
def plugin(tmp_path):
    """Return a function that writes a plugin and returns the request to run it."""

    def write(code, *arguments, **more):
        (tmp_path / "__main__.py").write_text(code)
        info = info_of(tmp_path, **more.pop("options", {}))
        return language_pb2.RunPluginRequest(
            info=info, pwd=str(tmp_path), args=arguments, kind="resource", **more
        )

    return write


def info_of(folder, **options):
    chosen = struct_pb2.Struct()
    chosen.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(folder),
        program_directory=str(folder),
        entry_point=".",
        options=chosen,
    )


def gone(pid):
    """Say whether process *pid* ends within the patience of a test."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_asks_for_no_plugin_before_the_program_does(host):
    answer = host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest())

    assert not answer.packages


def test_a_plugin_gets_its_arguments_its_folder_and_its_environment(host, plugin, tmp_path):
    code = """import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["MARK"], sorted(os.environ)[:1] == ["MARK"])
print("aside", file=sys.stderr)
sys.exit(3)"""

    parts = list(host.RunPlugin(plugin(code, "127.0.0.1:2", env=["MARK=x=y"])))

    out = b"".join(part.stdout for part in parts).decode()
    assert out.startswith(f"['127.0.0.1:2'] {tmp_path} x=y")
    assert b"".join(part.stderr for part in parts) == b"aside\n"
    assert parts[-1].exitcode == 3


def test_a_plugin_imports_what_lies_beside_it(host, plugin, tmp_path):
    (tmp_path / "beside.py").write_text("WORD = 'found'")

    parts = list(host.RunPlugin(plugin("import beside; print(beside.WORD)")))

    assert b"".join(part.stdout for part in parts) == b"found\n"


def test_a_plugin_ends_when_the_engine_hangs_up(host, plugin):
    call = host.RunPlugin(plugin("import os, time; print(os.getpid()); time.sleep(600)"))
    pid = int(next(call).stdout)

    call.cancel()

    assert gone(pid)


def test_a_plugin_ends_when_the_host_is_killed(plugin, tmp_path):
    with running(tmp_path) as (process, stub):
        call = stub.RunPlugin(plugin("import os, time; print(os.getpid()); time.sleep(600)"))
        pid = int(next(call).stdout)

        os.kill(process.pid, signal.SIGKILL)

        assert gone(pid)


ENGINE = """
import subprocess, sys
host = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE)
host.stdout.readline()
print(host.pid)
"""


def test_the_host_ends_with_the_engine(tmp_path):
    engine = subprocess.run(
        [sys.executable, "-c", ENGINE, HOST],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=PATIENCE_SECONDS,
    )

    assert gone(int(engine.stdout))


def test_a_virtual_environment_that_is_not_there_is_said(host, plugin, tmp_path):
    request = plugin("", options={"virtualenv": "venv"})

    with pytest.raises(grpc.RpcError) as refused:
        list(host.RunPlugin(request))

    said = refused.value.details() or ""
    assert f"{tmp_path}/venv/bin/python is not there" in said
    assert f"run python3 -m venv {tmp_path}/venv" in said


def test_a_virtual_environment_that_is_there_is_used(host, plugin, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho this one\n")
    python.chmod(0o755)

    parts = list(host.RunPlugin(plugin("", options={"virtualenv": "venv"})))

    assert b"".join(part.stdout for part in parts) == b"this one\n"


def test_installing_is_left_to_make(host):
    with pytest.raises(grpc.RpcError, match="run make setup"):
        list(host.InstallDependencies(language_pb2.InstallDependenciesRequest()))


def test_says_which_python_and_which_packages(host, tmp_path):
    about = host.About(language_pb2.AboutRequest(info=info_of(tmp_path)))
    listed = host.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest())

    assert about.version == ".".join(map(str, sys.version_info[:3]))
    names = {each.name for each in listed.dependencies}
    assert {"pulumi", "pulumi_cloudflare"} <= names
