"""What is wrong with a container beyond types and names, said before anything is made."""

import base64
import binascii
import re
from collections.abc import Iterator

from common.json_types import Json
from provider.docker.durations import nanoseconds
from provider.docker.uploads import SOURCES
from provider.validation import Failure
from provider.values import UNKNOWN, has_unknown

RESTARTS = ("no", "always", "on-failure", "unless-stopped")
_PROCESSORS = re.compile(r"\d+(\.\d{1,9})?")
_MODE = re.compile(r"0?[0-7]{3}")
_TIMES = ("interval", "timeout", "startPeriod", "startInterval")
_REFUSED = {"mounts": ("volumeOptions",), "networksAdvanced": ("driverOpts", "gwPriority")}
"""Properties of items of a list that are not honoured."""


def failures(inputs: Json) -> list[Failure]:
    """Return what is wrong: (property path, reason); what is not known yet is right."""
    return [
        *_nested(inputs),
        *_scalars(inputs),
        *_healthcheck(inputs.get("healthcheck") or {}),
        *_uploads(inputs),
    ]


def _nested(inputs: Json) -> Iterator[Failure]:
    for name, refused in _REFUSED.items():
        for index, each in enumerate(_items(inputs, name)):
            for inner in refused:
                if each.get(inner) is not None:
                    yield f"{name}[{index}].{inner}", "the stand-in plugin does not support it"


def _scalars(inputs: Json) -> Iterator[Failure]:
    restart, cpus = inputs.get("restart"), inputs.get("cpus")
    if restart not in (None, UNKNOWN, *RESTARTS):
        yield "restart", f"it is '{restart}'; it takes {', '.join(RESTARTS)}"
    if cpus not in (None, UNKNOWN) and not _PROCESSORS.fullmatch(cpus):
        yield "cpus", f"it is '{cpus}'; it takes a number of processors such as 0.5"
    if inputs.get("wait") and not inputs.get("healthcheck"):
        yield "wait", "it waits for a health check, and there is none; give healthcheck"


def _healthcheck(given: Json) -> Iterator[Failure]:
    for name in _TIMES if isinstance(given, dict) else ():
        value = given.get(name)
        if value in (None, UNKNOWN):
            continue
        try:
            nanoseconds(value)
        except ValueError:
            yield f"healthcheck.{name}", f"it is '{value}'; it takes a duration such as 30s or 1m0s"


def _uploads(inputs: Json) -> Iterator[Failure]:
    for index, each in enumerate(_items(inputs, "uploads")):
        path = f"uploads[{index}]"
        if inputs.get("readOnly") is True:
            yield path, "a container that is readOnly takes no files; fill a volume by another one"
        yield from ((f"{path}.{name}", why) for name, why in _upload(each))


def _upload(given: Json) -> Iterator[Failure]:
    sources = [name for name in SOURCES if given.get(name) is not None]
    if len(sources) != 1:
        yield "content", f"give one of {', '.join(SOURCES)}"
    for name in ("owner", "group"):
        value = given.get(name)
        if value not in (None, UNKNOWN) and not value.isdigit():
            yield name, f"it is '{value}'; it takes the number of a user or group of the container"
    mode = given.get("permissions")
    if mode not in (None, UNKNOWN) and not _MODE.fullmatch(mode):
        yield "permissions", f"it is '{mode}'; it takes three digits from 0 to 7, such as 0400"
    text = given.get("contentBase64")
    if text not in (None, UNKNOWN) and not _is_base64(text):
        yield "contentBase64", "it is not base64"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _items(inputs: Json, name: str) -> list[Json]:
    value = inputs.get(name)
    if has_unknown(value) and not isinstance(value, list):
        return []
    return [each for each in value or [] if isinstance(each, dict)]
