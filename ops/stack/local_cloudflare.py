"""The local Cloudflare as the configuration wants it: its ports and its zones."""

import shutil
import subprocess
import sys

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.target import Target


def start(paths: Paths, target: Target) -> None:
    """Start the local Cloudflare of *target*, unless it runs; its addresses are printed.

    Ends the command when it does not come up: why was said by then, with what to do.
    """
    ports = ("--api-port", "--edge-port", "--s3-port")
    arguments = ["start", "--dir", str(paths.cloudflare)]
    for offset, option in enumerate(ports):
        arguments += [option, str(target.api_port + offset)]
    for name, identifier in target.zones.items():
        arguments += ["--zone", f"{name}={identifier}"]
    if code := _local(paths, arguments):
        raise SystemExit(code)


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
