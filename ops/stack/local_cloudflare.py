"""The local Cloudflare as the configuration wants it: its ports and its zones."""

import shutil
import subprocess
import sys

from ops.errors import OpsError
from ops.layout import Layout
from ops.target import Target


def start(layout: Layout, target: Target) -> None:
    """Start the local Cloudflare of *target*, unless it runs; its addresses are printed.

    Ends the command when it does not come up: why was said by then, with what to do.
    """
    ports = ("--api-port", "--edge-port", "--s3-port")
    arguments = ["start", "--dir", str(layout.cloudflare)]
    for offset, option in enumerate(ports):
        arguments += [option, str(target.api_port + offset)]
    for name, identifier in target.zones.items():
        arguments += ["--zone", f"{name}={identifier}"]
    if code := _local(layout, arguments):
        raise SystemExit(code)


def reset(layout: Layout) -> None:
    """Delete the local Cloudflare, and all that this machine keeps of the stacks on it."""
    if layout.cloudflare.exists():
        _local(layout, ["stop", "--dir", str(layout.cloudflare)])
        if _local(layout, ["reset", "--dir", str(layout.cloudflare), "--yes", "--quiet"]):
            raise OpsError("the local Cloudflare could not be deleted; nothing else was")
    for folder in (layout.state, layout.stacks):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (layout.passphrase, layout.development_token):
        file.unlink(missing_ok=True)


def _local(layout: Layout, arguments: list[str]) -> int:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(command, cwd=layout.root, check=False).returncode
