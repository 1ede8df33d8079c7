"""The local Cloudflare as the configuration wants it: its ports, its account and its zones."""

import shutil
import subprocess
import sys

from rich.markup import escape

from components.bundle import BUILD
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.terminal import console


def start(paths: Paths, target: Target) -> None:
    """Start the local Cloudflare of *target*, unless it runs; its addresses are printed.

    Raises `HomeError` when it does not come up, with why and what to do.
    """
    from local.process import cli, daemon  # noqa: PLC0415 - most commands start nothing

    # A bundle is not kept where a name beside its modules is new: so this one comes long before.
    (paths.root / BUILD).mkdir(exist_ok=True)
    home = cli.opened(paths.cloudflare)
    api = target.api_port
    zones = [f"{name}={identifier}" for name, identifier in target.zones.items()]
    vaults = [system.vaults for system in systems_of(target) if system.vaults]
    account = target.account or None
    changes = cli.asked_for(api, api + 1, api + 2, zones, vaults=vaults, account=account)
    with console.out.status("starting the local Cloudflare"):
        found = daemon.start(home, changes, lambda said: console.out.print(escape(said)))
    cli.show(found)


def reset(paths: Paths) -> None:
    """Delete the local Cloudflare, and all that this machine keeps of the stacks on it."""
    if paths.cloudflare.exists():
        _local(paths, ["stop", "--dir", str(paths.cloudflare)])
        if _local(paths, ["reset", "--dir", str(paths.cloudflare), "--yes", "--quiet"]):
            raise OpsError("the local Cloudflare could not be deleted; nothing else was")
    for folder in (paths.state, paths.stacks):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (paths.passphrase, paths.development_token):
        file.unlink(missing_ok=True)


def _local(paths: Paths, arguments: list[str]) -> int:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(command, cwd=paths.root, check=False).returncode
