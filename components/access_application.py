"""Access applications: what policies stand before, a worker itself or single places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from pydantic import AfterValidator, Field, PositiveInt, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning import access
from planning.refusals import RefusedError


class ApplicationArgs(Args):
    """One application."""

    title: Annotated[str, Field(min_length=1)]
    """Its name in the account, for people."""

    places: tuple[Annotated[str, AfterValidator(access.check_place)], ...] = ()
    """Hosts, with or without a path, that it stands before. Default: none but its worker."""

    policies: tuple[str, ...]
    """Names of its policies, the first that decides first."""

    session_hours: Annotated[PositiveInt, Field(le=access.LONGEST_SESSION_HOURS)] = 8
    """Hours after which somebody has to say again who they are. Default: 8."""

    token_header: str | None = None
    """Header in which a machine may present id and secret as JSON. Default: only the two of
    Access."""

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> "ApplicationArgs":
        access.check_policies(self.policies, f"application {self.title}")
        if twice := sorted({each for each in self.places if self.places.count(each) > 1}):
            raise RefusedError(f"application {self.title} names {', '.join(twice)} twice")
        return self


@dataclass(frozen=True)
class Gate:
    """An application that a worker is to have before it answers anywhere."""

    name: str
    """Ends the name of the resource; never changed."""

    args: ApplicationArgs

    policy_ids: Mapping[str, pulumi.Input[str]]
    """Id of each policy, by its name."""

    @property
    def guards_all(self) -> bool:
        """Whether it stands before the worker itself: every host, route and preview."""
        return not self.args.places


class Application(pulumi.ComponentResource):
    """An application. Child: the application under the name of the component.

    It stands before the worker *worker_id* with every host of that, or before its places. Raises
    `RefusedError` where it would stand before nothing, or has a policy that is not there.
    """

    application: cloudflare.ZeroTrustAccessApplication
    """What has to be finished before a host is opened."""

    audience: pulumi.Output[str]
    """What a worker, or cloudflared, expects in the `aud` of a token."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        name: str,
        args: ApplicationArgs,
        *,
        account_id: pulumi.Input[str],
        policy_ids: Mapping[str, pulumi.Input[str]],
        worker_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        destinations = _destinations(args, worker_id)
        super().__init__("chittyos:cloudflare:AccessApplication", name, args.model_dump(), opts)
        self.application = cloudflare.ZeroTrustAccessApplication(
            name,
            account_id=account_id,
            name=args.title,
            type="self_hosted",
            destinations=destinations,
            policies=[_attached(args, policy_ids, number) for number in range(len(args.policies))],
            session_duration=f"{args.session_hours}h",
            app_launcher_visible=False,
            http_only_cookie_attribute=True,
            same_site_cookie_attribute="lax",
            service_auth401_redirect=True,
            read_service_tokens_from_header=args.token_header,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.audience = self.application.aud
        self.register_outputs({"audience": self.audience})


def _destinations(args: ApplicationArgs, worker_id: pulumi.Input[str] | None) -> list[Any]:
    own: list[Any] = [] if worker_id is None else [{"type": "worker", "worker_id": worker_id}]
    places: list[Any] = [{"type": "public", "uri": place} for place in args.places]
    if not own + places:
        raise RefusedError(f"application {args.title} stands before nothing; name places")
    return own + places


def _attached(
    args: ApplicationArgs, policy_ids: Mapping[str, pulumi.Input[str]], number: int
) -> Any:
    """Refer to a policy. More than id and precedence would make it another one (TF#5499)."""
    name = args.policies[number]
    if name not in policy_ids:
        there = ", ".join(policy_ids) or "none"
        raise RefusedError(f"application {args.title}: no policy {name!r}; there are: {there}")
    return {"id": policy_ids[name], "precedence": number + 1}
