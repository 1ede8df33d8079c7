"""What the tests ask for: two networks, a volume, one container that fills it, one that serves."""

from typing import Any

IMAGE = "plugin/busybox:1"
CONTAINERS = ["p-seed", "p-api", "p-small", "p-other"]
"""Names of all containers that the tests make, or give."""

BACKEND = {
    "name": "p-backend",
    "internal": True,
    "ipamConfigs": [{"subnet": "10.213.7.0/24"}],
    "labels": [{"label": "a", "value": "b"}],
}
EDGE = {"name": "p-edge"}
DATA = {"name": "p-data", "labels": [{"label": "keep", "value": "yes"}]}


def seed(content: str = '{"fake":1}') -> dict[str, Any]:
    """Return a container that puts a file into the volume and ends."""
    return {
        "name": "p-seed",
        "image": IMAGE,
        "command": ["/bin/busybox", "true"],
        "mustRun": False,
        "networkMode": "none",
        "mounts": [{"type": "volume", "source": "p-data", "target": "/run/secrets"}],
        "uploads": [{"file": "/run/secrets/cred.json", "content": content, "permissions": "0400"}],
    }


API: dict[str, Any] = {
    "name": "p-api",
    "image": IMAGE,
    "user": "999:999",
    "memory": 64,
    "memorySwap": 64,
    "envs": ["OP_LOG_LEVEL=info"],
    "mounts": [
        {"type": "volume", "source": "p-data", "target": "/run/secrets", "readOnly": True},
        {
            "type": "tmpfs",
            "target": "/tmp",  # noqa: S108 — of the container
            "tmpfsOptions": {"sizeBytes": 1048576, "mode": 448},
        },
    ],
    "networksAdvanced": [{"name": "p-backend", "aliases": ["api"]}],
    "healthcheck": {
        "tests": ["CMD", "/bin/busybox", "true"],
        "interval": "2s",
        "timeout": "1s",
        "retries": 2,
    },
    "labels": [{"label": "role", "value": "api"}],
    "stopTimeout": 5,
    "ulimits": [{"name": "nofile", "soft": 1024, "hard": 2048}],
    "tmpfs": {"/cache": "rw,size=1m,uid=999"},
    "restart": "unless-stopped",
    "readOnly": True,
    "capabilities": {"drops": ["ALL"]},
    "securityOpts": ["no-new-privileges:true"],
    "logDriver": "json-file",
    "logOpts": {"max-size": "1m", "max-file": "2"},
    "init": True,
    "destroyGraceSeconds": 10,
}
"""A hardened container that serves."""

SMALL: dict[str, Any] = {"name": "p-small", "image": IMAGE, "init": True}
"""A container that asks for as little as there is: `init`, so that it stops at once."""
