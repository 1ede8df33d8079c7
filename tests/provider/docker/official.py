"""What the official docker plugin (5.1.0) was seen to say to an engine (20.10.24, API 1.41).

Observed in November 2026 through a recorder on the engine's socket, for programs as in
`programs.py`; ids are `ID`, fields that say nothing are left out.
"""

from typing import Any

from tests.provider.docker.programs import IMAGE
from tests.provider.docker.recorder import Call

MEBIBYTE = 1 << 20

MAKES_VOLUME = Call("POST /volumes/create", {"Name": "p-data", "Labels": {"keep": "yes"}})
MAKES_BACKEND = Call(
    "POST /networks/create",
    {
        "Name": "p-backend",
        "CheckDuplicate": True,
        "Internal": True,
        "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.213.7.0/24"}]},
        "Labels": {"a": "b"},
    },
)
SEED: dict[str, Any] = {
    "Image": IMAGE,
    "Cmd": ["/bin/busybox", "true"],
    "HostConfig": {
        "NetworkMode": "none",
        "RestartPolicy": {"Name": "no"},
        "Mounts": [{"Type": "volume", "Source": "p-data", "Target": "/run/secrets"}],
    },
}
MAKES_SEED = [
    Call("POST /containers/create?name=p-seed", SEED),
    Call(
        "PUT /containers/ID/archive?path=/",
        [("run/secrets/cred.json", "0o400", 0, 0, len('{"fake":1}'))],
    ),
    Call("POST /containers/ID/start"),
]
API: dict[str, Any] = {
    "Image": IMAGE,
    "Env": ["OP_LOG_LEVEL=info"],
    "User": "999:999",
    "StopTimeout": 5,
    "Labels": {"role": "api"},
    "Healthcheck": {
        "Test": ["CMD", "/bin/busybox", "true"],
        "Interval": 2_000_000_000,
        "Timeout": 1_000_000_000,
        "Retries": 2,
    },
    "HostConfig": {
        "CapDrop": ["ALL"],
        "Init": True,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}},
        "Memory": 64 * MEBIBYTE,
        "MemorySwap": 64 * MEBIBYTE,
        "Mounts": [
            {"Type": "volume", "Source": "p-data", "Target": "/run/secrets", "ReadOnly": True},
            {
                "Type": "tmpfs",
                "Target": "/tmp",  # noqa: S108 — of the container
                "TmpfsOptions": {"SizeBytes": 1048576, "Mode": 448},
            },
        ],
        "NetworkMode": "bridge",
        "ReadonlyRootfs": True,
        "RestartPolicy": {"Name": "unless-stopped"},
        "SecurityOpt": ["no-new-privileges:true"],
        "Tmpfs": {"/cache": "rw,size=1m,uid=999"},
        "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 2048}],
    },
}
LEAVES_BRIDGE = Call("POST /networks/bridge/disconnect", {"Container": "ID"})
JOINS_BACKEND = Call(
    "POST /networks/p-backend/connect",
    {"Container": "ID", "EndpointConfig": {"Aliases": ["api"]}},
)
JOINS_EDGE = Call("POST /networks/p-edge/connect", {"Container": "ID"})
STARTS = Call("POST /containers/ID/start")


def makes_api(body: dict[str, Any], *further: Call) -> list[Call]:
    """Return what makes the serving container of *body*; *further* are more networks."""
    create = Call("POST /containers/create?name=p-api", body)
    return [create, LEAVES_BRIDGE, JOINS_BACKEND, *further, STARTS]


REMOVES_API = [
    Call("POST /containers/ID/stop?t=10"),
    Call("DELETE /containers/ID?force=1&v=1"),
]
"""With `destroyGraceSeconds`; without it the time is 0. The official one also waits afterwards."""

REMOVES_SEED = [
    Call("POST /containers/ID/stop?t=0"),
    Call("DELETE /containers/ID?force=1&v=1"),
]
REMOVES_VOLUME = Call("DELETE /volumes/p-data?force=1")
REMOVES_NETWORK = Call("DELETE /networks/ID")


def updates(memory: int, restart: str) -> list[Call]:
    """Return the change in place of the serving container."""
    size = memory * MEBIBYTE
    body = {"Memory": size, "MemorySwap": size, "RestartPolicy": {"Name": restart}}
    return [Call("POST /containers/ID/update", body)]
