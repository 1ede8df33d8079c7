"""The configuration of the provider: which Docker Engine it talks to."""

import os
from collections.abc import Iterator

from common.json_types import Json
from provider.errors import PluginError
from provider.validation import Failure
from provider.values import UNKNOWN

DEFAULT = "unix:///var/run/docker.sock"
LOCAL = "unix://"
_ELSEWHERE = (
    f"the stand-in plugin talks to a socket of this machine only ({DEFAULT}), not to '{{}}'; "
    "ssh:// and tcp:// take the official docker plugin: get it, and set CHITTYOS_PLUGIN=official"
)
_TAKEN = {"host", "disableDockerDaemonCheck", "version", "pluginDownloadURL"}


def failures(configured: Json) -> list[Failure]:
    """Return what is wrong with the opened configuration: (property, reason)."""
    return [*_unsupported(configured), *_wrong_host(configured)]


def host(configured: Json) -> str:
    """Return the address of the engine: of the stack, `DOCKER_HOST`, or Docker's own socket.

    Raises `PluginError` with what is wrong in *configured*, which is opened.
    """
    for name, reason in failures(configured):
        raise PluginError(f"docker:{name}: {reason}")
    return _given(configured)


def _given(configured: Json) -> str:
    return str(configured.get("host") or os.environ.get("DOCKER_HOST") or DEFAULT)


def _wrong_host(configured: Json) -> Iterator[Failure]:
    given = _given(configured)
    if given == UNKNOWN:
        yield "host", "it is not known yet, and the stand-in plugin needs it now"
    elif not given.startswith(f"{LOCAL}/"):
        yield "host", _ELSEWHERE.format(given)


def _unsupported(configured: Json) -> Iterator[Failure]:
    for name, value in configured.items():
        if name not in _TAKEN and not name.startswith("__") and value is not None:
            yield name, "the stand-in plugin does not support it; it takes host alone"
