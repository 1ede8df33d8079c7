"""Notifications: who is told when something happens in the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

import pulumi
from pydantic import Field, field_validator

from components.args import Args
from components.sdk import cloudflare
from planning.notifications import ALERT_TYPES, BILLING_USAGE, MOST_NAME, Product, usage_filters
from planning.refusals import RefusedError


@dataclass(frozen=True)
class Receivers:
    """Whom a policy names: mail addresses, ids of webhooks, ids of PagerDuty services."""

    emails: tuple[str, ...] = ()
    webhooks: tuple[pulumi.Input[str], ...] = ()
    pagers: tuple[str, ...] = ()


class NotificationArgs(Args):
    """What one notification tells, and whom."""

    notification: Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
    """Its name in the account."""

    alert_type: str
    """What it tells of, as Cloudflare calls it: `tunnel_health_event`."""

    filters: Mapping[str, tuple[str, ...]] = {}
    """Which of these events it tells of, by the names of the SDK (`new_healths`). Default: all."""

    emails: tuple[str, ...] = ()
    """Addresses that it is mailed to. Default: none; then a webhook has to be told."""

    pagers: tuple[str, ...] = ()
    """Ids of PagerDuty services that the account is connected to. Default: none."""

    interval: str | None = None
    """How soon the same incident is told again: `30m`. Default: as Cloudflare does."""

    @field_validator("alert_type")
    @classmethod
    def _is_there(cls, alert_type: str) -> str:
        if alert_type not in ALERT_TYPES:
            raise RefusedError(f"{alert_type!r} is no alert of Cloudflare's")
        return alert_type

    @field_validator("emails")
    @classmethod
    def _named_once(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(emails)) < len(emails):
            raise RefusedError("an address stands twice; name it once")
        return emails


class Notification(pulumi.ComponentResource):
    """A notification policy. Child: the policy under the name of the component.

    *webhooks* are the ids of the webhooks that it is sent to, beside the mails. Raises
    `RefusedError` when nobody would be told.
    """

    policy_id: pulumi.Output[str]
    """Id of the policy."""

    def __init__(
        self,
        name: str,
        args: NotificationArgs,
        *,
        account_id: pulumi.Input[str],
        webhooks: tuple[pulumi.Input[str], ...] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        told = Receivers(args.emails, webhooks, args.pagers)
        if told == Receivers():
            raise RefusedError(f"{name}: tells nobody; name an address, a webhook or a pager")
        super().__init__("chittyos:cloudflare:Notification", name, args.model_dump(), opts)
        policy = cloudflare.NotificationPolicy(
            name,
            account_id=account_id,
            name=args.notification,
            alert_type=args.alert_type,
            enabled=True,
            filters=_filters(args.filters),
            mechanisms=_mechanisms(told),
            alert_interval=args.interval,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy_id = policy.id
        self.register_outputs({"policyId": self.policy_id})


def usage_notification(
    notification: str, product: Product, limit: int, emails: tuple[str, ...]
) -> NotificationArgs:
    """Return what tells *emails* when the account has used *limit* of *product* this month."""
    return NotificationArgs(
        notification=notification,
        alert_type=BILLING_USAGE,
        filters=usage_filters(product, limit),
        emails=emails,
    )


def _filters(filters: Mapping[str, tuple[str, ...]]) -> Any:
    return {key: list(values) for key, values in filters.items()} or None


def _mechanisms(told: Receivers) -> cloudflare.NotificationPolicyMechanismsArgsDict:
    """Name who is told. An empty list would differ from what the API answers, so it is left out."""
    listed = {"emails": told.emails, "webhooks": told.webhooks, "pagerduties": told.pagers}
    named = {kind: [{"id": each} for each in ids] for kind, ids in listed.items() if ids}
    return cast("cloudflare.NotificationPolicyMechanismsArgsDict", named)
