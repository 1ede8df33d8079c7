"""Certificates that the edge of a zone shows for hosts of its own choice."""

import hashlib
from typing import Any

import pulumi
from pydantic import model_validator

from components.args import Args
from components.sdk import cloudflare
from planning.certificates import Authority, Validation, check_certificate


class CertificateArgs(Args):
    """What one certificate is."""

    zone: str
    """Name of the zone; it is one of the hosts."""

    hosts: tuple[str, ...]
    """Hosts that it is for, the zone itself among them, 50 at most; `*.` and a domain for all one
    level below it."""

    authority: Authority = "google"
    """Who issues it. Default: Google Trust Services."""

    validity_days: int = 90
    """For how long it is issued; which lengths there are depends on the authority. Default: 90."""

    validation: Validation = "txt"
    """How the authority sees that the hosts are ours. Default: records in the DNS of the zone."""

    @model_validator(mode="after")
    def _given(self) -> "CertificateArgs":
        check_certificate(self.zone, self.hosts, self.authority, self.validity_days)
        return self


class Certificate(pulumi.ComponentResource):
    """An advanced certificate of a zone. Child: the pack, `<name>-<digest>`.

    The digest is of all that the certificate is, so that a change orders a second one before the
    first goes. A host that is left out would else stay: the plugin takes fewer hosts for no change.
    """

    pack_id: pulumi.Output[str]
    """Id of the certificate pack."""

    def __init__(
        self,
        name: str,
        args: CertificateArgs,
        *,
        zone_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Certificate", name, _shown(args), opts)
        pack = cloudflare.CertificatePack(
            f"{name}-{_digest(args)}",
            zone_id=zone_id,
            type="advanced",
            certificate_authority=args.authority,
            hosts=sorted(args.hosts),
            validation_method=args.validation,
            validity_days=args.validity_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.pack_id = pack.id
        self.register_outputs({"packId": self.pack_id})


def _shown(args: CertificateArgs) -> dict[str, Any]:
    return {"zone": args.zone, "hosts": sorted(args.hosts), "authority": args.authority}


def _digest(args: CertificateArgs) -> str:
    told = (*sorted(args.hosts), args.authority, str(args.validity_days), args.validation)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]
