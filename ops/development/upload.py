"""The way of a bundle into the account: content only, as wrangler puts it; all else stays."""

import json
from typing import Any

from common.json_types import Json
from common.user_agents import DEVELOPMENT
from components.bundle import MODULE
from ops.stack import local_control
from ops.stack.target import Target

MEDIA_TYPE = "application/javascript+module"
HELD_SECONDS = 15
"""How long workers stay in development when nobody says any more that they are to."""


class Account:
    """The local Cloudflare of *target*, asked over one connection."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client = local_control.connected(target, DEVELOPMENT)

    def enter(self, scripts: list[str]) -> None:
        """Have *scripts* run in processes of their own from now on; to be said again in time."""
        held = {"workers": scripts, "seconds": HELD_SECONDS}
        self._ask("PUT", "/local/development", json=held)

    def leave(self) -> None:
        """Have every worker run with the others again."""
        self._ask("DELETE", "/local/development")

    def developed(self) -> Json:
        """Map scripts that serve what was put here to the checksum of it."""
        return dict(self._ask("GET", "/local/status")["developed"])

    def put(self, script: str, module: bytes) -> None:
        """Serve *module* as *script*. Raises `control.RefusedError` with why it does not run."""
        path = f"/client/v4/accounts/{self._target.account}/workers/scripts/{script}/content"
        metadata = json.dumps({"main_module": MODULE})
        files = {
            "metadata": (None, metadata, "application/json"),
            MODULE: (MODULE, module, MEDIA_TYPE),
        }
        self._ask("PUT", path, files=files)

    def logs(self, since: float) -> list[Json]:
        """Return what workers printed and threw after *since*, seconds since the epoch."""
        given = {"since": repr(since)}
        return local_control.ask_for_list(self._target, "/local/logs", self._client, params=given)

    def close(self) -> None:
        """Give the connection up."""
        self._client.close()

    def _ask(self, method: str, path: str, **sent: Any) -> Json:
        return local_control.ask(self._target, method, path, client=self._client, **sent)
