"""A small Docker host for tests: a program that reads a secret file, on two networks."""

import pulumi

from components.docker_args import (
    ContainerArgs,
    HealthArgs,
    JoinArgs,
    MountArgs,
    NetworkArgs,
    ScratchArgs,
    SeedArgs,
    VolumeArgs,
)
from components.docker_host import DockerHost
from components.docker_host_args import DockerHostArgs
from tests.support import deploy

IMAGE = f"docker.io/library/stub:1.2.3@sha256:{'0f' * 32}"
CANARY = "cAnArY-4f1e-file"


def container(name="api", **changes):
    given = {
        "name": name,
        "image": IMAGE,
        "user": "999:999",
        "memory_mb": 64,
        "networks": (JoinArgs(network="back"),),
    }
    return ContainerArgs(**{**given, **changes})


def reader(**changes):
    return container(
        networks=(JoinArgs(network="front", address="10.213.40.200"), JoinArgs(network="back")),
        mounts=(
            MountArgs(volume="keys", target="/run/keys"),
            MountArgs(volume="data", target="/data", read_only=False),
        ),
        scratch=(ScratchArgs(target="/tmp", megabytes=16),),  # noqa: S108 - inside of a container
        health=HealthArgs(command=("probe", "now"), every_seconds=90),
        environment={"KEY_FILE": "/run/keys/key.json", "LEVEL": "info"},
        **changes,
    )


def host_args(**changes):
    given = {
        "engine": "ssh://deploy@connect.example.com",
        "prefix": "tests",
        "networks": (
            NetworkArgs(name="front", internal=False, subnet="10.213.40.0/24"),
            NetworkArgs(name="back"),
        ),
        "volumes": (VolumeArgs(name="data"),),
        "seeds": (
            SeedArgs(
                name="keys-files", image=IMAGE, volume="keys", owner="999:999", files=("key.json",)
            ),
        ),
        "containers": (reader(),),
    }
    return DockerHostArgs(**{**given, **changes})


def deployed(args=None, contents=None):
    given = {"keys-files": {"key.json": CANARY}} if contents is None else contents

    def build():
        sealed = {
            seed: {name: pulumi.Output.secret(text) for name, text in files.items()}
            for seed, files in given.items()
        }
        DockerHost("h", args or host_args(), contents=sealed)

    return deploy(build)
