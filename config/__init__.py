"""The typed configuration of a stack."""

from config.model import Environment
from config.platform import PlatformConfig, load
from config.problems import ConfigError, Problem
from config.source import Source, file_name, from_engine, from_file

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
