"""A whole local Cloudflare: API and runtime, on free ports, in a directory of its own."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from common.certificates import trusted_at
from local.process.home import Home
from local.process.ports import HOST

PROJECT = Path(__file__).parents[1]
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass
class LocalCloudflare:
    """A running one. `client` asks the API with the token; its paths begin below `/client/v4`."""

    directory: Path
    api_port: int
    edge_port: int
    s3_port: int
    token: str
    client: httpx.Client
    account_id: str = "0" * 32
    zone_id: str = "1" * 32
    process: subprocess.Popen[bytes] = field(repr=False, kw_only=True)

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.api_port}/client/v4"

    @property
    def control_url(self) -> str:
        return f"http://{HOST}:{self.api_port}/local"

    @property
    def env(self) -> dict[str, str]:
        """What clients of Cloudflare read from the environment."""
        return {
            "CLOUDFLARE_API_BASE_URL": self.api_url,
            "CLOUDFLARE_BASE_URL": self.api_url,
            "CLOUDFLARE_API_TOKEN": self.token,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
        }

    def credentials(self) -> tuple[str, str]:
        """Read access key id and secret access key of the S3 endpoint."""
        pair = json.loads((self.directory / "r2-credentials.json").read_text())
        return pair["access_key_id"], pair["secret_access_key"]

    def result(self, method: str, path: str, **sent: Any) -> Any:
        """Ask for what has to succeed; *path* may begin with `/local`."""
        url = f"http://{HOST}:{self.api_port}{path}" if path.startswith("/local") else path
        answer = self.client.request(method, url, **sent)
        if not answer.is_success:
            raise AssertionError(answer.text)
        return answer.json()["result"]

    def account(self, path: str) -> str:
        return f"/accounts/{self.account_id}{path}"

    def at(self, host: str, path: str = "/", method: str = "GET", **sent: Any) -> httpx.Response:
        """Ask the worker that answers at *host*, through the edge."""
        headers = {"host": host, **sent.pop("headers", {})}
        url = f"http://{HOST}:{self.edge_port}{path}"
        options = {"timeout": 60, "verify": trusted_at(url), **sent}
        return httpx.request(method, url, headers=headers, **options)

    def upload(self, name: str, modules: Mapping[str, str], **metadata: Any) -> Any:
        """Upload ES *modules*; the first is the main one."""
        whole = {"main_module": next(iter(modules)), "compatibility_date": "2026-11-01", **metadata}
        files: dict[str, Any] = {"metadata": (None, json.dumps(whole), "application/json")}
        for module, code in modules.items():
            files[module] = (module, code, "application/javascript+module")
        return self.result("PUT", self.account(f"/workers/scripts/{name}"), files=files)


@contextmanager
def local_cloudflare(
    directory: Path,
    *,
    zones: Mapping[str, str] | None = None,
    ports: Mapping[str, int] | None = None,
    vaults: Path | None = None,
    sidecar: Path | None = None,
) -> Iterator[LocalCloudflare]:
    """Start one in *directory* and stop it at the end; what it kept stays there.

    *ports* (`api`, `edge`, `s3`) are free ones unless given. *zones* by name; by default
    `chitty.cc`. *vaults* is what the look-alike of 1Password Connect begins with; by default it has
    nothing. *sidecar* is the file of a program that runs beside it; by default none does.
    """
    chosen = dict(ports or free_ports())
    options = [f"--{name}-port={port}" for name, port in chosen.items()]
    options += [f"--zone={name}={zone_id}" for name, zone_id in (zones or {}).items()]
    options += [f"--vaults={vaults}"] if vaults else []
    options += [f"--sidecar={sidecar}"] if sidecar else []
    command = [sys.executable, "-m", "local", "serve", "--dir", str(directory), *options]
    with ExitStack() as stack:
        log = stack.enter_context((directory.parent / f"{directory.name}.log").open("ab"))
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log)
        stack.callback(_end, process)
        _await_ready(process, directory, chosen["api"], Path(log.name))
        token = Home(directory).token()
        client = httpx.Client(
            base_url=f"http://{HOST}:{chosen['api']}/client/v4",
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
            verify=trusted_at("http://"),
        )
        stack.enter_context(client)
        yield LocalCloudflare(
            directory,
            chosen["api"],
            chosen["edge"],
            chosen["s3"],
            token,
            client,
            process=process,
        )


def free_ports() -> dict[str, int]:
    """Three ports that nobody listens on at this moment."""
    with ExitStack() as stack:
        held = {name: stack.enter_context(socket.socket()) for name in ("api", "edge", "s3")}
        for each in held.values():
            each.bind((HOST, 0))
        return {name: each.getsockname()[1] for name, each in held.items()}


def _await_ready(process: subprocess.Popen[bytes], directory: Path, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(log.read_text())
        try:
            headers = {"authorization": f"Bearer {Home(directory).token()}"}
            url = f"http://{HOST}:{port}/local/status"
            answer = httpx.get(url, headers=headers, timeout=5, verify=trusted_at(url))
            if answer.is_success:
                return
        except Exception:  # noqa: BLE001, S110  # not yet: no token, no listener
            pass
        time.sleep(0.05)
    raise AssertionError(f"no answer within {START_SECONDS} s: {log.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
