"""What a command runs with: the engine, the cloudflare plugin, and the folder that has both."""

from dataclasses import dataclass
from pathlib import Path

from ops.paths import Paths
from ops.stack.target import Target
from toolchain import engine, plugin, search_path
from toolchain.engine import Engine
from toolchain.plugin import Plugin

ENGINE_ORIGINS = {
    "path": "found on the PATH",
    "download": "the official download",
    "built": "built from its Go module",
}
PLUGIN_KINDS = {
    "official": "the official plugin",
    "stand-in": "the stand-in of this project, for the local Cloudflare only",
}


@dataclass(frozen=True)
class Tools:
    """An engine and a plugin that can run."""

    engine: Engine
    plugin: Plugin
    folder: Path
    """Goes first on the PATH."""

    def describe(self) -> str:
        """Say in two lines which engine and which plugin run."""
        return (
            f"engine: Pulumi {self.engine.version}, {ENGINE_ORIGINS[self.engine.origin]}\n"
            f"plugin: cloudflare {self.plugin.version}, {PLUGIN_KINDS[self.plugin.kind]}"
        )

    def pack(self, paths: Paths) -> Path:
        """Return what the engine is given as policy pack: the quickest that it can start."""
        return paths.pack if self.engine.runs_executable_packs else paths.policies

    def for_shell(self, paths: Paths) -> Path:
        """Return what goes first on the PATH of a shell, where plain `pulumi` is to work."""
        return search_path.compose(self.engine, self.plugin, paths.root, programs=True)


def tools_for(paths: Paths, target: Target) -> Tools:
    """Find or get what *target* is run with; a stack on a real account gets no stand-in."""
    found = engine.ensure(engine.Places(paths.root))
    chosen = plugin.ensure(found, paths.plugin_record) if target.local else plugin.official(found)
    return Tools(found, chosen, search_path.compose(found, chosen, paths.root))
