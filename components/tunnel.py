"""Tunnels: hosts that are served by a machine which no address leads to."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from weakref import WeakKeyDictionary

import pulumi
from pydantic import Field, PositiveInt, field_validator, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning.refusals import RefusedError
from planning.tunnels import CATCH_ALL, Ingress, check_ingresses

DOMAIN = "cfargotunnel.com"
AUTOMATIC_TTL = 1


class AccessCheck(Args):
    """What cloudflared itself asks of a request: a token of Access for this application."""

    team_name: Annotated[str, Field(min_length=1)]
    """Name of the organisation, which cloudflared needs beside the tag (C16)."""

    aud_tags: tuple[str, ...]
    """Audience tags of the applications whose tokens it takes."""


class IngressArgs(Args):
    """One rule: requests of a host whose path matches go to one service."""

    hostname: str
    """Host, or `*.` and a domain for all hosts below it at any depth."""

    service: str
    """Address of the service as the tunnel's machine reaches it: `http://nginx:8080`."""

    path: str | None = None
    """Regular expression on the decoded path, anchored by `^`. Default: every path."""

    access: AccessCheck | None = None
    """Whether cloudflared checks tokens of Access. Default: only the edge does."""

    connect_timeout_seconds: Annotated[PositiveInt, Field(strict=True)] | None = None
    """Seconds to wait for a connection, a whole number (C13). Default: cloudflared's 30."""

    http_host_header: str | None = None
    """Host that the service is asked for. Default: the visitor's (C14)."""

    origin_server_name: str | None = None
    """Name that the certificate of an https service has to have. Default: that of its address."""


class TunnelArgs(Args):
    """What one tunnel is."""

    tunnel: Annotated[str, Field(min_length=1, max_length=100)]
    """Its name in the account."""

    ingresses: tuple[IngressArgs, ...]
    """Where requests go; the first rule that matches answers. What none matches gets 404."""

    @model_validator(mode="after")
    def _lead_somewhere(self) -> "TunnelArgs":
        check_ingresses([Ingress(i.service, i.hostname, i.path) for i in self.ingresses])
        return self

    @field_validator("ingresses")
    @classmethod
    def _at_least_one(cls, ingresses: tuple[IngressArgs, ...]) -> tuple[IngressArgs, ...]:
        if not ingresses:
            raise RefusedError("a tunnel without a rule leads nowhere; name a host and its service")
        return ingresses


class Tunnel(pulumi.ComponentResource):
    """A tunnel, what it leads to, and the DNS records that open it, which come last.

    Children: the tunnel under the name of the component, `-configuration`, and `-<host>` for each
    host. Raises `RefusedError` when the program has a tunnel of this name already: the later
    configuration would overwrite the earlier one, at each `up` anew.
    """

    tunnel_id: pulumi.Output[str]
    """Id of the tunnel."""

    token: pulumi.Output[str]
    """What cloudflared proves itself by; a secret. Give it as a file, never as a variable."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        name: str,
        args: TunnelArgs,
        *,
        account_id: pulumi.Input[str],
        zone_ids: Mapping[str, str],
        ready: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take the zone of each hostname as *zone_ids*; open no host before *ready* is finished."""
        _claim(args.tunnel)
        _check_zones(args, zone_ids)
        super().__init__("chittyos:cloudflare:Tunnel", name, _shown(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        tunnel = cloudflare.ZeroTrustTunnelCloudflared(
            name, account_id=account_id, name=args.tunnel, config_src="cloudflare", opts=child
        )
        self.tunnel_id = tunnel.id
        configuration = cloudflare.ZeroTrustTunnelCloudflaredConfig(
            f"{name}-configuration",
            account_id=account_id,
            tunnel_id=tunnel.id,
            config=_configuration(args),
            opts=child,
        )
        self.token = pulumi.Output.secret(
            cloudflare.get_zero_trust_tunnel_cloudflared_token_output(
                account_id=account_id,
                tunnel_id=tunnel.id,
                opts=pulumi.InvokeOutputOptions(parent=self),
            ).token
        )
        self._open(name, zone_ids, [configuration, *ready])
        self.register_outputs({"tunnelId": self.tunnel_id})

    def _open(
        self, name: str, zone_ids: Mapping[str, str], after: Sequence[pulumi.Resource]
    ) -> None:
        """Point each host at the tunnel, once what is *after* it is there."""
        for host, zone_id in zone_ids.items():
            cloudflare.DnsRecord(
                f"{name}-{host}",
                zone_id=zone_id,
                name=host,
                type="CNAME",
                content=self.tunnel_id.apply(lambda tunnel: f"{tunnel}.{DOMAIN}"),
                proxied=True,
                ttl=AUTOMATIC_TTL,
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=list(after), delete_before_replace=True
                ),
            )


_CLAIMED: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""Tunnels by the engine's connection that a run of a program has."""


def _claim(tunnel: str) -> None:
    """Note that the present program has *tunnel*; the note goes with the run of the program."""
    claimed = _CLAIMED.setdefault(pulumi.runtime.settings.get_monitor(), set())
    if tunnel in claimed:
        raise RefusedError(
            f"the tunnel {tunnel!r} is configured twice, and one configuration would overwrite the "
            f"other; put all ingresses into one Tunnel"
        )
    claimed.add(tunnel)


def _check_zones(args: TunnelArgs, zone_ids: Mapping[str, str]) -> None:
    """Refuse a host without a zone, and a zone's host that the tunnel does not answer for."""
    hosts = {ingress.hostname for ingress in args.ingresses}
    for host in sorted(hosts ^ zone_ids.keys()):
        said = "has no zone; give its id" if host in hosts else "has a zone and no ingress"
        raise RefusedError(f"{args.tunnel}: {host} {said}")


def _shown(args: TunnelArgs) -> dict[str, Any]:
    return {"tunnel": args.tunnel, "hosts": [each.hostname for each in args.ingresses]}


def _configuration(
    args: TunnelArgs,
) -> "cloudflare.ZeroTrustTunnelCloudflaredConfigConfigArgsDict":
    listed: list[Any] = [_ingress(each) for each in args.ingresses]
    made = {"ingresses": [*listed, {"service": CATCH_ALL}]}
    return cast("cloudflare.ZeroTrustTunnelCloudflaredConfigConfigArgsDict", made)


def _ingress(args: IngressArgs) -> dict[str, Any]:
    origin = {
        "access": _access(args.access) if args.access else None,
        "connect_timeout": args.connect_timeout_seconds,
        "http_host_header": args.http_host_header,
        "origin_server_name": args.origin_server_name,
    }
    said = {key: value for key, value in origin.items() if value is not None}
    whole = {
        "hostname": args.hostname,
        "path": args.path,
        "service": args.service,
        "origin_request": said or None,
    }
    return {key: value for key, value in whole.items() if value is not None}


def _access(check: AccessCheck) -> dict[str, Any]:
    return {"required": True, "team_name": check.team_name, "aud_tags": list(check.aud_tags)}
