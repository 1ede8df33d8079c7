"""Public clients of protocols, as programs of Node, that ask a running worker."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.bundle import ROOT

HERE = Path(__file__).parent
PATIENCE = 300

Calls = Sequence[tuple[str, Mapping[str, Any]]]
"""What to call, and with what."""


def speak_mcp(client: str, url: str, headers: Mapping[str, str], calls: Calls = ()) -> Any:
    """Connect to *url* with *client* (`sdk 1.32.2`), list the tools, and make *calls*."""
    return _run("mcp.mjs", client=client, url=url, headers=headers, calls=calls)


def use_openapi(description: Path, folder: Path, calls: Calls, **given: Any) -> Any:
    """Make a client of *description* in *folder*, and make *calls* with it.

    *given* are `url`, `headers`, and `token`, which is None for nobody.
    """
    modules = str(ROOT / "node_modules")
    made = {"description": str(description), "folder": str(folder), "modules": modules}
    return _run("openapi.mjs", **made, calls=calls, **given)


def _run(program: str, **given: Any) -> Any:
    done = subprocess.run(
        ["node", str(HERE / program)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
