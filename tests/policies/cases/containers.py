"""Containers as they should be, and what breaks them."""

from policies.pack.tokens import (
    CONTAINER,
    DOCKER_NETWORK,
    DOCKER_PROVIDER,
    REGISTRY_IMAGE,
    REMOTE_IMAGE,
    SERVICE,
)
from tests.policies.support import ABSENT, Case

DIGEST = "sha256:" + "0f" * 32
IMAGE = f"docker.io/library/nginx:1.27.5@{DIGEST}"
GOOD = {
    "name": "nginx",
    "image": IMAGE,
    "user": "101:101",
    "readOnly": True,
    "memory": 128,
    "cpus": "0.5",
    "ulimits": [{"name": "nproc", "soft": 64, "hard": 64}],
    "restart": "unless-stopped",
    "healthcheck": {"tests": ["CMD", "wget", "-q", "http://127.0.0.1:8080/health"]},
    "networksAdvanced": [{"name": "connect"}],
    "logDriver": "json-file",
    "logOpts": {"max-size": "10m"},
    "securityOpts": ["no-new-privileges:true"],
    "capabilities": {"drops": ["ALL"], "adds": ["CAP_NET_BIND_SERVICE"]},
    "envs": ["MODE=production", "OP_SESSION=/home/opuser/credentials.json"],
    "command": ["nginx", "-g", "daemon off;"],
    "labels": [{"label": "team", "value": "platform"}],
    "volumes": [{"hostPath": "/srv/nginx", "containerPath": "/etc/nginx", "readOnly": True}],
    "mounts": [{"type": "bind", "source": "/srv/x", "target": "/x", "readOnly": True}],
    "ports": [{"internal": 8080, "external": 8080, "ip": "127.0.0.1"}],
    "uploads": [
        {
            "file": "/home/opuser/1password-credentials.json",
            "permissions": "0600",
            "owner": "101",
            "content": "x",
        }
    ],
}


def broken(rule, *breaks, **more):
    return Case(rule, CONTAINER, GOOD, list(breaks), **more)


IMAGE_CASES = [
    case
    for kind, path, good in (
        (CONTAINER, "image", {"image": IMAGE}),
        (REMOTE_IMAGE, "name", {"name": IMAGE}),
        (REGISTRY_IMAGE, "name", {"name": IMAGE}),
        (
            SERVICE,
            "taskSpec.containerSpec.image",
            {"taskSpec": {"containerSpec": {"image": IMAGE}}},
        ),
    )
    for case in (
        Case("docker-digest-pinned", kind, good, [(path, "nginx:1.27.5")]),
        Case(
            "docker-no-latest",
            kind,
            good,
            [(path, "nginx"), (path, "nginx:latest"), (path, f"nginx:main@{DIGEST}")],
        ),
        Case(
            "docker-registry-allowed",
            kind,
            good,
            [
                (path, "ghcr.io/x/nginx:1.2"),
                (path, "1passw0rd/connect-api:1"),
                (path, "evil:5000/a"),
            ],
        ),
    )
]

CASES = [
    *IMAGE_CASES,
    Case("docker-digest-pinned", CONTAINER, {"image": DIGEST}, [("image", "nginx:1")]),
    Case(
        "docker-registry-allowed",
        REGISTRY_IMAGE,
        {"name": IMAGE, "insecureSkipVerify": False},
        [("insecureSkipVerify", True)],
    ),
    Case(
        "docker-registry-allowed",
        DOCKER_PROVIDER,
        {"registryAuth": [{"address": "https://registry.chitty.cc"}]},
        [
            ("registryAuth[0].address", "http://registry.chitty.cc"),
            ("registryAuth", '[{"address": "http://registry.chitty.cc"}]'),
        ],
    ),
    broken("docker-no-privileged", ("privileged", True)),
    broken(
        "docker-no-host-namespaces",
        ("networkMode", "host"),
        ("networkMode", "container:other"),
        ("pidMode", "host"),
        ("ipcMode", "host"),
        ("usernsMode", "host"),
        ("cgroupnsMode", "host"),
    ),
    broken(
        "docker-no-devices",
        ("devices", [{"hostPath": "/dev/kvm"}]),
        ("deviceCgroupRules", ["c 10:232 rwm"]),
        ("deviceRequests", [{"count": 1}]),
    ),
    Case(
        "docker-no-devices",
        CONTAINER,
        {"name": "gpu", "devices": [{"hostPath": "/dev/kvm"}]},
        [("name", "other")],
        settings={"withDevices": ["gpu"]},
    ),
    broken("docker-no-new-privileges", ("securityOpts", []), ("securityOpts[0]", "label:type:x")),
    broken("docker-profiles-on", ("securityOpts[1]", "seccomp=unconfined")),
    broken(
        "docker-cap-drop-all",
        ("capabilities", ABSENT),
        ("capabilities.drops[0]", "NET_RAW"),
        ("capabilities.adds[0]", "SYS_ADMIN"),
        ("capabilities.adds[0]", "CAP_NET_RAW"),
    ),
    broken("docker-non-root", ("user", ABSENT), ("user", "root"), ("user", "0:0")),
    Case(
        "docker-non-root",
        CONTAINER,
        {"image": f"1password/connect-api:1.7@{DIGEST}"},
        [("image", f"nginx:1@{DIGEST}")],
    ),
    broken("docker-read-only-fs", ("readOnly", False), ("readOnly", ABSENT)),
    broken(
        "docker-resource-limits",
        ("memory", ABSENT),
        ("memory", 0),
        ("cpus", ABSENT),
        ("ulimits", ABSENT),
        ("ulimits[0].name", "nofile"),
    ),
    broken("docker-restart-policy", ("restart", "no"), ("restart", ABSENT)),
    Case(
        "docker-restart-policy",
        CONTAINER,
        {"restart": "on-failure", "maxRetryCount": 3},
        [("maxRetryCount", 0), ("maxRetryCount", 50), ("maxRetryCount", ABSENT)],
    ),
    broken(
        "docker-healthcheck",
        ("healthcheck", ABSENT),
        ("healthcheck.tests", ["NONE"]),
    ),
    broken("docker-own-network", ("networksAdvanced", [])),
    Case(
        "docker-own-network",
        DOCKER_NETWORK,
        {"name": "data", "internal": True},
        [("internal", False), ("internal", ABSENT)],
        settings={"internal": ["data"]},
    ),
    broken("docker-log-rotation", ("logOpts", ABSENT)),
    broken(
        "docker-no-socket-mount",
        ("volumes[0].hostPath", "/var/run/docker.sock"),
        ("volumes[0].hostPath", "/run/./docker.sock"),
        ("mounts[0].source", "/run/containerd/containerd.sock"),
        ("volumes[0].hostPath", "/var/run/"),
    ),
    broken(
        "docker-no-sensitive-host-paths",
        ("volumes[0].hostPath", "/"),
        ("volumes[0].hostPath", "/etc"),
        ("volumes[0].hostPath", "/home/deploy"),
        ("volumes[0].hostPath", "~/.ssh"),
        ("mounts[0].source", "/srv/../root"),
        ("mounts[0].bindOptions.propagation", "rshared"),
        ("mounts[0].readOnly", ABSENT),
    ),
    broken(
        "docker-ports-bound",
        ("ports[0].ip", "0.0.0.0"),  # noqa: S104
        ("ports[0].ip", ABSENT),
        ("ports[0].external", 443),
        ("publishAllPorts", True),
        settings={"published": ["nginx"]},
    ),
    broken(
        "docker-ports-bound",
        ("name", "other"),
        settings={"published": ["nginx"], "onlyDeclared": True},
    ),
    broken(
        "docker-no-secret-env",
        ("envs[0]", "API_TOKEN=k3Lw0-PqZ81n"),
        ("envs[1]", "OP_SESSION=eyJhbGciOi"),
        ("labels[0].label", "API_TOKEN"),
        ("command[1]", "--token"),
        ("command[1]", "--credentials-contents=e30="),
    ),
    broken(
        "docker-upload-0600",
        ("uploads[0].permissions", "0644"),
        ("uploads[0].permissions", ABSENT),
        ("uploads[0].owner", ABSENT),
    ),
]
