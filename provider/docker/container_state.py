"""What the engine says of a container, in the words of the SDK."""

from decimal import Decimal
from typing import Any

from common.json_types import Json
from provider.docker.container_body import CONFIG, HOST, MEBIBYTE, UNLIMITED
from provider.docker.labels import as_pairs

_NANO = 10**9
_SHOWN_CONFIG = ("command", "entrypoints", "envs", "hostname", "stopSignal", "stopTimeout")
_SHOWN_HOST = ("init", "ipcMode", "runtime", "securityOpts")
_SIZES = {
    "memory": "Memory",
    "memorySwap": "MemorySwap",
    "memoryReservation": "MemoryReservation",
}
_ADDRESSES = {
    "ipAddress": ("IPAddress", ""),
    "ipPrefixLength": ("IPPrefixLen", 0),
    "gateway": ("Gateway", ""),
    "globalIpv6Address": ("GlobalIPv6Address", ""),
    "globalIpv6PrefixLength": ("GlobalIPv6PrefixLen", 0),
    "ipv6Gateway": ("IPv6Gateway", ""),
    "macAddress": ("MacAddress", ""),
}
"""Property → field, and its value where an engine says nothing of it."""

_COMPARED_UNASKED = ("memory", "memoryReservation", "cpus", "cpuShares", "cpuSet")
"""Limits that are 0 or empty when nobody asked for any; swap is what the engine makes of memory."""


def computed(answer: Json, inputs: Json) -> Json:
    """Return what the engine filled in of what *inputs* leave out, and what it alone knows."""
    config, host = answer["Config"], answer["HostConfig"]
    filled = {
        "name": answer["Name"].removeprefix("/"),
        "labels": as_pairs(config.get("Labels")),
        "logDriver": host["LogConfig"]["Type"],
        "shmSize": (host.get("ShmSize") or 0) // MEBIBYTE,
        **{name: config.get(CONFIG[name]) for name in _SHOWN_CONFIG},
        **{name: host.get(HOST[name]) for name in _SHOWN_HOST},
    }
    own = {"exitCode": answer["State"]["ExitCode"], "networkDatas": _networks(answer, inputs)}
    shown = {name: value for name, value in filled.items() if inputs.get(name) is None}
    return {**own, **{name: value for name, value in shown.items() if value is not None}}


def drifted(answer: Json, inputs: Json) -> Json:
    """Return the inputs that are otherwise than *inputs*, which are completed, ask for.

    A container that has to run and does not is one that need not: so the next `up` makes a new one.
    """
    found = _now(answer)
    asked = {name for name in found if inputs.get(name) is not None}
    told = {name: found[name] for name in asked | set(_COMPARED_UNASKED)}
    changed = {name: value for name, value in told.items() if _differs(name, value, inputs)}
    stopped = not answer["State"]["Running"] and inputs["start"] and inputs["mustRun"]
    return {**changed, **({"mustRun": False} if stopped else {})}


def _now(answer: Json) -> Json:
    host = answer["HostConfig"]
    policy = host.get("RestartPolicy") or {}
    return {
        **{name: _size(host.get(field) or 0) for name, field in _SIZES.items()},
        "cpus": _processors(host.get("NanoCpus") or 0),
        "cpuShares": host.get("CpuShares") or 0,
        "cpuSet": host.get("CpusetCpus") or "",
        "name": answer["Name"].removeprefix("/"),
        "restart": policy.get("Name") or "no",
        "maxRetryCount": policy.get("MaximumRetryCount") or 0,
    }


def _differs(name: str, now: Any, inputs: Json) -> bool:
    asked = inputs.get(name)
    if name == "cpus":
        return Decimal(now) != Decimal(asked or "0")
    return bool((now or asked) and now != asked)


def _size(number: int) -> int:
    return number if number == UNLIMITED else number // MEBIBYTE


def _processors(nano: int) -> str:
    return format((Decimal(nano) / _NANO).normalize(), "f")


def _networks(answer: Json, inputs: Json) -> list[Json]:
    """Return the networks by name; one that need not run has none when it has ended."""
    if not inputs.get("mustRun", True):
        return []
    return [
        {
            "networkName": name,
            **{name: each.get(field, default) for name, (field, default) in _ADDRESSES.items()},
        }
        for name, each in sorted(answer["NetworkSettings"]["Networks"].items())
    ]
