"""The typed configuration of a stack.

Names are imported when they are asked for: whoever reads a file needs no model.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.fields import Environment
    from config.platform import load
    from config.platform_config import PlatformConfig
    from config.reading.problems import ConfigError, Problem
    from config.reading.source import Source, file_name, from_engine, from_file

__all__ = [
    "ConfigError",
    "Environment",
    "PlatformConfig",
    "Problem",
    "Source",
    "file_name",
    "from_engine",
    "from_file",
    "load",
]

_HOMES = {
    "config.fields": ("Environment",),
    "config.platform": ("load",),
    "config.platform_config": ("PlatformConfig",),
    "config.reading.problems": ("ConfigError", "Problem"),
    "config.reading.source": ("Source", "file_name", "from_engine", "from_file"),
}


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    return getattr(import_module(home), name)
