"""Access between the configuration and the components: who may pass is made once, then taken."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pulumi

from components.access import Access, AccessArgs, GroupArgs, PolicyArgs, ServiceTokenArgs
from components.access_application import ApplicationArgs, Gate
from config.access import Access as Settings
from config.system_declaration import Guarded

if TYPE_CHECKING:
    from config.access import ServiceToken

NAME = "access"

_MADE: WeakKeyDictionary[object, Mapping[str, pulumi.Output[str]]] = WeakKeyDictionary()
"""Policy ids by the engine's connection that a run of a program has."""


def register(settings: Settings, account_id: str, opts: pulumi.ResourceOptions) -> Access:
    """Make groups, tokens and policies; systems find the policies by `gates`."""
    made = Access(NAME, _args(settings), account_id=account_id, opts=opts)
    _MADE[pulumi.runtime.settings.get_monitor()] = made.policy_ids
    return made


def gates(guarded: Iterable[Guarded]) -> tuple[Gate, ...]:
    """Return the applications that a worker is to have, with the policies that were made."""
    policy_ids = _MADE.get(pulumi.runtime.settings.get_monitor(), {})
    return tuple(Gate(each.guard.name, _application(each), policy_ids) for each in guarded)


def _application(guarded: Guarded) -> ApplicationArgs:
    guard = guarded.guard
    return ApplicationArgs(
        title=guard.title or f"{guarded.hosts[0]} {guard.name}",
        places=guarded.places,
        policies=guard.policies,
        session_hours=guard.session_hours,
        token_header=guard.token_header,
    )


def _args(settings: Settings) -> AccessArgs:
    return AccessArgs(
        groups=tuple(GroupArgs(**group.model_dump()) for group in settings.groups),
        service_tokens=tuple(map(_token, settings.service_tokens)),
        policies=tuple(PolicyArgs(**_titled(policy)) for policy in settings.policies),
        emails=settings.emails,
    )


def _token(token: "ServiceToken") -> ServiceTokenArgs:
    until = token.previous_until
    return ServiceTokenArgs(
        **{**_titled(token), "previous_until": until.isoformat() if until else None}
    )


def _titled(part: Any) -> dict[str, Any]:
    return {**part.model_dump(), "title": part.title or part.name}
