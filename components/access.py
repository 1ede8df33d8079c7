"""Access: who may pass. Groups, reusable policies, and the service tokens of machines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from pydantic import AfterValidator, Field, PositiveInt, model_validator

from components.args import Args
from components.notification import Notification, NotificationArgs
from components.sdk import cloudflare
from planning import access
from planning.refusals import RefusedError

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class WhoArgs(Args):
    """Selectors. Groups and service tokens by their names here."""

    emails: tuple[str, ...] = ()
    """Mail addresses. Default: none."""

    email_domains: tuple[Annotated[str, AfterValidator(access.check_email_domain)], ...] = ()
    """What stands behind the @. Default: none."""

    groups: tuple[Key, ...] = ()
    """Groups. Default: none."""

    service_tokens: tuple[Key, ...] = ()
    """Service tokens. Default: none."""

    addresses: tuple[Annotated[str, AfterValidator(access.check_address)], ...] = ()
    """Networks that requests come from. Default: none."""

    any_service_token: bool = False
    """Whether every service token of the account is meant. Default: it is not."""

    everyone: bool = False
    """Whether everybody is meant. Default: nobody is."""


class GroupArgs(Args):
    """Selectors with a name, for more than one policy."""

    name: Key
    include: WhoArgs
    require: WhoArgs = WhoArgs()
    exclude: WhoArgs = WhoArgs()


class PolicyArgs(Args):
    """A reusable policy: what becomes of whom it includes."""

    name: Key

    title: Annotated[str, Field(min_length=1)]
    """Its name in the account, for people."""

    decision: access.Decision
    include: WhoArgs
    require: WhoArgs = WhoArgs()
    exclude: WhoArgs = WhoArgs()

    session_hours: Annotated[PositiveInt, Field(le=access.LONGEST_SESSION_HOURS)] = 8
    """Hours after which somebody has to say again who they are. Default: 8."""

    second_factor: tuple[access.Authenticator, ...] = ()
    """What people prove beside the login, one of these. Default: nothing."""

    @model_validator(mode="after")
    def _means_what_it_says(self) -> "PolicyArgs":
        sides = (access.Who(**dict(side)) for side in (self.include, self.require, self.exclude))
        access.check_policy(access.Policy(self.name, self.decision, *sides))
        access.check_factor(self.decision, self.second_factor)
        return self


class ServiceTokenArgs(Args):
    """What a machine proves itself by."""

    name: Key

    title: Annotated[str, Field(min_length=1)]
    """Its name in the account, for people."""

    duration: Annotated[str, AfterValidator(access.check_token_duration)] = "8760h"
    """How long it lasts, in hours. Default: a year, the most there is here."""

    secret_version: PositiveInt = 1
    """Number of its secret; the next one makes a new secret. Default: 1."""

    previous_until: str | None = None
    """Until when the secret before this one is taken, with time zone. Needed from 2 on."""

    @model_validator(mode="after")
    def _rotates_with_an_end(self) -> "ServiceTokenArgs":
        if (self.secret_version > 1) != (self.previous_until is not None):
            raise RefusedError(
                f"service token {self.name}: give secret_version above 1 and previous_until "
                "together; machines need time to take the new secret"
            )
        return self


class AccessArgs(Args):
    """All that policies are made of."""

    groups: tuple[GroupArgs, ...] = ()
    """Groups; one may be in those after it. Default: none."""

    service_tokens: tuple[ServiceTokenArgs, ...] = ()
    """Service tokens. Default: none."""

    policies: tuple[PolicyArgs, ...] = Field(min_length=1)
    """Policies."""

    emails: tuple[str, ...] = ()
    """Who is told before a service token ends. Default: nobody; needed where there is one."""

    @model_validator(mode="after")
    def _fits(self) -> "AccessArgs":
        if self.service_tokens and not self.emails:
            raise RefusedError("service tokens end, and nobody is told before; name emails")
        return self


@dataclass(frozen=True)
class ServiceToken:
    """A service token as a machine presents it; the secret is one for the engine, too."""

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]


class Access(pulumi.ComponentResource):
    """Groups, policies and service tokens of a stack.

    Children: `<name>-group-<group>`, `<name>-token-<token>`, `<name>-policy-<policy>`, and
    `<name>-expiry`, the notification, where there are tokens.
    """

    policy_ids: dict[str, pulumi.Output[str]]
    """Id of each policy, by its name here."""

    tokens: dict[str, ServiceToken]
    """Each service token, by its name here."""

    def __init__(
        self,
        name: str,
        args: AccessArgs,
        *,
        account_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Access", name, args.model_dump(), opts)
        self._account_id = account_id
        self._child = pulumi.ResourceOptions(parent=self)
        self._groups: dict[str, pulumi.Output[str]] = {}
        self._token_ids: dict[str, pulumi.Output[str]] = {}
        self.tokens = {token.name: self._token(name, token) for token in args.service_tokens}
        for group in args.groups:
            self._groups[group.name] = self._group(name, group)
        self.policy_ids = {policy.name: self._policy(name, policy) for policy in args.policies}
        if args.service_tokens:
            self._expiry(name, args)
        self.register_outputs({"policyIds": self.policy_ids})

    def _token(self, name: str, token: ServiceTokenArgs) -> ServiceToken:
        made = cloudflare.ZeroTrustAccessServiceToken(
            f"{name}-token-{token.name}",
            account_id=self._account_id,
            name=token.title,
            duration=token.duration,
            client_secret_version=token.secret_version,
            previous_client_secret_expires_at=token.previous_until,
            opts=self._child,
        )
        self._token_ids[token.name] = made.id
        return ServiceToken(made.client_id, pulumi.Output.secret(made.client_secret))

    def _group(self, name: str, group: GroupArgs) -> pulumi.Output[str]:
        made = cloudflare.ZeroTrustAccessGroup(
            f"{name}-group-{group.name}",
            account_id=self._account_id,
            name=group.name,
            includes=self._rules(group.include),
            excludes=self._rules(group.exclude) or None,
            requires=self._rules(group.require) or None,
            opts=self._child,
        )
        return made.id

    def _policy(self, name: str, policy: PolicyArgs) -> pulumi.Output[str]:
        made = cloudflare.ZeroTrustAccessPolicy(
            f"{name}-policy-{policy.name}",
            account_id=self._account_id,
            name=policy.title,
            decision=policy.decision,
            includes=self._rules(policy.include),
            excludes=self._rules(policy.exclude) or None,
            requires=self._rules(policy.require) or None,
            session_duration=f"{policy.session_hours}h",
            mfa_config=_factor(policy.second_factor),
            opts=self._child,
        )
        return made.id

    def _rules(self, who: WhoArgs) -> list[Any]:
        """Write selectors as the SDK has them, one key each."""
        listed: list[Any] = [
            *({"email": {"email": each}} for each in who.emails),
            *({"email_domain": {"domain": each}} for each in who.email_domains),
            *({"group": {"id": _known(self._groups, each, "group")}} for each in who.groups),
            *(
                {"service_token": {"token_id": _known(self._token_ids, each, "service token")}}
                for each in who.service_tokens
            ),
            *({"ip": {"ip": each}} for each in who.addresses),
        ]
        listed += [{"any_valid_service_token": {}}] if who.any_service_token else []
        return listed + ([{"everyone": {}}] if who.everyone else [])

    def _expiry(self, name: str, args: AccessArgs) -> None:
        told = NotificationArgs(
            notification=f"{name}: a service token ends soon",
            alert_type=access.TOKEN_ALERT,
            emails=args.emails,
        )
        Notification(f"{name}-expiry", told, account_id=self._account_id, opts=self._child)


def _factor(
    authenticators: tuple[access.Authenticator, ...],
) -> cloudflare.ZeroTrustAccessPolicyMfaConfigArgsDict | None:
    if not authenticators:
        return None
    return {"allowed_authenticators": list(authenticators), "mfa_disabled": False}


def _known(ids: Mapping[str, pulumi.Output[str]], name: str, what: str) -> pulumi.Output[str]:
    if name not in ids:
        there = ", ".join(ids) or "none"
        raise RefusedError(f"there is no {what} {name!r} here, or only later; there are: {there}")
    return ids[name]
