"""The typed configuration of a stack."""

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
