"""The host of Connect as resources: Access first, then the containers, the DNS record last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from components.access import Access, AccessArgs, PolicyArgs, ServiceTokenArgs, WhoArgs
from components.access_application import Application, ApplicationArgs
from components.docker_host_args import DockerHostArgs
from components.tunnel import AccessCheck, IngressArgs, Tunnel, TunnelArgs
from config import PlatformConfig
from config.access import TokenSecret
from config.fields import Environment
from config.platform_config import Block
from systems.access_hosts import open_door
from systems.onepassword_connect.layout import (
    CREDENTIALS,
    CREDENTIALS_FILE,
    TOKEN,
    TOKEN_FILE,
    Layout,
    data_volume,
)
from systems.onepassword_connect.names import FIXED_HOSTS, NAME, SERVICES, token_resource
from systems.onepassword_connect.settings import OnePasswordConnect as Settings
from systems.onepassword_connect.settings import OnePasswordConnectSecrets
from systems.onepassword_connect.sidecar import SERVICE
from systems.system import Address

if TYPE_CHECKING:
    from components.docker_host import DockerHost

APPLICATION = "1Password Connect API"
POLICY = "ChittyOS Services Only"
HEALTH = "/v1/health"
CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that could be refused was refused."""

    host: str
    team: str
    settings: Settings
    credentials: str
    tunnel_secret: str | None
    """Half of the token of the tunnel. `None`: that which Cloudflare has made."""

    layouts: Mapping[str, Layout]
    """What each machine has, by its name."""

    hosts: Mapping[str, DockerHostArgs]
    zone_id: str
    account_id: str

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register it; return its one address."""
        OnePasswordConnect(self, opts)
        return [Address(self.host, HEALTH, service_token=token_resource(SERVICES))]


class Nothing:
    """A stack without a host of Connect."""

    def build(self, _: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register nothing."""
        return []


def plan(config: PlatformConfig, block: Block) -> Plan | Nothing:
    """Lay out every machine; registers nothing."""
    settings: Settings = block.settings
    if settings.host is None or settings.team is None:
        return Nothing()
    pinned = config.deployment.environment is not Environment.DEVELOPMENT
    secret = block.secrets.CREDENTIALS
    credentials = secret.get_secret_value() if secret else ""
    layouts = {
        machine.name: Layout(settings, machine, config.stack, pinned, data_volume(credentials))
        for machine in settings.machines
    }
    return Plan(
        settings.host,
        settings.team,
        settings,
        credentials,
        _tunnel_secret(block.secrets),
        layouts,
        {name: layout.args for name, layout in layouts.items()},
        config.zone_id(settings.host),
        config.deployment.account,
    )


class OnePasswordConnect(pulumi.ComponentResource):
    """Machines with Connect behind one tunnel. Children begin with the name of the system."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:OnePasswordConnect", NAME, {}, opts)
        self._planned = planned
        self._child = pulumi.ResourceOptions(parent=self)
        guard = self._guard()
        tunnel = self._tunnel(guard.audience)
        first = [guard.application, tunnel.configuration]
        containers: list[pulumi.Resource] = []
        for name in planned.layouts:
            # One after another: while one is made anew, the others go on.
            machine = self._machine(name, tunnel.token, [*first, *containers])
            containers += machine.containers.values()
        tunnel.open(containers)
        self.register_outputs({"host": planned.host})

    def _guard(self) -> Application:
        """Let nobody in but who has a service token, before anything is there to be reached."""
        planned = self._planned
        account = planned.account_id
        access = Access(
            f"{NAME}-access", access_args(planned.settings), account_id=account, opts=self._child
        )
        open_door(planned.host, access.tokens[SERVICES])
        return Application(
            f"{NAME}-application",
            ApplicationArgs(
                title=APPLICATION, places=(planned.host,), policies=tuple(access.policy_ids)
            ),
            account_id=account,
            policy_ids=access.policy_ids,
            opts=self._child,
        )

    def _tunnel(self, audience: pulumi.Output[str]) -> Tunnel:
        """Lead the host to the proxy; cloudflared takes no request that Access did not pass."""
        planned = self._planned
        ingress = IngressArgs(
            hostname=planned.host,
            service=SERVICE,
            access=AccessCheck(team_name=planned.team),
            connect_timeout_seconds=CONNECT_SECONDS,
        )
        return Tunnel(
            f"{NAME}-tunnel",
            TunnelArgs(tunnel=planned.settings.tunnel, ingresses=(ingress,)),
            account_id=planned.account_id,
            zone_ids={planned.host: planned.zone_id},
            audiences={planned.host: [audience]},
            ready=None,
            secret=planned.tunnel_secret,
            opts=self._child,
        )

    def _machine(
        self, name: str, token: pulumi.Output[str], after: Sequence[pulumi.Resource]
    ) -> "DockerHost":
        from components.docker_host import DockerHost  # noqa: PLC0415 - the SDK takes a second

        contents: dict[str, dict[str, Any]] = {
            **self._planned.layouts[name].files(),
            f"{CREDENTIALS}-seed": {CREDENTIALS_FILE: self._planned.credentials},
            f"{TOKEN}-seed": {TOKEN_FILE: token},
        }
        return DockerHost(
            f"{NAME}-{name}",
            self._planned.hosts[name],
            contents=contents,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def access_args(settings: Settings) -> AccessArgs:
    """Return who may pass: each policy names one service token, and fixed hosts their addresses."""
    tokens = [_token(SERVICES, POLICY, settings.service_token)]
    policies = [
        PolicyArgs(
            name=SERVICES,
            title=POLICY,
            decision="non_identity",
            include=WhoArgs(service_tokens=(SERVICES,)),
        )
    ]
    if settings.fixed_hosts:
        title = f"{POLICY}: fixed hosts"
        tokens.append(_token(FIXED_HOSTS, title, settings.fixed_hosts_token))
    for number, address in enumerate(settings.fixed_hosts, start=1):
        # Of addresses that one policy requires, Access wants all at once.
        policies.append(
            PolicyArgs(
                name=f"{FIXED_HOSTS}-{number}",
                title=f"{POLICY}: fixed host {number}",
                decision="non_identity",
                include=WhoArgs(service_tokens=(FIXED_HOSTS,)),
                require=WhoArgs(addresses=(address,)),
            )
        )
    return AccessArgs(
        service_tokens=tuple(tokens), policies=tuple(policies), emails=settings.emails
    )


def _token(name: str, title: str, secret: TokenSecret) -> ServiceTokenArgs:
    until = secret.previous_until
    return ServiceTokenArgs(
        name=name,
        title=title,
        secret_version=secret.secret_version,
        previous_until=until.isoformat() if until else None,
    )


def _tunnel_secret(secrets: OnePasswordConnectSecrets) -> str | None:
    given = secrets.TUNNEL_SECRET
    return given.get_secret_value() if given else None
