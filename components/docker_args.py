"""What a Docker host is made of: networks, volumes, seeds of files, containers."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt, field_validator, model_validator

from common.credential_values import looks_like
from common.credentials import is_credential_name
from components.args import Args
from planning.image_references import check_image
from planning.private_networks import private_network
from planning.refusals import RefusedError

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
"""A name, two characters at least: the engine takes no shorter one."""

User = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}:[1-9][0-9]{0,9}$")]
"""User and group of the image by number, never root: `999:999`."""

Folder = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._-]+)+$")]
"""Path in a container, from the root, without a slash at its end."""

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Image = Annotated[str, AfterValidator(check_image)]


def _check_subnet(subnet: str) -> str:
    return private_network(subnet, largest=16, smallest=28)


class NetworkArgs(Args):
    """A network of the host."""

    name: Key

    internal: bool = True
    """Whether nothing on it reaches the internet by it. Default: nothing does."""

    subnet: Annotated[str, AfterValidator(_check_subnet)] | None = None
    """Addresses of it; the first is the host's own, the engine hands out the rest of the lower
    half, and the upper half is for containers with an address of their own. Default: the engine
    chooses, and no container can have one."""

    @property
    def handed_out(self) -> str | None:
        """The half that the engine takes addresses from."""
        if self.subnet is None:
            return None
        return str(next(ipaddress.IPv4Network(self.subnet).subnets()))


class VolumeArgs(Args):
    """A volume: files that outlive the containers that have them."""

    name: Key


class SeedArgs(Args):
    """Files that a volume is given before anything uses it.

    They are put there through a container that is never started: one whose root is read-only takes
    none, and nothing of an image has to run for it.
    """

    name: Key
    image: Image
    """Any image that the host has in any case."""

    volume: Key
    """Name of the volume, which belongs to the seed alone."""

    owner: User
    """User that reads the files, and nobody else."""

    files: tuple[FileName, ...] = Field(min_length=1)
    """Names of the files, all at the top of the volume."""

    secret: bool = True
    """Whether nobody may see the content in previews and in the state. Default: nobody may."""


class JoinArgs(Args):
    """How a container is on a network."""

    network: Key
    aliases: tuple[Key, ...] = ()
    """Further names that it answers to there. Default: none."""

    address: str | None = None
    """Its address there, in the upper half of the subnet. Default: the engine chooses."""


class MountArgs(Args):
    """A volume in a container."""

    volume: Key
    target: Folder
    read_only: bool = True
    """Whether the container may only read it. Default: it may only read."""


class ScratchArgs(Args):
    """A folder in memory, the container user's own, gone with the container."""

    target: Folder
    megabytes: PositiveInt
    """How much it may hold; it counts against the memory of the container."""


class HealthArgs(Args):
    """What is run in a container to find out whether it works."""

    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; no shell is between."""

    every_seconds: PositiveInt = 10
    timeout_seconds: PositiveInt = 3
    retries: PositiveInt = 3
    start_seconds: PositiveInt = 20
    """Seconds from the start in which a failure does not count."""


class PortArgs(Args):
    """A port of a container that the host itself reaches, by 127.0.0.1 alone."""

    container: Annotated[PositiveInt, Field(le=65535)]
    host: Annotated[PositiveInt, Field(ge=1024, le=65535)]


class ContainerArgs(Args):
    """A container. What is not said here is as strict as it can be."""

    name: Key
    image: Image
    user: User

    command: tuple[str, ...] = ()
    """Arguments. Default: those of the image."""

    environment: Mapping[str, str] = {}
    """Variables; a credential is given as a file. Default: those of the image."""

    networks: tuple[JoinArgs, ...] = Field(min_length=1)

    mounts: tuple[MountArgs, ...] = ()
    """Volumes. Default: none."""

    scratch: tuple[ScratchArgs, ...] = ()
    """Folders that it may write to, all else being read-only. Default: none."""

    memory_mb: Annotated[int, Field(ge=6)]
    """Megabytes that it may use, swap included; six is the least that the engine takes."""

    cpus: Annotated[str, Field(pattern=r"^\d(\.\d{1,2})?$")] = "0.5"
    """Processors that it may use. Default: half a one."""

    processes: PositiveInt = 64
    """Processes and threads that its user may have on the host. Default: 64."""

    open_files: PositiveInt = 1024
    """Files and connections that it may have open. Default: 1024."""

    health: HealthArgs | None = None
    """How its health is found out; an `up` waits for it. Default: from outside, as of an image
    that has no program for it."""

    stop_seconds: PositiveInt = 10
    """Seconds that it has to end by itself. Default: 10."""

    ports: tuple[PortArgs, ...] = ()
    """Ports for programs of the host itself. Default: none."""

    after: tuple[Key, ...] = ()
    """Containers above it that have to be there first. Default: none."""

    fronts: tuple[Key, ...] = ()
    """Containers above it whose answers it passes on. It goes before one of them is made anew, and
    comes back when that one is there: whoever balances over several hosts sends nothing into the
    gap. Containers that are fronted are made one after another. Default: none."""

    @field_validator("environment")
    @classmethod
    def _holds_no_credential(cls, environment: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in environment.items():
            if is_credential_name(name) or looks_like(value, name):
                raise RefusedError(
                    f"the variable {name} would show a credential to `docker inspect`; give it as "
                    f"a file of a seed, and name the file in {name}_FILE"
                )
        return environment

    @model_validator(mode="after")
    def _has_one_thing_in_a_folder(self) -> "ContainerArgs":
        targets = [*(each.target for each in self.mounts), *(each.target for each in self.scratch)]
        for target in targets:
            if targets.count(target) > 1:
                raise RefusedError(f"{target} is given twice; a folder is one volume or scratch")
        return self

    @model_validator(mode="after")
    def _keeps_memory_for_its_program(self) -> "ContainerArgs":
        """Refuse folders that, when they are full, would have the kernel end the program."""
        taken = sum(each.megabytes for each in self.scratch)
        if taken >= self.memory_mb:
            raise RefusedError(
                f"scratch may hold {taken} MB, and memory_mb is {self.memory_mb} for both it and "
                "the program; give it more memory, or smaller folders"
            )
        return self
