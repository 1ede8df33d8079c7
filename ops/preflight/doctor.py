"""Everything that an `up` of a stack would stop at, looked for beforehand; nothing is changed."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx

from config import ConfigError
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.paths import Paths
from ops.preflight import (
    account_and_zones,
    deploy_token,
    existing_names,
    expiries,
    known_resources,
    missing_secrets,
    quotas,
    token_permissions,
)
from ops.preflight.declared_resources import Declared, declared
from ops.preflight.verdicts import State, Verdict
from ops.stack.environment import environment_for
from ops.stack.resource_lookup import finder
from ops.stack.target import Target
from planning.exposure.graph import Resource
from planning.token_needs import needs_of
from systems.preconditions import TOKEN

Say = Callable[[str], None]


@dataclass(frozen=True)
class Examined:
    """What the examination stands on."""

    paths: Paths
    target: Target
    declared: Declared


def examine(
    paths: Paths,
    target: Target,
    say: Say = lambda _: None,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Verdict]:
    """Yield a verdict for each thing that *target* needs.

    *say* hears what is looked at. *transport*: default, the network. Raises `OpsError` when what
    answers is not Cloudflare's API.
    """
    say("the configuration")
    try:
        made = declared(paths, target)
        lacking = missing_secrets.missing(paths, target)
    except ConfigError as error:
        yield from _wrong(error)
        return
    yield Verdict("configuration", State.GOOD, f"{len(made.resources)} resources are declared")
    yield from (Verdict("configuration", State.WARNING, each) for each in made.warnings)
    yield missing_secrets.judge(lacking, target.name)
    yield from account_and_zones.unset(made.config.deployment.zones, target)
    environment_for(paths, target, None).apply()
    value = os.environ.get(TOKEN, "")
    if not value:
        remedy = f"python -m ops token-policy {target.name}; then export {TOKEN}"
        yield Verdict(deploy_token.SUBJECT, State.FAULT, f"{TOKEN} is not set", remedy)
        return
    with Client(target.api, value, transport=transport) as asked:
        yield from _by_the_api(Examined(paths, target, made), asked, say, value, transport)


def _wrong(error: ConfigError) -> Iterator[Verdict]:
    for problem in error.problems:
        yield Verdict("configuration", State.FAULT, str(problem), "correct it, and run this again")


def _by_the_api(
    of: Examined, asked: Client, say: Say, value: str, transport: httpx.BaseTransport | None
) -> Iterator[Verdict]:
    """Yield what only the API knows; with a token that does not hold, nothing else is known."""
    stack, identifier = of.target.name, of.target.account
    say("the token")
    found = deploy_token.read(asked, identifier or of.declared.account)
    judged = deploy_token.judge(found, stack)
    yield judged
    if not isinstance(found, deploy_token.Token) or judged.state is State.FAULT:
        return
    say("the account and its zones")
    if not identifier:
        return
    yield account_and_zones.account(asked, identifier, stack)
    wanted = [zone for zone in of.declared.config.deployment.zones if zone.name in of.target.zones]
    yield from account_and_zones.zones(asked, wanted, identifier)
    say("what the token may do")
    needs = needs_of(of.declared.resources, of.declared.account, of.declared.zones.values())
    real = {identifier, *of.target.zones.values()}
    yield from token_permissions.judge(
        asked, found, [need for need in needs if need.place in real], stack, identifier
    )
    say("what exists already")
    state = _state(of)
    if isinstance(state, Verdict):
        yield state
    own = None if isinstance(state, Verdict) else state
    yield from expiries.judge(asked, identifier, own or (), stack)
    find = finder(of.target.api, value, transport)
    yield from existing_names.judge(of.declared.resources, own, find, stack)
    plan = of.declared.config.deployment.plan
    yield from quotas.judge(asked, identifier, plan, of.declared.resources, own or ())


def _state(of: Examined) -> Sequence[Resource] | Verdict:
    try:
        return known_resources.resources(of.paths, of.target)
    except OpsError as error:
        return Verdict("state", State.UNKNOWN, str(error))
