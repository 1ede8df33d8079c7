"""Tunnels: hosts that are served by a machine which no address leads to."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from weakref import WeakKeyDictionary

import pulumi
from pydantic import Field, PositiveInt, field_validator, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning.refusals import RefusedError
from planning.tunnel_tokens import check_secret, token_of
from planning.tunnels import CATCH_ALL, Ingress, check_ingresses

DOMAIN = "cfargotunnel.com"
AUTOMATIC_TTL = 1

Audiences = Mapping[str, Sequence[pulumi.Input[str]]]
"""Audience tags of applications of Access, by the host that takes their tokens."""


class AccessCheck(Args):
    """What cloudflared itself asks of a request: a token of Access for this application."""

    team_name: Annotated[str, Field(min_length=1)]
    """Name of the organisation, which cloudflared needs beside the tag (C16)."""

    aud_tags: tuple[str, ...] = ()
    """Audience tags of the applications whose tokens it takes. Default: the `audiences` of the
    host, which the tunnel is given as it is made."""


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

    configuration: pulumi.Resource
    """What it leads to, as Cloudflare has it: connections are served when it is there."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        name: str,
        args: TunnelArgs,
        *,
        account_id: pulumi.Input[str],
        zone_ids: Mapping[str, str],
        audiences: Audiences | None = None,
        ready: Sequence[pulumi.Resource] | None = (),
        secret: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take the zone of each hostname as *zone_ids*; open no host before *ready* is finished.

        `None` opens no host: what serves it may need the token first, and `open` comes after that.
        *secret*: 32 bytes or more, base64, of which its token is made; another one is another
        token, and connections that are there stay. Default: Cloudflare makes one.
        *audiences*: of each host that checks tokens of Access, the tags of its applications.
        """
        tags = audiences or {}
        _claim(args.tunnel)
        _check_zones(args, zone_ids)
        _check_audiences(args, tags)
        if secret is not None:
            check_secret(secret)
        super().__init__("chittyos:cloudflare:Tunnel", name, _shown(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        tunnel = cloudflare.ZeroTrustTunnelCloudflared(
            name,
            account_id=account_id,
            name=args.tunnel,
            config_src="cloudflare",
            tunnel_secret=secret,
            opts=child,
        )
        self.tunnel_id = tunnel.id
        configuration = cloudflare.ZeroTrustTunnelCloudflaredConfig(
            f"{name}-configuration",
            account_id=account_id,
            tunnel_id=tunnel.id,
            config=_configuration(args, tags),
            opts=child,
        )
        self.token = self._token(account_id, secret)
        self.configuration = configuration
        self._name, self._zone_ids = name, zone_ids
        if ready is not None:
            self.open(ready)
        self.register_outputs({"tunnelId": self.tunnel_id})

    def _token(self, account_id: pulumi.Input[str], secret: str | None) -> pulumi.Output[str]:
        """Make the token of a given *secret*, so that a preview knows it; else ask for it."""
        if secret is not None:
            parts = pulumi.Output.all(account_id, self.tunnel_id)
            made = parts.apply(lambda known: token_of(known[0], known[1], secret))
            return pulumi.Output.secret(made)
        asked = cloudflare.get_zero_trust_tunnel_cloudflared_token_output(
            account_id=account_id,
            tunnel_id=self.tunnel_id,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return pulumi.Output.secret(asked.token)

    def open(self, ready: Sequence[pulumi.Resource]) -> None:
        """Point each host at the tunnel, once its configuration and *ready* are there."""
        after = [self.configuration, *ready]
        for host, zone_id in self._zone_ids.items():
            cloudflare.DnsRecord(
                f"{self._name}-{host}",
                zone_id=zone_id,
                name=host,
                type="CNAME",
                content=self.tunnel_id.apply(lambda tunnel: f"{tunnel}.{DOMAIN}"),
                proxied=True,
                ttl=AUTOMATIC_TTL,
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=after, delete_before_replace=True
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


def _check_audiences(args: TunnelArgs, audiences: Audiences) -> None:
    """Refuse a check that any token would pass, and tags of a host that checks none."""
    for ingress in args.ingresses:
        tags = audiences.get(ingress.hostname, ())
        if ingress.access and not ingress.access.aud_tags and not tags:
            raise RefusedError(f"{ingress.hostname} checks tokens of no application; name aud_tags")
    checked = {ingress.hostname for ingress in args.ingresses if ingress.access}
    for host in sorted(audiences.keys() - checked):
        raise RefusedError(f"{host} has audiences, and no ingress that checks tokens (access)")


def _shown(args: TunnelArgs) -> dict[str, Any]:
    return {"tunnel": args.tunnel, "hosts": [each.hostname for each in args.ingresses]}


def _configuration(
    args: TunnelArgs, audiences: Audiences
) -> "cloudflare.ZeroTrustTunnelCloudflaredConfigConfigArgsDict":
    listed: list[Any] = [
        _ingress(each, audiences.get(each.hostname, ())) for each in args.ingresses
    ]
    made = {"ingresses": [*listed, {"service": CATCH_ALL}]}
    return cast("cloudflare.ZeroTrustTunnelCloudflaredConfigConfigArgsDict", made)


def _ingress(args: IngressArgs, tags: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    origin = {
        "access": _access(args.access, tags) if args.access else None,
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


def _access(check: AccessCheck, tags: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    taken = [*check.aud_tags, *tags]
    return {"required": True, "team_name": check.team_name, "aud_tags": taken}
