"""The data plane of the local Cloudflare: `Runtime` makes a `Cloud` run on one workerd."""

from local.records.model import S3Credentials
from local.runtime.assembly.registry import DATA
from local.runtime.errors import DirectoryInUseError, NotServingError, NoWorkerdError
from local.runtime.runtime import Runtime

__all__ = [
    "DATA",
    "DirectoryInUseError",
    "NoWorkerdError",
    "NotServingError",
    "Runtime",
    "S3Credentials",
]
