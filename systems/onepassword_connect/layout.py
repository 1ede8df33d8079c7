"""What runs on a machine: the containers of Connect, and who of them reaches whom (OP-1, OP-6).

    internet ─ uplink ─ cloudflared ─ edge ─ nginx ─ backend ─┬ connect-api, -sync ─ egress ─ out
                                                              └ health
    monitoring: the figures of cloudflared, nginx and health alone

Each listens where it is to be asked, and nowhere else: what is on two networks joins nothing.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from pathlib import Path

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
from components.docker_host_args import DockerHostArgs
from systems.onepassword_connect import pinned_images
from systems.onepassword_connect.names import API, EXPORTER, HEALTH, PROXY, SYNC, TUNNEL
from systems.onepassword_connect.proxy import Proxy, nginx_configuration
from systems.onepassword_connect.settings import Machine, OnePasswordConnect

AGGREGATOR = Path(__file__).resolve().parent / "files" / "health_aggregator.py"

EDGE, BACKEND, MONITORING, EGRESS, UPLINK = "edge", "backend", "monitoring", "egress", "uplink"
NETWORKS = (EDGE, BACKEND, MONITORING, EGRESS, UPLINK)
WAYS_OUT = (EGRESS, UPLINK)
PART_BITS = 27
"""Each network is an eighth of the machine's subnet."""

PLACES = {TUNNEL: 18, PROXY: 19, HEALTH: 20, API: 21, SYNC: 22, EXPORTER: 23}
"""Where a container stands in each of its networks: no address is left to chance."""

CONNECT_USER, TUNNEL_USER, PROXY_USER = "999:999", "65532:65532", "101:101"
EXPORTER_USER, NOBODY = "1001:1001", "65534:65534"
"""Users of the images, by number."""

CONNECT_PORT, PROXY_PORT, FIGURES_PORT, HEALTH_PORT, TUNNEL_PORT = 8080, 8080, 8081, 8090, 20241
BUS_PORTS = {API: 11220, SYNC: 11221}
"""Ports by which both services find each other: they would ask the network, which needs a
capability."""

CREDENTIALS_FILE, TOKEN_FILE = "1password-credentials.json", "token"
CREDENTIALS, TOKEN, PROXY_FILES, HEALTH_FILES = (
    "connect-credentials",
    "tunnel-token",
    "proxy-files",
    "health-files",
)
"""Volumes with files, each with a seed of its name and `-seed`."""

DATA = "connect-data"
GRACE_SECONDS = 30
"""How long the tunnel goes on with requests that it has when it is told to end."""


@dataclass(frozen=True)
class Layout:
    """The containers of one machine."""

    settings: OnePasswordConnect
    machine: Machine
    stack: str
    pinned: bool

    data: str = DATA
    """Volume of what Connect has fetched. Default: one for every credentials that it is given."""

    @property
    def args(self) -> DockerHostArgs:
        """All of the host."""
        return DockerHostArgs(
            engine=self.machine.engine,
            known_hosts=self.machine.known_hosts,
            prefix=f"connect-{self.stack}",
            networks=tuple(self._network(name) for name in NETWORKS),
            volumes=(VolumeArgs(name=self.data),),
            seeds=self._seeds,
            containers=(
                self._connect(SYNC, API, memory_mb=256),
                self._connect(API, SYNC, memory_mb=128),
                self._health,
                self._proxy,
                self._exporter,
                self._tunnel,
            ),
            pinned=self.pinned,
        )

    def files(self) -> dict[str, dict[str, str]]:
        """Return the files that hold no secret, by their seeds."""
        return {
            f"{PROXY_FILES}-seed": {"nginx.conf": nginx_configuration(self.proxy)},
            f"{HEALTH_FILES}-seed": {AGGREGATOR.name: AGGREGATOR.read_text()},
        }

    @property
    def proxy(self) -> Proxy:
        """Where the proxy listens and whom it believes: cloudflared, and nobody else."""
        return Proxy(
            edge=f"{self.address(PROXY, EDGE)}:{PROXY_PORT}",
            monitoring=f"{self.address(PROXY, MONITORING)}:{FIGURES_PORT}",
            trusted=self.address(TUNNEL, EDGE),
            # By addresses: for names Docker is asked every few seconds, also when it is busy.
            connect=f"{self.address(API, BACKEND)}:{CONNECT_PORT}",
            health=f"{self.address(HEALTH, BACKEND)}:{HEALTH_PORT}",
            requests=self.settings.proxy.requests_a_minute,
            burst=self.settings.proxy.burst,
            kept=self.settings.proxy.lists_kept_seconds,
        )

    def address(self, container: str, network: str) -> str:
        """Return the address that *container* has on *network*."""
        return str(self._subnets[network][PLACES[container]])

    @property
    def _subnets(self) -> dict[str, ipaddress.IPv4Network]:
        whole = ipaddress.IPv4Network(self.machine.subnet)
        return dict(zip(NETWORKS, whole.subnets(new_prefix=PART_BITS), strict=False))

    @property
    def _images(self) -> dict[str, str]:
        return pinned_images.images(self.settings.images)

    def _network(self, name: str) -> NetworkArgs:
        subnet = str(self._subnets[name])
        return NetworkArgs(name=name, internal=name not in WAYS_OUT, subnet=subnet)

    @property
    def _seeds(self) -> tuple[SeedArgs, ...]:
        plans = (
            (CREDENTIALS, CONNECT_USER, CREDENTIALS_FILE, True),
            (TOKEN, TUNNEL_USER, TOKEN_FILE, True),
            (PROXY_FILES, PROXY_USER, "nginx.conf", False),
            (HEALTH_FILES, NOBODY, AGGREGATOR.name, False),
        )
        return tuple(
            SeedArgs(
                name=f"{volume}-seed",
                image=self._images[HEALTH],
                volume=volume,
                owner=owner,
                files=(file,),
                secret=secret,
            )
            for volume, owner, file, secret in plans
        )

    def _joins(self, container: str, *networks: str) -> tuple[JoinArgs, ...]:
        return tuple(
            JoinArgs(network=network, address=self.address(container, network))
            for network in networks
        )

    def _connect(self, name: str, peer: str, memory_mb: int) -> ContainerArgs:
        """One of both services: they share their data, and find each other by name."""
        return ContainerArgs(
            name=name,
            image=self._images[name],
            user=CONNECT_USER,
            environment={
                "OP_SESSION": f"/run/credentials/{CREDENTIALS_FILE}",
                "OP_HTTP_PORT": str(CONNECT_PORT),
                "OP_LOG_LEVEL": self.settings.log_level,
                "OP_BUS_PORT": str(BUS_PORTS[name]),
                "OP_BUS_PEERS": f"{peer}:{BUS_PORTS[peer]}",
            },
            networks=self._joins(name, BACKEND, EGRESS),
            mounts=(
                MountArgs(volume=CREDENTIALS, target="/run/credentials"),
                MountArgs(volume=self.data, target="/home/opuser/.op/data", read_only=False),
            ),
            scratch=(ScratchArgs(target="/tmp", megabytes=16),),  # noqa: S108 - in the container
            memory_mb=memory_mb,
            processes=256,
        )

    @property
    def _health(self) -> ContainerArgs:
        backend, monitoring = (self.address(HEALTH, each) for each in (BACKEND, MONITORING))
        return ContainerArgs(
            name=HEALTH,
            image=self._images[HEALTH],
            user=NOBODY,
            command=("python3", "-I", "-B", f"/opt/health/{AGGREGATOR.name}"),
            environment={
                "LISTEN": f"{backend}:{HEALTH_PORT},{monitoring}:{HEALTH_PORT}",
                "SERVICES": ",".join(
                    f"{each}=http://{self.address(each, BACKEND)}:{CONNECT_PORT}"
                    for each in (API, SYNC)
                ),
            },
            networks=self._joins(HEALTH, BACKEND, MONITORING),
            mounts=(MountArgs(volume=HEALTH_FILES, target="/opt/health"),),
            memory_mb=64,
            health=_fetched(f"{backend}:{HEALTH_PORT}/v1/health", every_seconds=5),
            fronts=(API, SYNC),
        )

    @property
    def _proxy(self) -> ContainerArgs:
        figures = f"{self.address(PROXY, MONITORING)}:{FIGURES_PORT}"
        return ContainerArgs(
            name=PROXY,
            image=self._images[PROXY],
            user=PROXY_USER,
            command=("nginx", "-e", "stderr", "-c", "/etc/proxy/nginx.conf", "-g", "daemon off;"),
            networks=self._joins(PROXY, EDGE, BACKEND, MONITORING),
            mounts=(MountArgs(volume=PROXY_FILES, target="/etc/proxy"),),
            scratch=(ScratchArgs(target="/tmp", megabytes=16),),  # noqa: S108 - in the container
            memory_mb=64,
            # After a crash it is to be known as healthy within 15 seconds, on a busy machine too.
            health=_fetched(f"{figures}/stub_status").model_copy(update={"every_seconds": 5}),
        )

    @property
    def _exporter(self) -> ContainerArgs:
        figures = f"{self.address(PROXY, MONITORING)}:{FIGURES_PORT}"
        return ContainerArgs(
            name=EXPORTER,
            image=self._images[EXPORTER],
            user=EXPORTER_USER,
            command=(f"--nginx.scrape-uri=http://{figures}/stub_status",),
            networks=self._joins(EXPORTER, MONITORING),
            memory_mb=32,
        )

    @property
    def _tunnel(self) -> ContainerArgs:
        """cloudflared: its token is a file, for a variable would win over it and be shown."""
        figures = f"{self.address(TUNNEL, MONITORING)}:{TUNNEL_PORT}"
        return ContainerArgs(
            name=TUNNEL,
            image=self._images[TUNNEL],
            user=TUNNEL_USER,
            command=("tunnel", "run"),
            environment={
                "NO_AUTOUPDATE": "true",
                "TUNNEL_GRACE_PERIOD": f"{GRACE_SECONDS}s",
                "TUNNEL_LOGLEVEL": self.settings.log_level,
                "TUNNEL_MANAGEMENT_DIAGNOSTICS": "false",
                "TUNNEL_METRICS": figures,
                "TUNNEL_TOKEN_FILE": f"/run/tunnel/{TOKEN_FILE}",
            },
            networks=self._joins(TUNNEL, EDGE, MONITORING, UPLINK),
            mounts=(MountArgs(volume=TOKEN, target="/run/tunnel"),),
            memory_mb=128,
            stop_seconds=GRACE_SECONDS + 10,
            health=HealthArgs(
                command=("cloudflared", "tunnel", "--metrics", figures, "ready"), every_seconds=5
            ),
            # Health answers when connect-api does. It says `degraded` where connect-sync does not,
            # and that is not waited for: while 1Password is away, no change would come to its end.
            fronts=(PROXY, HEALTH, API),
        )


def _fetched(address: str, every_seconds: int = 10) -> HealthArgs:
    command = ("wget", "-q", "-O", "/dev/null", f"http://{address}")
    return HealthArgs(command=command, every_seconds=every_seconds)


def data_volume(credentials: str) -> str:
    """Return the volume for what Connect fetches by *credentials*; the name tells nothing of them.

    What a server has fetched is sealed for it alone: another one begins with nothing.
    """
    return f"{DATA}-{hashlib.sha256(credentials.encode()).hexdigest()[:8]}"
