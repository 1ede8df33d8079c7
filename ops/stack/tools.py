"""What a command runs with: the engine, the plugins, and the folder that has them."""

from dataclasses import dataclass
from pathlib import Path

from ops.paths import Paths
from ops.stack.target import Target
from toolchain import engine, plugin, search_path
from toolchain.engine import Engine
from toolchain.plugin import CLOUDFLARE, DOCKER, Name, Plugin

ENGINE_ORIGINS = {
    "path": "found on the PATH",
    "download": "the official download",
    "built": "built from its Go module",
}
PLUGIN_KINDS = {
    "official": "the official plugin",
    "stand-in": "the stand-in of this project, for {} only",
}
SPEAK_TO = {"cloudflare": "the local Cloudflare", "docker": "Docker Engines of this machine"}
"""Plugin → what its stand-in speaks to."""


@dataclass(frozen=True)
class Tools:
    """An engine and plugins that can run."""

    engine: Engine
    plugins: tuple[Plugin, ...]
    folder: Path
    """Goes first on the PATH."""

    def describe(self) -> str:
        """Say, each in a line, which engine and which plugins run."""
        engine = f"engine: Pulumi {self.engine.version}, {ENGINE_ORIGINS[self.engine.origin]}"
        return "\n".join([engine, *map(_described, self.plugins)])

    def pack(self, paths: Paths) -> Path:
        """Return what the engine is given as policy pack: the quickest that it can start."""
        return paths.pack if self.engine.runs_executable_packs else paths.policies

    def for_shell(self, paths: Paths) -> Path:
        """Return what goes first on the PATH of a shell, where plain `pulumi` is to work."""
        return search_path.compose(self.engine, self.plugins, paths.root, programs=True)


def tools_for(paths: Paths, target: Target, *, plugins: bool = True) -> Tools:
    """Find or get what *target* is run with; a stack on a real account gets no stand-in.

    *plugins*: whether its resources are to be reached. Default: they are.
    """
    found = engine.ensure(engine.Places(paths.root))
    names: tuple[Name, ...] = (CLOUDFLARE, DOCKER) if plugins else ()
    chosen = tuple(_plugin(found, paths, target, name) for name in names)
    return Tools(found, chosen, search_path.compose(found, chosen, paths.root))


def _plugin(found: Engine, paths: Paths, target: Target, name: Name) -> Plugin:
    if target.local:
        return plugin.ensure(found, paths.plugin_record, name=name)
    return plugin.official(found, name=name)


def _described(chosen: Plugin) -> str:
    kind = PLUGIN_KINDS[chosen.kind].format(SPEAK_TO[chosen.name])
    return f"plugin: {chosen.name} {chosen.version}, {kind}"
