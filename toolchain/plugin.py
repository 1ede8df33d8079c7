"""The cloudflare plugin: the official one wherever it can be had, else a stand-in that says so."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from toolchain import downloads
from toolchain.engine import ROOT, Engine
from toolchain.errors import ToolchainError
from toolchain.progress import step
from toolchain.run import run

Kind = Literal["official", "stand-in"]
KINDS: tuple[Kind, ...] = ("official", "stand-in")

VARIABLE = "CHITTYOS_PLUGIN"
"""Asks for a plugin by name: `official` or `stand-in`. Default: the official one if possible."""

HOSTS = ("https://github.com/", "https://get.pulumi.com/")
"""Where the engine downloads plugins, in its order."""

_PIN = re.compile(r"^pulumi-cloudflare==(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Plugin:
    """What answers for `cloudflare` resources."""

    kind: Kind
    version: str


def pinned_version(root: Path = ROOT) -> str:
    """Read which plugin belongs to the pinned SDK."""
    found = _PIN.search((root / "requirements" / "base.in").read_text())
    if found is None:
        raise ToolchainError("requirements/base.in does not pin pulumi-cloudflare")
    return found[1]


def ensure(engine: Engine, state: Path, environ: Mapping[str, str] | None = None) -> Plugin:
    """Choose the plugin for the local state in folder *state* and see that it can run.

    What a state was made with stays its plugin: asking for the other one is refused.
    Raises `ToolchainError` for that, and for a download that fails although a host answers.
    """
    environ = os.environ if environ is None else environ
    recorded = _recorded(state)
    wanted = _asked(environ) or (recorded.kind if recorded else None)
    if recorded and recorded.kind != wanted:
        raise ToolchainError(
            f"the state in {state} was made with the {recorded.kind} cloudflare plugin and "
            f"{VARIABLE} asks for the other one; unset it to go on as before, or run make reset "
            "to start afresh with the other"
        )
    try:
        plugin = Plugin(_available(engine, wanted, environ), pinned_version())
    except ToolchainError as error:
        if recorded is None:
            raise
        raise ToolchainError(
            f"{error}; the state in {state} was made with that plugin: get it, or run make reset "
            "to start afresh without it"
        ) from error
    _record(state, plugin)
    return plugin


def official(engine: Engine, environ: Mapping[str, str] | None = None) -> Plugin:
    """See that the official plugin can run: stacks on real accounts have no other."""
    environ = os.environ if environ is None else environ
    return Plugin(_available(engine, "official", environ), pinned_version())


def _asked(environ: Mapping[str, str]) -> Kind | None:
    asked = environ.get(VARIABLE, "")
    if not asked:
        return None
    if asked not in KINDS:
        raise ToolchainError(f"{VARIABLE} is {asked!r}; it takes {' or '.join(KINDS)}")
    return asked


def _recorded(state: Path) -> Plugin | None:
    try:
        facts = json.loads((state / "plugins.json").read_text())["cloudflare"]
        return Plugin(**facts)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ToolchainError(f"{state / 'plugins.json'} cannot be read; run make reset") from error


def _record(state: Path, plugin: Plugin) -> None:
    state.mkdir(parents=True, exist_ok=True)
    (state / "plugins.json").write_text(json.dumps({"cloudflare": asdict(plugin)}) + "\n")


def _available(engine: Engine, wanted: Kind | None, environ: Mapping[str, str]) -> Kind:
    version = pinned_version()
    if wanted == "stand-in":
        return "stand-in"
    if _installed(version, environ):
        return "official"
    if any(downloads.reachable(host) for host in HOSTS):
        _install(engine, version)
        return "official"
    if wanted == "official":
        raise ToolchainError(
            f"the official cloudflare plugin {version} is not installed and no host that has it "
            "can be reached; connect to the network and try again"
        )
    return "stand-in"


def _installed(version: str, environ: Mapping[str, str]) -> bool:
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    folder = home / "plugins" / f"resource-cloudflare-v{version}"
    partial = folder.with_name(folder.name + ".partial")
    return (folder / "pulumi-resource-cloudflare").is_file() and not partial.exists()


def _install(engine: Engine, version: str) -> None:
    with step(f"downloading the cloudflare plugin {version}"):
        run(
            [engine.path, "plugin", "install", "resource", "cloudflare", version],
            cwd=ROOT,
            log=ROOT / ".local" / "log" / "plugin.log",
            environ={"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
