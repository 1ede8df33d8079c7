"""From what a program asks of a container to the JSON that the engine takes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from common.json_types import Json
from provider.docker.durations import nanoseconds
from provider.docker.labels import as_mapping

MEBIBYTE = 1 << 20
UNLIMITED = -1
_NANO = 10**9

CONFIG: Mapping[str, str] = {
    "image": "Image",
    "command": "Cmd",
    "entrypoints": "Entrypoint",
    "envs": "Env",
    "user": "User",
    "workingDir": "WorkingDir",
    "hostname": "Hostname",
    "domainname": "Domainname",
    "stopSignal": "StopSignal",
    "stopTimeout": "StopTimeout",
    "tty": "Tty",
    "stdinOpen": "OpenStdin",
}
"""Input → field of the container's own configuration, where both say the same."""

HOST: Mapping[str, str] = {
    "init": "Init",
    "readOnly": "ReadonlyRootfs",
    "privileged": "Privileged",
    "securityOpts": "SecurityOpt",
    "cgroupParent": "CgroupParent",
    "cgroupnsMode": "CgroupnsMode",
    "cpuShares": "CpuShares",
    "cpuSet": "CpusetCpus",
    "cpuPeriod": "CpuPeriod",
    "cpuQuota": "CpuQuota",
    "dns": "Dns",
    "dnsOpts": "DnsOptions",
    "dnsSearches": "DnsSearch",
    "groupAdds": "GroupAdd",
    "ipcMode": "IpcMode",
    "pidMode": "PidMode",
    "usernsMode": "UsernsMode",
    "runtime": "Runtime",
    "sysctls": "Sysctls",
    "storageOpts": "StorageOpt",
    "tmpfs": "Tmpfs",
}
"""Input → field of its `HostConfig`, where both say the same."""


def mebibytes(given: int) -> int:
    """Return the bytes of *given* MiB; -1, which is no limit, stays."""
    return given if given == UNLIMITED else given * MEBIBYTE


def nano_cpus(given: str) -> int:
    """Return `0.5` processors as the engine counts them."""
    return int(Decimal(given) * _NANO)


SIZED: Mapping[str, tuple[str, Callable[[Any], int]]] = {
    "memory": ("Memory", mebibytes),
    "memorySwap": ("MemorySwap", mebibytes),
    "memoryReservation": ("MemoryReservation", mebibytes),
    "shmSize": ("ShmSize", mebibytes),
    "cpus": ("NanoCpus", nano_cpus),
}
"""Input → field of `HostConfig`, and how its value is counted there."""

LIMITS = frozenset(
    {"memory", "memorySwap", "memoryReservation", "cpus", "cpuShares", "cpuSet"},
)
"""Inputs of which the engine takes another value for a container that runs."""


def create_body(inputs: Json) -> Json:
    """Return what `POST /containers/create` takes; *inputs* are completed."""
    body = {field: inputs[name] for name, field in CONFIG.items() if name in inputs}
    body |= {
        "Labels": as_mapping(inputs.get("labels")),
        "Healthcheck": _healthcheck(inputs.get("healthcheck")),
        "ExposedPorts": {_port(each): {} for each in inputs.get("ports") or []} or None,
        "HostConfig": _host_config(inputs),
    }
    return {field: value for field, value in body.items() if value is not None}


def update_body(inputs: Json) -> Json:
    """Return what `POST /containers/ID/update` takes: all limits there are, and the restart policy.

    To the engine a limit that is 0 or missing means that it stays as it is.
    """
    set_limits = {name: inputs[name] for name in LIMITS if inputs.get(name)}
    return {**_host_fields(set_limits), "RestartPolicy": _restart_policy(inputs)}


def _host_config(inputs: Json) -> Json:
    capabilities = inputs.get("capabilities") or {}
    host = {
        **_host_fields(inputs),
        "NetworkMode": inputs.get("networkMode") or "bridge",
        "RestartPolicy": _restart_policy(inputs),
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "LogConfig": _log_config(inputs),
        "Mounts": [_mount(each) for each in inputs.get("mounts") or []] or None,
        "Ulimits": [_ulimit(each) for each in inputs.get("ulimits") or []] or None,
        "ExtraHosts": [f"{it['host']}:{it['ip']}" for it in inputs.get("hosts") or []] or None,
        "PortBindings": _bindings(inputs.get("ports") or []) or None,
    }
    return {field: value for field, value in host.items() if value is not None}


def _host_fields(inputs: Json) -> Json:
    plain = {field: inputs[name] for name, field in HOST.items() if name in inputs}
    sized = {field: count(inputs[name]) for name, (field, count) in SIZED.items() if name in inputs}
    return {**plain, **sized}


def _restart_policy(inputs: Json) -> Json:
    return {
        "Name": inputs.get("restart") or "no",
        "MaximumRetryCount": inputs.get("maxRetryCount") or 0,
    }


def _log_config(inputs: Json) -> Json | None:
    if not inputs.get("logDriver") and not inputs.get("logOpts"):
        return None
    return {"Type": inputs.get("logDriver") or "", "Config": inputs.get("logOpts") or {}}


def _healthcheck(given: Json | None) -> Json | None:
    if not given:
        return None
    times = {"interval", "timeout", "startPeriod", "startInterval"} & given.keys()
    return {
        **({"Test": given["tests"]} if "tests" in given else {}),
        **({"Retries": given["retries"]} if "retries" in given else {}),
        **{name[0].upper() + name[1:]: nanoseconds(given[name]) for name in sorted(times)},
    }


def _mount(given: Json) -> Json:
    bind, tmpfs = given.get("bindOptions") or {}, given.get("tmpfsOptions") or {}
    sized = {"SizeBytes": tmpfs.get("sizeBytes"), "Mode": tmpfs.get("mode")}
    body = {
        "Type": given["type"],
        "Target": given["target"],
        "Source": given.get("source"),
        "ReadOnly": given.get("readOnly"),
        "BindOptions": {"Propagation": bind["propagation"]} if bind.get("propagation") else None,
        "TmpfsOptions": {field: value for field, value in sized.items() if value} or None,
    }
    return {field: value for field, value in body.items() if value is not None}


def _ulimit(given: Json) -> Json:
    return {"Name": given["name"], "Soft": given["soft"], "Hard": given["hard"]}


def _bindings(ports: list[Json]) -> Json:
    bindings: dict[str, list[Json]] = {}
    for each in ports:
        host = {"HostIp": each.get("ip") or "", "HostPort": str(each.get("external") or "")}
        bindings.setdefault(_port(each), []).append(host)
    return bindings


def _port(given: Json) -> str:
    return f"{given['internal']}/{given.get('protocol') or 'tcp'}"
