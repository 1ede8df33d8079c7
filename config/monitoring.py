"""Who is told when something happens in the account: the part `monitoring` of `chittyos:`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_core.core_schema import ValidationInfo

from config.fields import Emails, NotEmpty, Settings, Url
from config.secret_fields import SEALED, Secret
from planning import notifications
from planning.refusals import RefusedError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
AlertType = Annotated[str, AfterValidator(notifications.check_alert)]
Interval = Annotated[str, AfterValidator(notifications.check_interval)]
Receiver = Annotated[Url, AfterValidator(notifications.check_receiver)]
ServiceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]

FIELDS = {"email": "emails", "webhook": "url", "pagerduty": "service", "slack": None}
"""The field that each kind of destination needs, and no other kind has."""


def _of_slack(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if info.context != SEALED:
        notifications.split_slack(secret.get_secret_value())
    return secret


SlackUrl = Annotated[Secret, AfterValidator(_of_slack)]


class Destination(Settings):
    """Somebody who can be told."""

    name: Name
    """What alerts call it; never changed."""

    kind: Literal["email", "slack", "webhook", "pagerduty"]
    """How it is told. All but `email` need a zone on the Pro plan, `pagerduty` one on Business."""

    emails: Emails = ()
    """Addresses of kind `email`. Default: none."""

    url: Receiver | None = None
    """Address of kind `webhook`. It gets `chittyos:WEBHOOK_SECRET` in `cf-webhook-auth`."""

    service: ServiceId | None = None
    """Id of kind `pagerduty`: services are connected in the dashboard, and listed by
    `GET /accounts/{id}/alerting/v3/destinations/pagerduty`."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "Destination":
        given = {"emails": self.emails, "url": self.url, "service": self.service}
        needed = FIELDS[self.kind]
        if needed and not given[needed]:
            raise RefusedError(f"kind {self.kind} needs {needed}")
        for name, value in given.items():
            if value and name != needed:
                raise RefusedError(f"kind {self.kind} has no {name}; remove it")
        return self


class Alert(Settings):
    """Something that is told of."""

    name: Name
    """Its name, never changed: with the platform's it is that of the resource."""

    type: AlertType
    """What it tells of, as Cloudflare calls it: `tunnel_health_event`."""

    to: Annotated[tuple[Name, ...], NotEmpty]
    """Names of the destinations that are told."""

    filters: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Which of these events it tells of, by the names of the SDK (`new_statuses`). Default: all."""

    interval: Interval | None = None
    """How soon the same incident is told again: `30m`. Default: as Cloudflare does."""

    @model_validator(mode="after")
    def _can_be_narrowed_so(self) -> "Alert":
        notifications.check_filters(self.type, self.filters)
        return self


class Monitoring(Settings):
    """Destinations, and the alerts that they are told of."""

    destinations: tuple[Destination, ...] = ()
    """Who can be told. Default: nobody."""

    alerts: tuple[Alert, ...] = ()
    """What is told to whom. Default: nothing."""


class PlatformSecrets(Settings):
    """What only Cloudflare and who is told may know."""

    SLACK_WEBHOOK_URL: SlackUrl | None = None
    """Address of a Slack webhook, whole. Needed where a destination is of kind `slack`."""

    WEBHOOK_SECRET: Secret | None = None
    """What webhooks of our own get as `cf-webhook-auth`. Needed where one is of kind `webhook`."""
