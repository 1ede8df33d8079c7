"""What the docker plugin is told of a container: hardened, and without what it gets wrong.

The engine gives some values back in a form of its own (`CAP_…`, durations of Go, memory with swap):
they are written that way at once, for any other form shows as a change in each preview.
"""

from typing import Any

from components.docker_args import ContainerArgs, HealthArgs, JoinArgs, MountArgs, ScratchArgs
from planning.docker_engines import duration

LOOPBACK = "127.0.0.1"
NOT_UPDATED = ["healthcheck", "init", "tmpfs"]
"""Changes of them are told as updates, and nothing is sent: only a new container has them."""

HARDENED: dict[str, Any] = {
    "capabilities": {"drops": ["ALL"]},
    "security_opts": ["no-new-privileges:true"],
    "log_driver": "json-file",
    "log_opts": {"max-size": "10m", "max-file": "3"},
}
READ_ONLY_FILE = "0400"


def container_inputs(args: ContainerArgs, prefix: str) -> dict[str, Any]:
    """Return all that is known of a container before anything is there, but for its labels."""
    return {
        **HARDENED,
        **_limits(args),
        "name": f"{prefix}-{args.name}",
        "image": args.image,
        "command": list(args.command) or None,
        "envs": [f"{name}={value}" for name, value in sorted(args.environment.items())] or None,
        "user": args.user,
        "read_only": True,
        "init": True,
        "restart": "unless-stopped",
        "stop_timeout": args.stop_seconds,
        # Without it the plugin kills at once what it replaces.
        "destroy_grace_seconds": args.stop_seconds,
        "mounts": [_mount(each, prefix) for each in args.mounts] or None,
        "tmpfs": {each.target: _scratch(each, args.user) for each in args.scratch} or None,
        "networks_advanced": [_join(each, args.name, prefix) for each in args.networks],
        "healthcheck": _health(args.health) if args.health else None,
        "wait": args.health is not None,
        "ports": [
            {"internal": port.container, "external": port.host, "ip": LOOPBACK, "protocol": "tcp"}
            for port in args.ports
        ]
        or None,
    }


def seed_inputs(image: str, name: str, volume: str, target: str) -> dict[str, Any]:
    """Return what is known of a container that carries files into *volume*, mounted at *target*.

    Its root has to be writable, else the engine takes no file. It is never started.
    """
    return {
        **HARDENED,
        "name": name,
        "image": image,
        # The engine makes no container of an image that names no command; it is never run.
        "command": ["true"],
        "user": "65534:65534",
        "network_mode": "none",
        "read_only": False,
        "start": False,
        "must_run": False,
        "mounts": [{"type": "volume", "source": volume, "target": target}],
    }


def upload(path: str, owner: str, content: Any) -> dict[str, Any]:
    """Return a file that *owner* (`999:999`) may read, and nobody else."""
    user, _, group = owner.partition(":")
    return {
        "file": path,
        "content": content,
        "permissions": READ_ONLY_FILE,
        "owner": user,
        "group": group,
    }


def _limits(args: ContainerArgs) -> dict[str, Any]:
    """Return its limits. The same memory with swap: without it the engine adds as much swap."""
    return {
        "memory": args.memory_mb,
        "memory_swap": args.memory_mb,
        "cpus": args.cpus,
        "ulimits": [
            {"name": "nofile", "soft": args.open_files, "hard": args.open_files},
            {"name": "nproc", "soft": args.processes, "hard": args.processes},
        ],
    }


def _mount(args: MountArgs, prefix: str) -> dict[str, Any]:
    """Return a mount: drift of `mounts` is seen, that of `volumes` never is."""
    source = f"{prefix}-{args.volume}"
    made = {"type": "volume", "source": source, "target": args.target}
    return {**made, "read_only": args.read_only}


def _scratch(args: ScratchArgs, user: str) -> str:
    """Return options of a folder in memory; owner and group are taken where the mode is not."""
    owner, _, group = user.partition(":")
    size = f"size={args.megabytes}m"
    return f"rw,noexec,nosuid,nodev,{size},uid={owner},gid={group},mode=0700"


def _join(args: JoinArgs, container: str, prefix: str) -> dict[str, Any]:
    made = {"name": f"{prefix}-{args.network}", "aliases": [container, *args.aliases]}
    return {**made, "ipv4_address": args.address} if args.address else made


def _health(args: HealthArgs) -> dict[str, Any]:
    return {
        "tests": ["CMD", *args.command],
        "interval": duration(args.every_seconds),
        "timeout": duration(args.timeout_seconds),
        "start_period": duration(args.start_seconds),
        "retries": args.retries,
    }
