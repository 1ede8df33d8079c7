"""Checks of what ends by itself: the deploy token, what it shows, and tokens that were issued."""

from collections.abc import Iterator

from ops.errors import OpsError
from ops.monitoring.deployed_stack import Watched
from ops.preflight import deploy_token, expiries
from ops.preflight.deploy_token import Token
from ops.preflight.expiries import Ending
from ops.preflight.verdicts import State, Verdict
from ops.stack import api_tokens
from ops.stack.decrypted_secrets import SEALED
from ops.stack.systems import systems_of
from systems.system import AnySystem

ENDINGS = "endings"


def endings_of(of: Watched) -> Iterator[Verdict]:
    """Say of everything that ends how long it holds; the local token never does."""
    found = list(_endings(of))
    yield from found
    if not found:
        yield Verdict(ENDINGS, State.NOT_RUN, "nothing of the stack ends by itself")


def _endings(of: Watched) -> Iterator[Verdict]:
    stack = of.target.name
    with of.api() as asked:
        if not of.target.local:
            found = deploy_token.read(asked, of.target.account)
            yield deploy_token.judge(found, stack, of.now)
            if not isinstance(found, Token):
                return
        yield from expiries.judge(asked, of.target.account, of.registered, stack, of.now)
    for system in systems_of(of.target):
        if system.tokens_secret:
            yield from _issued(of, system)


def _issued(of: Watched, system: AnySystem) -> Iterator[Verdict]:
    """Judge the API tokens that a system takes; one that ended is refused, and no fault."""
    key = f"{system.name}:{system.tokens_secret}"
    if not of.opens:
        yield Verdict(f"API tokens of {system.name}", State.NOT_RUN, f"their list {SEALED}")
        return
    try:
        entries = api_tokens.parse(of.secret(key), key)
    except OpsError as error:
        yield Verdict(ENDINGS, State.UNKNOWN, str(error))
        return
    for entry in entries:
        ends = deploy_token.moment(entry.get("expires"))
        if ends is None:
            continue
        name = f"API token {entry.get('id')} of {system.name}"
        renew = f"python -m ops token issue {of.target.name} --system {system.name}"
        found = Ending(name, ends, f"{renew}, and revoke this one").verdict(of.now)
        fault = found.state is State.FAULT
        yield Verdict(
            found.subject, State.WARNING if fault else found.state, found.said, found.next
        )
