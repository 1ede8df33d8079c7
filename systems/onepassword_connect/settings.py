"""What the host of 1Password Connect is: the block `onepassword_connect:` of the configuration."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)

from config.access import Network, TokenSecret
from config.fields import Emails, HostName, Positive, Settings, Whole
from config.secret_fields import SEALED, Secret
from planning.docker_engines import check_engine
from planning.image_references import check_image
from planning.private_networks import private_network
from planning.refusals import RefusedError
from planning.tunnel_tokens import check_secret
from systems.onepassword_connect.names import CONTAINERS

Engine = Annotated[str, AfterValidator(check_engine)]
MachineName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,19}$")]
TunnelName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"),
    # In a file it may hold {stack}, which stands for the name of the stack.
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9{][A-Za-z0-9._{}-]*$"}),
]
TeamName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Container = Literal[
    "connect-api", "connect-sync", "cloudflared", "nginx", "nginx-exporter", "health"
]
Image = Annotated[str, AfterValidator(check_image)]
assert set(Container.__args__) == set(CONTAINERS)  # type: ignore[attr-defined]  # noqa: S101

SUBNET_BITS = 24
CREDENTIAL_KEYS = frozenset({"verifier", "encCredentials", "uniqueKey"})
"""What a file of credentials has; its form is 1Password's own."""


def _subnet(subnet: str) -> str:
    return private_network(subnet, largest=SUBNET_BITS, smallest=SUBNET_BITS)


def _credentials(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    """Check that it is the content of a `1password-credentials.json`, and show none of it."""
    if info.context == SEALED:
        return secret
    try:
        content = json.loads(secret.get_secret_value())
        found = content.keys() >= CREDENTIAL_KEYS
    except (ValueError, RecursionError, AttributeError):
        found = False
    if not found:
        raise RefusedError(
            "is not the content of a 1password-credentials.json, which is JSON with "
            f"{', '.join(sorted(CREDENTIAL_KEYS))}; pass the file: … < 1password-credentials.json"
        )
    return secret


def _tunnel_secret(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if info.context != SEALED:
        check_secret(secret.get_secret_value())
    return secret


class Machine(Settings):
    """A machine with a Docker Engine."""

    name: MachineName
    """Its name, never changed."""

    engine: Engine
    """Address of its engine: `ssh://user@host`, with `:port` where that is not 22, or
    `unix:///var/run/docker.sock` for one of this machine."""

    known_hosts: str | None = None
    """File with the machine's key, for ssh. Default: that of the user who deploys."""

    subnet: Annotated[str, AfterValidator(_subnet)] = "10.213.40.0/24"
    """Private /24 for the networks of its containers, within 10.0.0.0/8, 172.16.0.0/12 or
    192.168.0.0/16, which nothing else of the machine may use. Default: 10.213.40.0/24."""

    server: Literal["digitalocean", "aws", "hetzner", "own"] = "digitalocean"
    """Whose server it is, for its price in `ops cost`; `own` costs nothing there, and neither does
    a machine that is reached by a socket. Default: digitalocean."""


class Expected(Settings):
    """What is paid for every month beside the machines, for `ops cost` (CC-14)."""

    users: Annotated[Whole, Field(ge=0, le=100_000)] = 1
    """Users of 1Password that are there for the credentials of the platform. Default: 1."""


class Proxy(Settings):
    """What the proxy before Connect lets through, and keeps (OP-1, OP-7)."""

    requests_a_minute: Annotated[Positive, Field(le=100_000)] = 100
    """Requests that a client may make a minute. Default: 100."""

    burst: Annotated[Whole, Field(ge=0, le=10_000)] = 20
    """Requests of a client that may come at once beyond that. Default: 20."""

    lists_kept_seconds: Annotated[Whole, Field(ge=0, le=60)] = 5
    """Seconds that the proxy keeps lists of vaults and items, each for the token that asked. For so
    long a revoked token still reads lists; items are never kept. Default: 5; 0 keeps nothing."""


class OnePasswordConnect(Settings):
    """1Password Connect on machines of one's own, behind a tunnel and Access (OP-1 to OP-7).

    Without `host` the stack has none of it. Outside of development it is a stack of its own.
    """

    host: HostName | None = None
    """Host that it answers at. Default: none, and then nothing of it is deployed."""

    tunnel: TunnelName = "1password-connect-chittyos"
    """Name of the tunnel in the account. Default: 1password-connect-chittyos."""

    team: TeamName | None = None
    """Name of the Zero Trust organisation, what stands before .cloudflareaccess.com: the tunnel
    itself checks the tokens of Access by it. Needed where `host` is set."""

    machines: tuple[Machine, ...] = ()
    """Machines that run it, each the whole of it; the tunnel leads to any of them. Needed where
    `host` is set, but in development: without one, processes beside the local Cloudflare stand for
    it."""

    images: Mapping[Container, Image] = {}
    """Images in the place of those of `images/compose.yaml`, by the names of the containers.
    Default: those of the file."""

    proxy: Proxy = Proxy()
    """What the proxy before Connect lets through, and keeps. Default: each of its own."""

    expected: Expected = Expected()
    """What is paid for every month beside the machines. Default: one user of 1Password."""

    log_level: Literal["error", "info", "debug"] = "info"
    """What Connect and the tunnel log. Default: info."""

    fixed_hosts: tuple[Network, ...] = ()
    """Addresses of machines that read credentials with a service token of their own, which is good
    from there alone. Default: none."""

    service_token: TokenSecret = TokenSecret()
    """Secret of the service token that Workers and `ops verify` present. Default: its first."""

    fixed_hosts_token: TokenSecret = TokenSecret()
    """Secret of the service token of `fixed_hosts`. Default: its first."""

    emails: Emails = ()
    """Who is told before a service token ends. Needed where `host` is set."""


class OnePasswordConnectSecrets(Settings):
    """What only the containers of Connect may know."""

    CREDENTIALS: Annotated[Secret, AfterValidator(_credentials)] | None = None
    """Content of the `1password-credentials.json` of the Connect server. Needed where `machines`
    are."""

    TUNNEL_SECRET: Annotated[Secret, AfterValidator(_tunnel_secret)] | None = None
    """32 bytes, base64, that the token of the tunnel has in it; `ops rotate` makes them. Default:
    those that Cloudflare made with the tunnel."""
