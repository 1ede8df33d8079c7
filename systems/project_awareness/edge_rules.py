"""Rules of the zone that are Project Awareness' own (PA-8), as far as the plan of the zone goes."""

from collections.abc import Iterator
from dataclasses import replace

from planning.address_lists import AddressList
from planning.routes import route_host
from planning.rule_checks import ADDRESS, COLO, CUSTOM, LIMITS
from planning.zone_rules import ZoneRule
from systems.edge_rules import at, edge_rules
from systems.project_awareness.names import NAME, SHARED_PATH
from systems.project_awareness.settings import ProjectAwareness

UNKNOWN = 'not any(http.request.headers.names[*] eq "authorization")'
"""At the edge a token is there or not; whether it is good the worker says, and answers 401."""

ASSISTANTS = ("claude", "chatgpt", "openai")
"""What assistants have in their user agents, those that fetch at a user's word among them."""

STRANGERS, FLOODS = 100, 1000
"""Requests of an address a minute."""


def zone_rules(settings: ProjectAwareness) -> Iterator[ZoneRule]:
    """Yield what is configured under `edge`, then the system's own rules where they are on."""
    edge = settings.edge
    yield from edge_rules(NAME, [settings.host], edge)
    if edge.watched_addresses:
        yield _watched(settings)
    if edge.sync_origins:
        yield _rule(
            settings,
            "sync",
            _foreign_sync(edge.sync_origins),
            "managed_challenge",
            "a page that is no known assistant's tells of a project",
        )
    if edge.challenge_strangers:
        yield _limit(settings, "strangers", _strangers(), STRANGERS)
    if edge.challenge_floods:
        yield _limit(settings, "floods", "", FLOODS)


def _shared_hosts(settings: ProjectAwareness) -> list[str]:
    return [route_host(each) for each in settings.worker.routes]


def _own(settings: ProjectAwareness) -> str:
    """Return the expression for what this worker answers: on a host of others, below its path."""
    own, shared = at([settings.host]), _shared_hosts(settings)
    if not shared:
        return own
    below = f'starts_with(http.request.uri.path, "{SHARED_PATH}")'
    return f"{own} or ({at(shared)} and {below})"


def _watched(settings: ProjectAwareness) -> ZoneRule:
    edge = settings.edge
    when = f'http.request.uri.path contains "/sessions/" and {UNKNOWN}'
    rule = _rule(
        settings,
        "watched",
        f"{when} and ip.src in ${edge.watched_list}",
        "block",
        "an address that is watched asks for sessions without a token",
    )
    watched = "addresses that Project Awareness watches"
    return replace(rule, lists=(AddressList(edge.watched_list, edge.watched_addresses, watched),))


def _foreign_sync(origins: tuple[str, ...]) -> str:
    listed = " ".join(f'"{origin}"' for origin in origins)
    return (
        f'http.request.method eq "POST" '
        f'and ends_with(http.request.uri.path, "/api/projects/sync") and {UNKNOWN} '
        f'and not any(http.request.headers["origin"][*] in {{{listed}}})'
    )


def _strangers() -> str:
    paths = ("/api/", f"{SHARED_PATH}api/")
    below = " or ".join(f'starts_with(http.request.uri.path, "{path}")' for path in paths)
    others = " and ".join(f'not lower(http.user_agent) contains "{each}"' for each in ASSISTANTS)
    return f"({below}) and {UNKNOWN} and {others}"


def _rule(settings: ProjectAwareness, name: str, when: str, action: str, why: str) -> ZoneRule:
    return ZoneRule(
        phase=CUSTOM,
        ref=f"{NAME}_{name}",
        host=settings.host,
        aliases=tuple(_shared_hosts(settings)),
        expression=f"({_own(settings)}) and ({when})",
        action=action,
        description=why,
    )


def _limit(settings: ProjectAwareness, name: str, when: str, requests: int) -> ZoneRule:
    counted = {
        "characteristics": [ADDRESS, COLO],
        "period": 60,
        "requests_per_period": requests,
    }
    own = _own(settings)
    return ZoneRule(
        phase=LIMITS,
        ref=f"{NAME}_{name}",
        host=settings.host,
        aliases=tuple(_shared_hosts(settings)),
        expression=f"({own}) and ({when})" if when else own,
        action="managed_challenge",
        description=f"more than {requests} requests a minute of one address",
        parameters={"ratelimit": counted},
    )
