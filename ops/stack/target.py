"""A stack before anything is loaded: its name, its kind, and the cloud it stands on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.reading.problems import show
from config.reading.source import STACK_NAME, read_values
from ops.errors import OpsError
from ops.paths import Paths
from planning import addresses
from planning.refusals import RefusedError

DEVELOPMENT = "development"
ENVIRONMENTS = (DEVELOPMENT, "staging", "production")
BASE_URL = "cloudflare:baseUrl"
REHEARSAL = "chittyos:rehearsal"
DEFAULT_API = "https://api.cloudflare.com/client/v4"

Config = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A stack that a command is for."""

    name: str
    """Name of the stack, of which the file `Pulumi.<name>.yaml` speaks."""

    environment: str
    """What it is for: development, staging or production."""

    config: Config
    """The block `config:` of its file, as written."""

    @property
    def local(self) -> bool:
        """Whether it stands on the local Cloudflare, with its state on this machine."""
        return self.environment == DEVELOPMENT or bool(self.config.get(REHEARSAL))

    @property
    def api(self) -> str:
        """Address of the API that its resources live behind."""
        return str(self.config.get(BASE_URL) or DEFAULT_API).rstrip("/")

    @property
    def api_port(self) -> int:
        """Port of the local Cloudflare; the two after it are its edge and its S3 API."""
        try:
            return addresses.local_port(self.api)
        except RefusedError as error:
            what = f"{show(self.api)} is refused"
            raise OpsError(f"Pulumi.{self.name}.yaml: {BASE_URL}: {what}: {error}") from None

    def setting(self, key: str) -> Any:
        """Return what the file says at *key*, `system:a.b[0]`; `None` where it says nothing.

        A text is given with the name of the stack in it, as the program reads it.
        """
        head, *parts = key.replace("[", ".[").split(".")
        found: Any = self.config.get(head)
        for part in parts:
            if part.startswith("[") and isinstance(found, list):
                found = found[int(part[1:-1])]
            else:
                found = found.get(part) if isinstance(found, Mapping) else None
        return found.replace("{stack}", self.name) if isinstance(found, str) else found

    @property
    def account(self) -> str:
        return str(self.config.get("chittyos:account", ""))

    @property
    def zones(self) -> dict[str, str]:
        """Name and id of each zone that the configuration lists completely."""
        listed = self.config.get("chittyos:zones")
        zones = [z for z in listed if isinstance(z, dict)] if isinstance(listed, list) else []
        return {str(zone["name"]): str(zone["id"]) for zone in zones if {"name", "id"} <= set(zone)}


def check_name(stack: str) -> None:
    """Raise `OpsError` for what cannot be the name of a stack: it stands in names and in paths."""
    if not re.fullmatch(STACK_NAME, stack):
        raise OpsError(
            f"{stack!r} is no name of a stack; give up to 41 small letters, digits and -"
        )


def read_target(paths: Paths, stack: str, draft: Path | None = None) -> Target:
    """Read of the tracked file, or a *draft* of it, what decides how *stack* is run.

    Raises `OpsError` for a stack without a file and for a file that says no environment.
    """
    check_name(stack)
    path = draft or paths.tracked(stack)
    config = read_config(path)
    environment = config.get("chittyos:environment")
    if environment not in ENVIRONMENTS:
        allowed = ", ".join(ENVIRONMENTS)
        raise OpsError(
            f"{path.name}: chittyos:environment: is {show(environment)}; set it to one of {allowed}"
        )
    return Target(stack, environment, config)


def read_config(path: Path) -> Config:
    """Read the block `config:` of a stack file, as `config` itself reads it.

    Raises `OpsError` when there is no file or no block, `ConfigError` when it cannot be read.
    """
    if not path.exists():
        known = sorted(file.name for file in path.parent.glob("Pulumi.*.yaml"))
        raise OpsError(
            f"{path.name} does not exist; the files of stacks here: {', '.join(known) or 'none'}"
        )
    config = read_values(path)
    if not config:
        raise OpsError(f"{path.name}: there is no block `config:`; see docs/configuration.md")
    return config
