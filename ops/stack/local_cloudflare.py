"""The local Cloudflare as the configuration wants it: its ports, its account and its zones."""

import hashlib
import shutil
import subprocess
import sys
from typing import Any

from rich.markup import escape

from components.bundle import BUILD
from config import PlatformConfig
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.terminal import console
from planning.refusals import RefusedError
from systems.sidecars import Sidecar


def start(paths: Paths, target: Target, config: PlatformConfig) -> None:
    """Start the local Cloudflare of *target*, unless it runs; its addresses are printed.

    With it run the sidecars that systems of *config* want. Raises `HomeError` when it does not come
    up, with why and what to do.
    """
    from local.process import cli, daemon  # noqa: PLC0415 - most commands start nothing

    # A bundle is not kept where a name beside its modules is new: so this one comes long before.
    (paths.root / BUILD).mkdir(exist_ok=True)
    beside = sidecars(target, config)
    home = cli.opened(paths.cloudflare)
    api = target.api_port
    zones = [f"{name}={identifier}" for name, identifier in target.zones.items()]
    vaults = [system.vaults for system in systems_of(target) if system.vaults]
    account = target.account or None
    changes = cli.asked_for(api, api + 1, api + 2, zones, vaults=vaults, account=account)
    changes["sidecars"] = {each.name: _declared(paths, each) for each in beside.values()}
    with console.out.status("starting the local Cloudflare"):
        found = daemon.start(home, changes, lambda said: console.out.print(escape(said)))
    cli.show(found, live_page(paths))
    for title, each in beside.items():
        console.out.print(escape(f"{title}: {each.about}"))


def live_page(paths: Paths) -> str:
    """Return an address of the live page, which holds for ten minutes; "" where it has none."""
    from local.process import cli  # noqa: PLC0415 - most commands start nothing

    return cli.live_page(cli.opened(paths.cloudflare))


def sidecars(target: Target, config: PlatformConfig) -> dict[str, Sidecar]:
    """Return what runs beside the local Cloudflare, by the titles of the systems.

    Raises `OpsError` for what the environment asks for and is not there.
    """
    wanted = (
        (system.title, system.sidecar(config.blocks[system.name].settings))
        for system in systems_of(target)
        if system.name in config.blocks
    )
    try:
        return {title: sidecar for title, sidecar in wanted if sidecar}
    except RefusedError as error:
        raise OpsError(str(error)) from error


def _declared(paths: Paths, sidecar: Sidecar) -> dict[str, Any]:
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sidecar.made_of)).hexdigest()
    return {
        "command": sidecar.command,
        "folder": str(paths.root),
        "serves": sidecar.serves,
        "digest": digest,
    }


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
