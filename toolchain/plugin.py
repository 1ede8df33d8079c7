"""The plugins: the official ones wherever they can be had, else stand-ins that say so."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from common.files import replace
from toolchain import downloads
from toolchain.engine import ROOT, Engine
from toolchain.errors import ToolchainError
from toolchain.progress import step
from toolchain.run import run

Kind = Literal["official", "stand-in"]
KINDS: tuple[Kind, ...] = ("official", "stand-in")

Name = Literal["cloudflare", "docker"]
CLOUDFLARE: Name = "cloudflare"
DOCKER: Name = "docker"
"""Most programs do without this one: the engine itself gets the official one when one needs it."""

VARIABLE = "CHITTYOS_PLUGIN"
"""Asks for a plugin by name: `official` or `stand-in`. Default: the official one if possible."""

RECORD = "plugins.json"
"""File beside a state that says which plugins it was made with."""

HOSTS = ("https://github.com/", "https://get.pulumi.com/")
"""Where the engine downloads plugins, in its order."""


@dataclass(frozen=True)
class Plugin:
    """What answers for the resources of one SDK."""

    kind: Kind
    version: str
    name: Name = CLOUDFLARE
    """The SDK, as Pulumi names it."""

    @property
    def executable(self) -> str:
        return f"pulumi-resource-{self.name}"


def pinned_version(name: Name = CLOUDFLARE, root: Path = ROOT) -> str:
    """Read which plugin belongs to the pinned SDK."""
    requirements = (root / "requirements" / "base.in").read_text()
    found = re.search(rf"^pulumi-{name}==(\S+)$", requirements, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"requirements/base.in does not pin pulumi-{name}")
    return found[1]


def ensure(
    engine: Engine,
    state: Path,
    environ: Mapping[str, str] | None = None,
    name: Name = CLOUDFLARE,
) -> Plugin:
    """Choose the plugin *name* for the local state in folder *state* and see that it can run.

    What a state was made with stays its plugin: asking for the other one is refused.
    Raises `ToolchainError` for that, and for a download that fails although a host answers.
    """
    environ = os.environ if environ is None else environ
    recorded = _recorded(state, name)
    wanted = _asked(environ) or (recorded.kind if recorded else None)
    if recorded and recorded.kind != wanted:
        raise ToolchainError(
            f"the state in {state} was made with the {recorded.kind} {name} plugin and "
            f"{VARIABLE} asks for the other one; unset it to go on as before, or run make reset "
            "to start afresh with the other"
        )
    try:
        plugin = Plugin(_available(engine, wanted, environ, name), pinned_version(name), name)
    except ToolchainError as error:
        if recorded is None:
            raise
        raise ToolchainError(
            f"{error}; the state in {state} was made with that plugin: get it, or run make reset "
            "to start afresh without it"
        ) from error
    _record(state, plugin)
    return plugin


def official(
    engine: Engine, environ: Mapping[str, str] | None = None, name: Name = CLOUDFLARE
) -> Plugin:
    """See that the official plugin can run: stacks on real accounts have no other."""
    environ = os.environ if environ is None else environ
    return Plugin(_available(engine, "official", environ, name), pinned_version(name), name)


def _asked(environ: Mapping[str, str]) -> Kind | None:
    asked = environ.get(VARIABLE, "")
    if not asked:
        return None
    if asked not in KINDS:
        raise ToolchainError(f"{VARIABLE} is {asked!r}; it takes {' or '.join(KINDS)}")
    return asked


def _recorded(state: Path, name: Name) -> Plugin | None:
    records = _records(state)
    if not records or (name != CLOUDFLARE and name not in records):
        return None  # a state is there before it has any docker resource
    try:
        return Plugin(**{"name": name, **records[name]})
    except (KeyError, TypeError) as error:
        raise _damaged(state) from error


def _records(state: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((state / RECORD).read_text()))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise _damaged(state) from error


def _damaged(state: Path) -> ToolchainError:
    return ToolchainError(f"{state / RECORD} cannot be read; run make reset")


def _record(state: Path, plugin: Plugin) -> None:
    """Write it whole or not at all: a kill on the way would leave a state that nothing opens."""
    known = _records(state)
    records = {**known, plugin.name: asdict(plugin)}
    if records != known:
        state.mkdir(parents=True, exist_ok=True)
        replace(state / RECORD, (json.dumps(records) + "\n").encode())


def _available(engine: Engine, wanted: Kind | None, environ: Mapping[str, str], name: Name) -> Kind:
    version = pinned_version(name)
    if wanted == "stand-in":
        return "stand-in"
    if _installed(version, environ, name) or (name == DOCKER and wanted == "official"):
        return "official"
    if any(downloads.reachable(host) for host in HOSTS):
        if name != DOCKER:
            _install(engine, version, name)
        return "official"
    if wanted == "official":
        raise ToolchainError(
            f"the official {name} plugin {version} is not installed and no host that has it "
            "can be reached; connect to the network and try again"
        )
    return "stand-in"


def _installed(version: str, environ: Mapping[str, str], name: Name) -> bool:
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    folder = home / "plugins" / f"resource-{name}-v{version}"
    partial = folder.with_name(folder.name + ".partial")
    return (folder / f"pulumi-resource-{name}").is_file() and not partial.exists()


def _install(engine: Engine, version: str, name: Name) -> None:
    with step(f"downloading the {name} plugin {version}"):
        run(
            [engine.path, "plugin", "install", "resource", name, version],
            cwd=ROOT,
            log=ROOT / ".local" / "log" / "plugin.log",
            environ={"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
