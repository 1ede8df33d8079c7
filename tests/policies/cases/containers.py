"""Containers as they should be, and what breaks them."""

from policies.pack.type_tokens import (
    CONTAINER,
    DOCKER_NETWORK,
    DOCKER_PROVIDER,
    DOCKER_VOLUME,
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
    "envs": [
        "MODE=production",
        "OP_SESSION=/home/opuser/credentials.json",
        "DATA=/dev/shm/platform-vmaz6lik/all/worker-0/test_a_copy_that_differs_is_sa0/a",
    ],
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


SPEC = "taskSpec.containerSpec"
SWARM = {
    "name": "connect",
    "taskSpec": {
        "containerSpec": {
            "image": IMAGE,
            "user": "101",
            "readOnly": True,
            "env": {"MODE": "production"},
            "capDrops": ["ALL"],
            "healthcheck": {"tests": ["CMD", "wget", "-q", "http://127.0.0.1/"]},
            "mounts": [{"type": "bind", "source": "/srv/x", "target": "/x", "readOnly": True}],
        },
        "networksAdvanceds": [{"id": "connect"}],
        "resources": {"limits": {"memoryBytes": 134_217_728}},
        "restartPolicy": {"condition": "any"},
        "logDriver": {"name": "json-file", "options": {"max-size": "10m"}},
    },
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
    *(
        Case(
            rule,
            CONTAINER,
            {"start": False, "mustRun": False},
            [("start", True), ("mustRun", True), ("start", ABSENT)],
        )
        for rule in (
            "docker-read-only-fs",
            "docker-resource-limits",
            "docker-restart-policy",
            "docker-healthcheck",
        )
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
    broken(
        "docker-no-host-namespaces",
        ("networksAdvanced[0].name", "host"),
    ),
    broken(
        "docker-kernel-untouched", ("sysctls", {"kernel.msgmax": "1"}), ("groupAdds", ["docker"])
    ),
    broken("docker-env-keeps-guards", ("envs[0]", "NODE_TLS_REJECT_UNAUTHORIZED=0")),
    Case(
        "docker-build-closed",
        REGISTRY_IMAGE,
        {"build": {"buildArgs": {"VERSION": "1"}, "networkMode": "default"}},
        [
            ("build.buildArgs", {"NPM_TOKEN": "kj2h4g9x"}),
            ("build.networkMode", "host"),
            ("build.remoteContext", "http://git.example.net/a.git"),
        ],
    ),
    *[
        Case(rule, SERVICE, SWARM, [(path, value)])
        for rule, path, value in (
            ("docker-non-root", f"{SPEC}.user", "root"),
            ("docker-read-only-fs", f"{SPEC}.readOnly", False),
            ("docker-cap-drop-all", f"{SPEC}.capAdds", ["SYS_ADMIN"]),
            ("docker-profiles-on", f"{SPEC}.privileges.seLinuxContext.disable", True),
            ("docker-kernel-untouched", f"{SPEC}.groups", ["docker"]),
            ("docker-no-secret-env", f"{SPEC}.env.API_TOKEN", "k3Lw0-PqZ81n"),
            ("docker-env-keeps-guards", f"{SPEC}.env.DISABLE_AUTH", "true"),
            ("docker-no-socket-mount", f"{SPEC}.mounts[0].source", "/var/run/docker.sock"),
            ("docker-no-sensitive-host-paths", f"{SPEC}.mounts[0].source", "/etc"),
            ("docker-healthcheck", f"{SPEC}.healthcheck.tests", ["NONE"]),
            ("docker-resource-limits", "taskSpec.resources.limits.memoryBytes", 0),
            ("docker-restart-policy", "taskSpec.restartPolicy.condition", "none"),
            ("docker-own-network", "taskSpec.networksAdvanceds", []),
            ("docker-log-rotation", "taskSpec.logDriver.options", ABSENT),
            ("docker-no-host-namespaces", "taskSpec.networksAdvanceds[0].id", "host"),
            ("docker-ports-bound", "endpointSpec.ports", [{"targetPort": 80}]),
        )
    ],
    Case(
        "docker-no-socket-mount",
        DOCKER_VOLUME,
        {"driverOpts": {"type": "none", "o": "bind", "device": "/srv/x"}},
        [("driverOpts.device", "/var/run/docker.sock")],
    ),
    Case(
        "docker-no-host-namespaces",
        DOCKER_NETWORK,
        {"driver": "bridge"},
        [("driver", "macvlan")],
    ),
]
