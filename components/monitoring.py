"""Monitoring: who can be told, and what each of them is told of."""

from collections.abc import Mapping
from typing import Annotated, Literal

import pulumi
from pydantic import Field, model_validator

from components.args import Args
from components.notification import Notification, NotificationArgs, Receivers
from components.sdk import cloudflare
from planning.refusals import RefusedError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class DestinationArgs(Args):
    """Somebody who can be told."""

    name: Name
    """What alerts call it; part of the name of its resource."""

    kind: Literal["email", "webhook", "pagerduty"]
    """How it is told."""

    emails: tuple[str, ...] = ()
    """Addresses of kind `email`. Default: none."""

    url: str | None = None
    """Address of kind `webhook`, without a secret that the service has in it. Default: none."""

    service: str | None = None
    """Id of kind `pagerduty`. Default: none."""


class AlertArgs(Args):
    """Something that is told of."""

    name: Name
    """Part of the name of its resource."""

    notification: str
    """Its name in the account."""

    alert_type: str
    """What it tells of, as Cloudflare calls it: `tunnel_health_event`."""

    to: tuple[str, ...] = Field(min_length=1)
    """Names of the destinations that are told."""

    filters: Mapping[str, tuple[str, ...]] = {}
    """Which of these events it tells of, by the names of the SDK. Default: all."""

    interval: str | None = None
    """How soon the same incident is told again: `30m`. Default: as Cloudflare does."""


class MonitoringArgs(Args):
    """Destinations, and the alerts that they are told of."""

    destinations: tuple[DestinationArgs, ...] = Field(min_length=1)
    """Who can be told."""

    alerts: tuple[AlertArgs, ...] = Field(min_length=1)
    """What is told to whom."""

    @model_validator(mode="after")
    def _fit_together(self) -> "MonitoringArgs":
        names = [each.name for each in self.destinations]
        for listed in (names, [each.name for each in self.alerts]):
            if twice := {name for name in listed if listed.count(name) > 1}:
                raise RefusedError(f"{', '.join(sorted(twice))} stands twice; name it once")
        for alert in self.alerts:
            if missing := [name for name in alert.to if name not in names]:
                raise RefusedError(f"{alert.name}: there is no destination {', '.join(missing)}")
        return self


class Monitoring(pulumi.ComponentResource):
    """Notification policies with their destinations.

    Children: a webhook `<name>-<destination>` each, a `Notification` `<name>-<alert>` each.
    *secrets* are what webhooks are known by, under the names of their destinations.
    """

    policy_ids: dict[str, pulumi.Output[str]]
    """Id of the policy of each alert."""

    def __init__(
        self,
        name: str,
        args: MonitoringArgs,
        *,
        account_id: pulumi.Input[str],
        secrets: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Monitoring", name, args.model_dump(), opts)
        self._child = pulumi.ResourceOptions(parent=self)
        hooks = {
            each.name: self._webhook(f"{name}-{each.name}", each, account_id, secrets or {})
            for each in args.destinations
            if each.kind == "webhook"
        }
        told = {each.name: _receivers(each, hooks) for each in args.destinations}
        self.policy_ids = {
            alert.name: self._alert(f"{name}-{alert.name}", alert, account_id, told).policy_id
            for alert in args.alerts
        }
        self.register_outputs({"policyIds": self.policy_ids})

    def _webhook(
        self,
        name: str,
        destination: DestinationArgs,
        account_id: pulumi.Input[str],
        secrets: Mapping[str, pulumi.Input[str]],
    ) -> cloudflare.NotificationPolicyWebhooks:
        secret = secrets.get(destination.name)
        return cloudflare.NotificationPolicyWebhooks(
            name,
            account_id=account_id,
            name=destination.name,
            url=destination.url,
            # The SDK does not seal it by itself.
            secret=None if secret is None else pulumi.Output.secret(secret),
            opts=self._child,
        )

    def _alert(
        self,
        name: str,
        alert: AlertArgs,
        account_id: pulumi.Input[str],
        told: Mapping[str, Receivers],
    ) -> Notification:
        chosen = [told[each] for each in alert.to]
        args = NotificationArgs(
            notification=alert.notification,
            alert_type=alert.alert_type,
            filters=alert.filters,
            interval=alert.interval,
            emails=tuple(dict.fromkeys(mail for each in chosen for mail in each.emails)),
            pagers=tuple(pager for each in chosen for pager in each.pagers),
        )
        webhooks = tuple(hook for each in chosen for hook in each.webhooks)
        return Notification(name, args, account_id=account_id, webhooks=webhooks, opts=self._child)


def _receivers(
    destination: DestinationArgs, hooks: Mapping[str, cloudflare.NotificationPolicyWebhooks]
) -> Receivers:
    """Gather whom a policy names for *destination*."""
    hook = hooks.get(destination.name)
    return Receivers(
        emails=destination.emails,
        webhooks=() if hook is None else (hook.id,),
        pagers=() if destination.service is None else (destination.service,),
    )
