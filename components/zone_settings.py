"""Settings of a zone: TLS, HSTS, DNSSEC, caching in tiers, TLS of single hosts."""

from typing import Any, Literal

import pulumi
from pydantic import Field, model_validator

from components.args import Args
from components.provider_api import api_of
from components.sdk import cloudflare
from components.zone_found import ZoneFound
from planning import zone_settings
from planning.refusals import RefusedError


class HostTlsArgs(Args):
    """TLS of one host, whatever its zone has."""

    host: str
    """The host."""

    minimum: Literal["1.2", "1.3"]
    """Lowest version of TLS that visitors may speak."""

    ciphers: tuple[str, ...] = ()
    """Ciphers of TLS 1.2, where the minimum is that. Default: Cloudflare's."""

    @model_validator(mode="after")
    def _fitting(self) -> "HostTlsArgs":
        zone_settings.check_ciphers(self.ciphers, self.minimum)
        return self


class ZoneSettingsArgs(Args):
    """What is valid for a whole zone, and for single hosts of it."""

    zone: str
    """Name of the zone."""

    plan: Literal["free", "pro", "business", "enterprise"]
    """What it is subscribed to."""

    settings: dict[str, Any] = {}  # noqa: RUF012 - pydantic copies it
    """Values of settings by their names in the API (`ssl`, `min_tls_version`). Default: none."""

    dnssec: bool | None = None
    """Whether its DNS is signed. Default: as it is."""

    universal_ssl: bool | None = None
    """Whether it has a certificate of Universal SSL. Default: as it is."""

    tiered_cache: bool | None = None
    """Whether data centres ask an upper one before the origin. Default: as it is."""

    hosts: tuple[HostTlsArgs, ...] = Field(default=())
    """TLS of single hosts. Default: none."""

    @model_validator(mode="after")
    def _possible(self) -> "ZoneSettingsArgs":
        """Refuse what Cloudflare would refuse, and hosts that are none of the zone."""
        for name, value in self.settings.items():
            zone_settings.check_value(name, value)
            if not zone_settings.can_change(name, self.plan):
                needed = zone_settings.setting(name).plan
                raise RefusedError(
                    f"{name} needs the {needed} plan and zone {self.zone} has {self.plan}; "
                    f"leave it out, or change the plan"
                )
        for each in self.hosts:
            if each.host != self.zone and not each.host.endswith(f".{self.zone}"):
                raise RefusedError(f"{each.host} is no host of zone {self.zone}; leave it out")
        return self


class ZoneSettings(pulumi.ComponentResource):
    """Settings of a zone, which go back to what they were found with when they leave the stack.

    Children: `<name>-<setting>` for each setting, `-dnssec`, `-universal-ssl`, `-tiered-caching`
    and `-tiered-cache`, each after a `…-found` that is made first and goes last;
    `<name>-<host>-<setting>` for TLS of hosts.
    """

    def __init__(
        self,
        name: str,
        args: ZoneSettingsArgs,
        *,
        zone_id: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {"zoneId": zone_id, "plan": args.plan}
        super().__init__("chittyos:cloudflare:ZoneSettings", name, shown, opts)
        self._name, self._zone_id, self._api = name, zone_id, api_of(self)
        for setting, value in sorted(args.settings.items()):
            own, after = self._after(setting)
            cloudflare.ZoneSetting(
                own, zone_id=zone_id, setting_id=setting, value=value, opts=after
            )
        self._switches(args)
        for each in args.hosts:
            self._host(each)
        self.register_outputs(shown)

    def _after(self, setting: str, *others: pulumi.Resource) -> tuple[str, pulumi.ResourceOptions]:
        """Note what *setting* is; return the name of what changes it, and that it comes after."""
        own = f"{self._name}-{setting.replace('_', '-')}"
        found = ZoneFound(
            f"{own}-found",
            setting,
            zone_id=self._zone_id,
            base_url=self._api,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return own, pulumi.ResourceOptions(parent=self, depends_on=[found, *others])

    def _switches(self, args: ZoneSettingsArgs) -> None:
        zone_id = self._zone_id
        if args.dnssec is not None:
            own, after = self._after("dnssec")
            status = "active" if args.dnssec else "disabled"
            cloudflare.ZoneDnssec(own, zone_id=zone_id, status=status, opts=after)
        if args.universal_ssl is not None:
            own, after = self._after("universal_ssl")
            cloudflare.UniversalSslSetting(
                own, zone_id=zone_id, enabled=args.universal_ssl, opts=after
            )
        if args.tiered_cache is not None:
            value = "on" if args.tiered_cache else "off"
            own, after = self._after("tiered_caching")
            tiers = cloudflare.ArgoTieredCaching(own, zone_id=zone_id, value=value, opts=after)
            own, after = self._after("tiered_cache", tiers)
            cloudflare.TieredCache(own, zone_id=zone_id, value=value, opts=after)

    def _host(self, args: HostTlsArgs) -> None:
        """Set TLS of one host. This goes for good with the stack: no record of it is kept."""
        wanted: dict[str, Any] = {"min_tls_version": args.minimum}
        wanted |= {"ciphers": list(args.ciphers)} if args.ciphers else {}
        for setting, value in wanted.items():
            cloudflare.HostnameTlsSetting(
                f"{self._name}-{args.host}-{setting.replace('_', '-')}",
                zone_id=self._zone_id,
                hostname=args.host,
                setting_id=setting,
                value=value,
                opts=pulumi.ResourceOptions(parent=self),
            )
