"""A clone of the project in a folder of its own: its ports, its state, its local Cloudflare."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from common.certificates import trusted_at

ROOT = Path(__file__).resolve().parents[1]
SHARED = (".venv", "node_modules")
COMPILED = "__pycache__"
STAMPS = (".venv/.made-by", ".venv/.installed-from", "node_modules/.installed-from")
NOTE_PACKAGES = """
from pathlib import Path
from toolchain import node_packages, python_packages
for module in (python_packages, node_packages):
    for name in ("run", "_create", "_compile"):
        if hasattr(module, name):
            setattr(module, name, lambda *_, **__: None)
python_packages.ensure(Path.cwd())
node_packages.ensure(Path.cwd())
"""
PORTS = 3
KEY = re.compile(r"^(  (\w+):)", re.MULTILINE)
"""A key of the configuration, by which a block begins, and the system that it belongs to."""

OF_ALL = ("cloudflare", "chittyos")
OF_A_RUN = ("pulumi", "-m provider", "-m ops")
"""One of these is in the command line of the engine, each of its plugins and its hosts."""

ACCOUNT = "0" * 32


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    """Standard output."""

    err: str
    """Standard error."""

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass
class Clone:
    """The project in *root*, its local Cloudflare at *port* and the two after it."""

    root: Path
    port: int

    def ops(
        self, *arguments: str, given: Mapping[str, str] | None = None, piped: str | None = None
    ) -> Done:
        """Run `python -m ops` with *arguments*, variables as *given*, and *piped* as its input."""
        return self._run([sys.executable, "-m", "ops", *arguments], given, piped)

    def local(self, *arguments: str) -> Done:
        """Run `python -m local` on the clone's own local Cloudflare."""
        command = [sys.executable, "-m", "local", *arguments, "--dir", ".local/cloudflare"]
        return self._run(command, None)

    def end(self) -> None:
        """Stop the local Cloudflare and delete the folder, which tests may have in memory."""
        stopped = self.local("stop")
        if stopped.code:
            raise AssertionError(stopped.said)
        shutil.rmtree(self.root)

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin `python -m ops` in a process group of its own, its output in a pipe."""
        return subprocess.Popen(
            [sys.executable, "-u", "-m", "ops", *arguments],
            cwd=self.root,
            env=self._environ(None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def configuration(self, stack: str = "development") -> Path:
        """Name the configuration of *stack*."""
        return self.root / f"Pulumi.{stack}.yaml"

    def keep(self, *systems: str, stack: str = "development") -> None:
        """Leave all but *systems* out of *stack*, for tests of what one has as well as all.

        A first `up` of the whole platform takes some twenty seconds of a processor.
        """
        text = KEY.split(self.configuration(stack).read_text())
        blocks = zip(text[1::3], text[2::3], text[3::3], strict=True)
        kept = [line + rest for line, space, rest in blocks if space in {*systems, *OF_ALL}]
        listed = f"  chittyos:systems: [{', '.join(systems)}]\n"
        self.configuration(stack).write_text("".join([text[0], *kept, listed]))

    def tracked(self) -> dict[str, str]:
        """Read the configuration that the repository has of every stack."""
        return {path.name: path.read_text() for path in self.root.glob("Pulumi.*")}

    def state(self, stack: str = "development") -> str:
        """Read the state of *stack* as it is stored."""
        path = self.root / ".local" / "state" / ".pulumi" / "stacks" / "chittyos"
        file = path / f"{stack}.json"
        return file.read_text() if file.exists() else ""

    def resources(self, stack: str = "development") -> list[dict[str, Any]]:
        """Read the resources of *stack* out of its state."""
        latest = json.loads(self.state(stack))["checkpoint"]["latest"] or {}
        return list(latest.get("resources", []))

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask the local API v4 for the result at *path* of the account."""
        token = (self.root / ".local" / "cloudflare" / "token").read_text().strip()
        url = f"http://127.0.0.1:{self.port}/client/v4/accounts/{ACCOUNT}{path}"
        headers = {"Authorization": f"Bearer {token}"}
        trusted = trusted_at(url)
        answer = httpx.request(method, url, headers=headers, json=body, timeout=30, verify=trusted)
        answer.raise_for_status()
        return answer.json()["result"]

    def ask(self, host: str, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask the worker at *host* through the edge, with the development token."""
        token = (self.root / ".local" / "development-token").read_text().strip()
        headers = {"Host": host, "Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.port + 1}{path}"
        trusted = trusted_at(url)
        return httpx.request(method, url, headers=headers, timeout=30, verify=trusted, **sent)

    def pulumi(self, *arguments: str, given: str = "", stack: str = "development") -> Done:
        """Run plain `pulumi` as `ops env` sets *stack* up; *given* on standard input."""
        exports = self.ops("env", stack)
        if exports.code:
            raise RuntimeError(exports.said)
        done = subprocess.run(
            ["/bin/sh", "-euc", f'{exports.out}\nexec pulumi "$@"', "sh", *arguments],
            cwd=self.root,
            env=self._environ(None),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def _run(
        self, command: list[str], given: Mapping[str, str] | None, piped: str | None = None
    ) -> Done:
        source: dict[str, Any] = (
            {"stdin": subprocess.DEVNULL} if piped is None else {"input": piped}
        )
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self._environ(given),
            **source,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def _environ(self, given: Mapping[str, str] | None) -> dict[str, str]:
        # An engine of this machine is nobody's to be filled by a clone that does not ask for it.
        own = {"CHITTYOS_PLUGIN": "stand-in", "CHITTYOS_CONNECT_HOST": "processes"}
        environ = {**own, **os.environ, **(given or {})}
        if environ["CHITTYOS_PLUGIN"] == "stand-in":
            environ["PULUMI_HOME"] = str(self.root / ".local" / "home")
        return environ


def make_clone(root: Path, port: int | None = None, source: Path = ROOT) -> Clone:
    """Copy what git would have of the working tree *source* to *root*. *port*: default, free ones.

    What Python has compiled of it comes along: each new clone would compile some hundred files.
    """
    for folder in {name.parent for name in _copy(source, root) if name.suffix == ".py"}:
        _copy_compiled(source / folder / COMPILED, root / folder / COMPILED)
    for name in SHARED:
        (root / name).symlink_to(ROOT / name)
    return _with_ports(root, port or free_ports())


def make_set_up_clone(root: Path, source: Path = ROOT) -> Clone:
    """Copy the checkout *source*, which was set up, so that `make` finds nothing to set up in it.

    Packages are linked file by file, and the copy's own set-up notes that they are there.
    """
    _copy(source, root)
    for name in SHARED:
        shutil.copytree((source / name).resolve(), root / name, symlinks=True, copy_function=_link)
    for stamp in STAMPS:
        (root / stamp).unlink(missing_ok=True)  # else the stamp of *source* would be written
    subprocess.run([sys.executable, "-c", NOTE_PACKAGES], cwd=root, check=True)
    return _with_ports(root, free_ports())


def _copy_compiled(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in source.glob("*.pyc"):
        with suppress(FileNotFoundError):  # somebody else has compiled it anew meanwhile
            shutil.copy2(file, target)


def _copy(source: Path, root: Path) -> list[Path]:
    """Copy what git would have of *source* to *root*; return which files that is."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [Path(name) for name in listed.stdout.split("\0") if (source / name).is_file()]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, root / name)
    return names


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _with_ports(root: Path, port: int) -> Clone:
    _set_ports(root / "Pulumi.development.yaml", port)
    return Clone(root, port)


def free_ports() -> int:
    """Find a port that is free with the two after it."""
    while True:
        first = random.randrange(20_000, 32_000)  # noqa: S311 - nothing secret
        if all(map(_is_free, range(first, first + PORTS))):
            return first


def kill_group(process: "subprocess.Popen[str]") -> None:
    """Kill *process* and all of its group at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def runs_of(root: Path, patience: float = 15) -> list[str]:
    """List what still runs of an engine of *root*, after waiting up to *patience* for none."""
    ends = time.monotonic() + patience
    while True:
        shown = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True
        )
        ours = (line.strip() for line in shown.stdout.splitlines() if str(root) in line)
        found = [line for line in ours if any(part in line for part in OF_A_RUN)]
        if not found or time.monotonic() > ends:
            return found
        time.sleep(0.2)


def _set_ports(path: Path, port: int) -> None:
    text = path.read_text()
    text, api = re.subn(r"127\.0\.0\.1:4400\b", f"127.0.0.1:{port}", text)
    text, s3 = re.subn(r"127\.0\.0\.1:4402\b", f"127.0.0.1:{port + 2}", text)
    if (api, s3) != (1, 1):
        raise ValueError(f"{path.name} names the ports 4400 and 4402 not once each")
    path.write_text(text)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
