"""A Docker host: a set of containers as in a file of Compose, hardened by default."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from components.docker_args import ContainerArgs, NetworkArgs, SeedArgs
from components.docker_host_args import DockerHostArgs
from components.docker_inputs import NOT_UPDATED, container_inputs, seed_inputs, upload
from components.sdk import lazy_package
from planning.docker_engines import is_local
from planning.refusals import RefusedError

if TYPE_CHECKING:
    import pulumi_docker as docker
else:
    docker = lazy_package("pulumi_docker")

Contents = Mapping[str, Mapping[str, pulumi.Input[str]]]
"""What stands in the files of each seed, by the names of seed and file."""

SEEDED = "/seeded"
LABEL = "chittyos"
SHOWN_DIGITS = 16


class DockerHost(pulumi.ComponentResource):
    """Networks, volumes, seeded files and containers of one host.

    Children: `<name>-engine`, the provider; `-network-<network>`, `-volume-<volume>`,
    `-seed-<seed>`, and `-<container>`. A container is made anew when a file that it mounts, or a
    network that it is on, is another one: the plugin notices neither by itself.
    """

    containers: dict[str, pulumi.CustomResource]
    """Each container by its name; one with a health check is healthy when it is there."""

    def __init__(
        self,
        name: str,
        args: DockerHostArgs,
        *,
        contents: Contents,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take the content of every file that a seed names. Raises `RefusedError` if one lacks."""
        _check_contents(args.seeds, contents)
        super().__init__("chittyos:docker:DockerHost", name, _shown(args), opts)
        self._name, self._args = name, args
        self._engine = docker.Provider(
            f"{name}-engine",
            host=args.engine,
            ssh_opts=_ssh_options(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._networks = {each.name: self._network(each) for each in args.networks}
        self._volumes = {each: self._volume(each) for each in args.volume_names}
        self._digests: dict[str, pulumi.Output[str]] = {}
        self._seeds = {each.volume: self._seed(each, contents[each.name]) for each in args.seeds}
        self.containers = {}
        for each in args.containers:
            self.containers[each.name] = self._container(each)
        self.register_outputs({"runs": list(self.containers)})

    def _options(self, after: Sequence[pulumi.Resource] = (), **more: Any) -> Any:
        depends_on = list(after)
        return pulumi.ResourceOptions(
            parent=self, provider=self._engine, depends_on=depends_on, **more
        )

    def _labels(self, **more: pulumi.Input[str]) -> Any:
        """Return labels: what all of the host is found by, and *more* under names like it."""
        named = {f"{LABEL}.{key}": value for key, value in more.items()}
        said: dict[str, pulumi.Input[str]] = {f"{LABEL}.host": self._args.prefix, **named}
        return [{"label": label, "value": value} for label, value in said.items()]

    def _network(self, network: NetworkArgs) -> "docker.Network":
        return docker.Network(
            f"{self._name}-network-{network.name}",
            name=f"{self._args.prefix}-{network.name}",
            driver="bridge",
            internal=network.internal,
            ipam_configs=_addresses(network),
            labels=self._labels(),
            opts=self._options(delete_before_replace=True),
        )

    def _volume(self, volume: str) -> "docker.Volume":
        return docker.Volume(
            f"{self._name}-volume-{volume}",
            name=f"{self._args.prefix}-{volume}",
            driver="local",
            labels=self._labels(),
            opts=self._options(delete_before_replace=True),
        )

    def _seed(
        self, seed: SeedArgs, contents: Mapping[str, pulumi.Input[str]]
    ) -> "docker.Container":
        """Carry the files into the volume; note a digest of them for whoever mounts it."""
        files = {name: pulumi.Output.from_input(contents[name]) for name in seed.files}
        self._digests[seed.volume] = _digest(seed, files)
        prefix = self._args.prefix
        volume = f"{prefix}-{seed.volume}"
        inputs = seed_inputs(seed.image, f"{prefix}-{seed.name}", volume, SEEDED)
        seal = pulumi.Output.secret if seed.secret else pulumi.Output.from_input
        return docker.Container(
            f"{self._name}-seed-{seed.name}",
            uploads=_uploads(seed.owner, {name: seal(each) for name, each in files.items()}),
            labels=self._labels(),
            opts=self._options([self._volumes[seed.volume]], delete_before_replace=True),
            **inputs,
        )

    def _container(self, container: ContainerArgs) -> "docker.Container":
        mounted = [mount.volume for mount in container.mounts]
        joined = [self._networks[join.network] for join in container.networks]
        needed: list[pulumi.Resource] = [*joined, *(self._volumes[each] for each in mounted)]
        needed += [self._seeds[each] for each in mounted if each in self._seeds]
        above = (*container.after, *container.fronts, *self._one_by_one(container))
        needed += [self.containers[each] for each in dict.fromkeys(above)]
        return docker.Container(
            f"{self._name}-{container.name}",
            labels=self._labels(**self._causes(container, joined)),
            opts=self._options(needed, replace_on_changes=NOT_UPDATED, delete_before_replace=True),
            **container_inputs(container, self._args.prefix),
        )

    def _one_by_one(self, container: ContainerArgs) -> list[str]:
        """Return whom a container comes after that answers through another one.

        What fronts several goes before the first of them that is made anew, and the engine has that
        one alone wait for its end: any other, made anew at the same time, would go under it.
        """
        fronted = {name for each in self._args.containers for name in each.fronts}
        return [name for name in self.containers if {name, container.name} <= fronted]

    def _causes(
        self, container: ContainerArgs, joined: Sequence["docker.Network"]
    ) -> dict[str, pulumi.Input[str]]:
        """Return labels that change when the container has to be made anew."""
        mounted = [mount.volume for mount in container.mounts]
        files = [self._digests[each] for each in mounted if each in self._digests]
        networks = pulumi.Output.all(*(network.id for network in joined))
        causes = {"networks": networks.apply(lambda ids: _short("".join(ids)))}
        if files:
            causes["files"] = pulumi.Output.all(*files).apply("-".join)
        if container.fronts:
            # Known by their ids, so that the engine takes it away before one of them.
            behind = pulumi.Output.all(*(self.containers[each].id for each in container.fronts))
            causes["fronts"] = behind.apply(lambda ids: _short("".join(ids)))
        return dict(causes)


def _addresses(network: NetworkArgs) -> Any:
    """Return which addresses there are; else the engine hands out one that somebody is to have."""
    if network.subnet is None:
        return None
    return [{"subnet": network.subnet, "ip_range": network.handed_out}]


def _uploads(owner: str, files: Mapping[str, pulumi.Output[str]]) -> Any:
    return [upload(f"{SEEDED}/{name}", owner, content) for name, content in files.items()]


def _digest(seed: SeedArgs, files: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str]:
    """Return digits that differ when a file does, and tell nothing of what stands in it."""
    said = pulumi.Output.all(*files.values()).apply(
        lambda contents: _short("\0".join((seed.name, *files, *contents)))
    )
    return pulumi.Output.unsecret(said)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:SHOWN_DIGITS]


def _ssh_options(args: DockerHostArgs) -> list[str] | None:
    """Return options of ssh: it asks nothing, and takes no machine that it does not know."""
    if is_local(args.engine):
        return None
    strict = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
    file = args.known_hosts
    return [*strict, *(["-o", f"UserKnownHostsFile={file}"] if file else [])]


def _check_contents(seeds: Sequence[SeedArgs], contents: Contents) -> None:
    """Refuse a file without content, and content that no seed carries."""
    named = {(seed.name, file) for seed in seeds for file in seed.files}
    given = {(seed, file) for seed, files in contents.items() for file in files}
    for seed, file in sorted(named ^ given):
        said = "has no content; give it" if (seed, file) in named else "is no file of a seed here"
        raise RefusedError(f"{seed}/{file} {said}")


def _shown(args: DockerHostArgs) -> dict[str, Any]:
    return {"engine": args.engine, "runs": [each.name for each in args.containers]}
