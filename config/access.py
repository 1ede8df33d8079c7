"""Who may pass: the part `access` of `chittyos:`, and of the block of a system."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from config.fields import Emails, Moment, NotEmpty, Positive, Settings
from planning import access
from planning.refusals import RefusedError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Title = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
Hours = Annotated[Positive, Field(le=access.LONGEST_SESSION_HOURS)]
Domain = Annotated[str, AfterValidator(access.check_email_domain)]
Network = Annotated[str, AfterValidator(access.check_address)]
Path = Annotated[str, AfterValidator(access.check_path)]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,99}$")]


class Who(Settings):
    """Selectors of people and machines."""

    emails: Emails = ()
    """Mail addresses. Default: none."""

    email_domains: tuple[Domain, ...] = ()
    """What stands behind the @ of addresses. Default: none."""

    groups: tuple[Name, ...] = ()
    """Groups of `chittyos:access`. Default: none."""

    service_tokens: tuple[Name, ...] = ()
    """Service tokens of `chittyos:access`. Default: none."""

    addresses: tuple[Network, ...] = ()
    """Networks that requests come from, such as 203.0.113.0/24. Default: none."""

    any_service_token: bool = False
    """Whether every service token of the account is meant. Default: no."""

    everyone: bool = False
    """Whether everybody is meant. Default: nobody is."""


class Group(Settings):
    """Selectors with a name, for more than one policy."""

    name: Name
    """Its name."""

    include: Who
    """Who is in it: one of these is enough."""

    require: Who = Who()
    """What all of them need beside. Default: nothing."""

    exclude: Who = Who()
    """Who of them is not in it. Default: nobody."""


class Policy(Settings):
    """What becomes of whom it includes; applications take it by its name."""

    name: Name
    """Its name here."""

    title: Title | None = None
    """Its name in the account. Default: the name here."""

    decision: access.Decision
    """What becomes of them: `allow` asks people to log in, `non_identity` takes service tokens,
    `deny` keeps out, `bypass` asks nothing."""

    include: Who
    """Whom it is about: one of these is enough."""

    require: Who = Who()
    """What all of them need beside. Default: nothing."""

    exclude: Who = Who()
    """Who of them it is not about. Default: nobody."""

    session_hours: Hours = 8
    """Hours after which somebody has to say again who they are, 24 at most. Default: 8."""

    second_factor: tuple[access.Authenticator, ...] = ()
    """What people prove beside the login, one of these. Default: nothing; production asks for it,
    and the local Cloudflare refuses it by name."""

    @model_validator(mode="after")
    def _means_what_it_says(self) -> "Policy":
        sides = (access.Who(**dict(side)) for side in (self.include, self.require, self.exclude))
        access.check_policy(access.Policy(self.name, self.decision, *sides))
        access.check_factor(self.decision, self.second_factor)
        return self


class TokenSecret(Settings):
    """Which secret of a service token is the present one; `ops rotate` sets both."""

    secret_version: Positive = 1
    """Number of the secret. The next number makes a new one. Default: 1."""

    previous_until: Moment | None = None
    """Until when the secret before it is taken, too. Needed from `secret_version` 2 on."""

    @model_validator(mode="after")
    def _rotates_with_an_end(self) -> "TokenSecret":
        check_rotation(self.secret_version, self.previous_until)
        return self


def check_rotation(secret_version: int, previous_until: datetime | None) -> None:
    """Refuse a new secret without a time for the one before, and a time without a new secret."""
    if (secret_version > 1) != (previous_until is not None):
        raise RefusedError("secret_version above 1 and previous_until go together; give both")


class ServiceToken(Settings):
    """What a machine proves itself by. Its secret is made by Cloudflare and kept in the state."""

    name: Name
    """Its name here."""

    title: Title | None = None
    """Its name in the account. Default: the name here."""

    duration: Annotated[str, AfterValidator(access.check_token_duration)] = "8760h"
    """How long it lasts, in hours. Default: a year, which is the most."""

    secret_version: Positive = 1
    """Number of its secret. The next number makes a new one. Default: 1."""

    previous_until: Moment | None = None
    """Until when the secret before it is taken, too. Needed from `secret_version` 2 on."""

    @model_validator(mode="after")
    def _rotates_with_an_end(self) -> "ServiceToken":
        check_rotation(self.secret_version, self.previous_until)
        return self


class Access(Settings):
    """Who may pass, for all systems of the stack.

    All of it is the stack's own, and several stacks of one account may have it. The organisation's
    settings are the account's, and are left as they are.
    """

    groups: tuple[Group, ...] = ()
    """Groups; one may be named in those after it. Default: none."""

    service_tokens: tuple[ServiceToken, ...] = ()
    """Service tokens, each of which a policy has to include. Default: none."""

    policies: Annotated[tuple[Policy, ...], NotEmpty]
    """Policies."""

    emails: Emails = ()
    """Who is told before a service token ends. Default: nobody; needed where there is one."""


class Guard(Settings):
    """An application of Access: what of the system is asked who they are."""

    name: Name
    """Its name, never changed."""

    title: Title | None = None
    """Its name in the account. Default: that of the system's first host, and this one."""

    paths: tuple[Path, ...] = ()
    """Paths of every host of the system, each with all below it. Default: the worker itself, with
    its hosts, routes, workers.dev and previews."""

    policies: Annotated[tuple[Name, ...], NotEmpty]
    """Policies of `chittyos:access`, the first that decides first."""

    session_hours: Hours = 8
    """Hours after which somebody has to say again who they are, 24 at most. Default: 8."""

    token_header: Header | None = None
    """Header in which a machine may present a service token as JSON. Default: only the two of
    Access, CF-Access-Client-Id and CF-Access-Client-Secret."""
