"""A Docker host as a whole: where its engine is, and that its parts fit together."""

import ipaddress
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from components.args import Args
from components.docker_args import ContainerArgs, JoinArgs, Key, NetworkArgs, SeedArgs, VolumeArgs
from planning.docker_engines import check_engine
from planning.image_references import check_pinned
from planning.refusals import RefusedError, refuse_all


class DockerHostArgs(Args):
    """Networks, volumes, seeds and containers of one host, as in a file of Compose."""

    engine: Annotated[str, AfterValidator(check_engine)]
    """Address of its Docker Engine: `ssh://user@host` or `unix:///var/run/docker.sock`."""

    known_hosts: str | None = None
    """File with the key of the machine, for ssh. Default: that of the user who deploys."""

    prefix: Key
    """Begins every name on the engine, so that stacks stand side by side."""

    networks: tuple[NetworkArgs, ...] = Field(min_length=1)
    volumes: tuple[VolumeArgs, ...] = ()
    """Volumes that no seed fills. Default: none."""

    seeds: tuple[SeedArgs, ...] = ()
    """Files. Default: none."""

    containers: tuple[ContainerArgs, ...] = Field(min_length=1)
    """Containers, each after those that it needs."""

    pinned: bool = True
    """Whether every image needs its digest. Default: it does."""

    @model_validator(mode="after")
    def _fits_together(self) -> "DockerHostArgs":
        refuse_all(f"host {self.prefix}: {fault}" for fault in _faults(self))
        return self

    @property
    def volume_names(self) -> tuple[str, ...]:
        """Names of all volumes, those of the seeds first."""
        return (*(seed.volume for seed in self.seeds), *(each.name for each in self.volumes))


def _faults(host: DockerHostArgs) -> Iterator[str]:
    yield from _twice("network", [each.name for each in host.networks])
    yield from _twice("volume", host.volume_names)
    # Both are containers to the engine.
    seeds, containers = ([each.name for each in part] for part in (host.seeds, host.containers))
    yield from _twice("container", seeds + containers)
    networks = {network.name: network for network in host.networks}
    above: list[str] = []
    for container in host.containers:
        said = f"container {container.name}: "
        faults = (*_references(container, host, above), *_places(container, networks))
        yield from (said + fault for fault in faults)
        above.append(container.name)
    yield from _addresses(host.containers)
    yield from _overlaps(host.networks)
    yield from _images(host)


def _twice(kind: str, names: Sequence[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name} is there twice; give each a name of its own"


def _overlaps(networks: Sequence[NetworkArgs]) -> Iterator[str]:
    """Find subnets that the engine would refuse when half of the host is there already."""
    known = [(each.name, ipaddress.IPv4Network(each.subnet)) for each in networks if each.subnet]
    for (name, subnet), (other, its) in combinations(known, 2):
        if subnet.overlaps(its):
            yield f"networks {name} ({subnet}) and {other} ({its}) overlap; give each its own"


def _references(
    container: ContainerArgs, host: DockerHostArgs, above: Sequence[str]
) -> Iterator[str]:
    for mount in container.mounts:
        if mount.volume not in host.volume_names:
            there = ", ".join(host.volume_names) or "none"
            yield f"there is no volume {mount.volume!r}; there are: {there}"
    for said, names in (("comes after", container.after), ("fronts", container.fronts)):
        for name in names:
            if name not in above:
                yield f"{said} {name!r}, which is not above it; the order is that of the list"


def _places(container: ContainerArgs, networks: dict[str, NetworkArgs]) -> Iterator[str]:
    known = [join for join in container.networks if join.network in networks]
    for join in container.networks:
        if join.network not in networks:
            yield f"there is no network {join.network!r}; there are: {', '.join(networks)}"
    for join in known:
        yield from _address(join, networks[join.network])
    if container.ports and all(networks[join.network].internal for join in known):
        yield "publishes a port, which a container on internal networks alone cannot"


def _address(join: JoinArgs, network: NetworkArgs) -> Iterator[str]:
    """Find an address that the engine would refuse, or that is the host's."""
    if join.address is None:
        return
    if network.subnet is None:
        yield f"has an address on {network.name}, which has no subnet; give it one"
        return
    upper = list(ipaddress.IPv4Network(network.subnet).subnets())[1]
    try:
        free = ipaddress.IPv4Address(join.address) in list(upper)[:-1]
    except ValueError:
        free = False
    if not free:
        yield (
            f"{join.address!r} is no free address of {network.name}; it is one from "
            f"{upper[0]} to {upper[-2]}"
        )


def _addresses(containers: Sequence[ContainerArgs]) -> Iterator[str]:
    taken = [join.address for each in containers for join in each.networks if join.address]
    for address in sorted({each for each in taken if taken.count(each) > 1}):
        yield f"the address {address} is given twice; give each container its own"


def _images(host: DockerHostArgs) -> Iterator[str]:
    images = {seed.name: seed.image for seed in host.seeds}
    images |= {container.name: container.image for container in host.containers}
    for name, image in images.items() if host.pinned else ():
        try:
            check_pinned(image)
        except RefusedError as error:
            yield f"{name}: {error}"
