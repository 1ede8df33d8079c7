"""The data plane of the local Cloudflare: `Runtime` makes a `Cloud` run on one workerd."""

from local.model import S3Credentials
from local.runtime.host_os import NoWorkerdError
from local.runtime.lock import DirectoryInUseError
from local.runtime.runtime import Runtime
from local.runtime.supervisor import NotServingError

__all__ = [
    "DirectoryInUseError",
    "NoWorkerdError",
    "NotServingError",
    "Runtime",
    "S3Credentials",
]
