"""Health checks: Cloudflare asks a host from outside, and somebody is told when it is not well."""

from typing import Any, Literal, cast

import pulumi
from pydantic import Field, PositiveInt, field_validator, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning import health_checks
from planning.refusals import RefusedError

PORTS = {"HTTPS": 443, "HTTP": 80}
"""Port of each type: the provider sends 80 for both where none is named."""

ALERT = "health_check_status_notification"


class HealthCheckArgs(Args):
    """What one health check is. Times are whole seconds."""

    check: str = Field(pattern=r"^[A-Za-z0-9_-]+$", min_length=1, max_length=100)
    """Its name in the zone."""

    address: str = Field(min_length=1, max_length=253)
    """Host or IP address that is asked."""

    type: Literal["HTTPS", "HTTP"] = "HTTPS"
    """What is spoken. Default: HTTPS at port 443."""

    path: str = Field(default="/health", pattern=r"^/\S*$")
    """Path that is asked for. Default: /health."""

    codes: tuple[str, ...] = ("200",)
    """Codes of HTTP, or ranges as 2xx, that are a sign of life. Default: 200."""

    contains: str = ""
    """Text that the answer has to have, in any case. Default: any answer will do."""

    interval: PositiveInt = Field(default=60, le=health_checks.LONGEST_INTERVAL)
    """Time between two checks. Default: 60, the least of the Pro plan."""

    timeout: PositiveInt = Field(default=5, le=health_checks.LONGEST_TIMEOUT)
    """How long an answer may take. Default: 5."""

    retries: int = Field(default=2, ge=0, le=health_checks.MOST_RETRIES)
    """Tries after one that timed out, at once. Default: 2."""

    fails: PositiveInt = 1
    """Failed checks in a row after which it counts as unhealthy. Default: 1."""

    regions: tuple[str, ...] = ("WNAM", "ENAM", "WEU")
    """Regions that it is asked from. Default: WNAM, ENAM and WEU."""

    emails: tuple[str, ...] = ()
    """Who is told when it is unhealthy, and when it is well again. Default: nobody."""

    @field_validator("codes")
    @classmethod
    def _are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        health_checks.check_codes(codes)
        return codes

    @field_validator("regions")
    @classmethod
    def _are_regions(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        health_checks.check_regions(regions)
        return regions

    @model_validator(mode="after")
    def _fits(self) -> "HealthCheckArgs":
        if self.timeout >= self.interval:
            raise RefusedError(f"timeout is {self.timeout}; it is shorter than interval")
        return self


class HealthCheck(pulumi.ComponentResource):
    """A health check, which needs a zone on the Pro plan.

    Children: the check under the name of the component, and `-changed`, the notification, where
    somebody is told.
    """

    check_id: pulumi.Output[str]
    """Id of the check."""

    def __init__(
        self,
        name: str,
        args: HealthCheckArgs,
        *,
        account_id: pulumi.Input[str],
        zone_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {"check": args.check, "address": args.address, "path": args.path}
        super().__init__("chittyos:cloudflare:HealthCheck", name, shown, opts)
        check = cloudflare.Healthcheck(
            name,
            zone_id=zone_id,
            name=args.check,
            address=args.address,
            type=args.type,
            interval=args.interval,
            timeout=args.timeout,
            retries=args.retries,
            consecutive_fails=args.fails,
            check_regions=sorted(args.regions),
            http_config=_asked(args),
            # Its name is given once in the zone.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.check_id = check.id
        if args.emails:
            self._tell(name, args, account_id)
        self.register_outputs({"checkId": self.check_id})

    def _tell(self, name: str, args: HealthCheckArgs, account_id: pulumi.Input[str]) -> None:
        filters = {"health_check_ids": [self.check_id], "statuses": ["Healthy", "Unhealthy"]}
        cloudflare.NotificationPolicy(
            f"{name}-changed",
            account_id=account_id,
            name=f"{args.address}{args.path}: health changed",
            alert_type=ALERT,
            enabled=True,
            filters=cast("cloudflare.NotificationPolicyFiltersArgsDict", filters),
            mechanisms={"emails": [{"id": address} for address in args.emails]},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _asked(args: HealthCheckArgs) -> cloudflare.HealthcheckHttpConfigArgsDict:
    made: dict[str, Any] = {
        "method": "GET",
        "path": args.path,
        "port": PORTS[args.type],
        "expected_codes": list(args.codes),
    }
    if args.contains:
        made["expected_body"] = args.contains
    return cast("cloudflare.HealthcheckHttpConfigArgsDict", made)
