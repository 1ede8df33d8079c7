"""An API token as the API knows it: whose it is, when it ends, and what it may do (FW-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.cloudflare_api.answer import Answer
from ops.cloudflare_api.client import Client
from ops.preflight.verdicts import State, Verdict
from planning.token_policies import Policy

ACTIVE = "active"
SOON = timedelta(days=30)
"""How long before its end a token is warned of."""

SUBJECT = "token"


@dataclass(frozen=True)
class Token:
    """The token that a deployment would be made with."""

    id: str
    status: str
    ends: datetime | None = None
    """When it ends. `None`: never, or the API does not say."""

    policies: Sequence[Policy] | None = None
    """What it may do. `None`: it may not read that itself."""


def read(api: Client, account: str) -> Token | Answer:
    """Return the token that *api* is asked with: one of *account*, or one of a user.

    An answer instead says how it was refused, or that it could not be asked.
    """
    verified = Answer(0)
    for owner in (f"/accounts/{account}", "/user"):
        verified = api.get(f"{owner}/tokens/verify")
        if verified.good and isinstance(verified.result, dict):
            known = verified.result
            own = api.get(f"{owner}/tokens/{known['id']}")
            return Token(
                str(known["id"]),
                str(known.get("status")),
                moment(known.get("expires_on")),
                _policies(own),
            )
        if verified.silent:
            break  # what the other owner says is no answer to it
    return verified


def judge(token: Token | Answer, stack: str, now: datetime | None = None) -> Verdict:
    """Say whether the token holds, and for how long. *now*: default, the present."""
    policy = f"python -m ops token-policy {stack}"
    if isinstance(token, Answer) and token.silent:
        said = f"whether it holds is not known: the API does not say ({token.reason})"
        return Verdict(SUBJECT, State.UNKNOWN, said)
    if isinstance(token, Answer):
        said = f"CLOUDFLARE_API_TOKEN is refused ({token.reason})"
        return Verdict(SUBJECT, State.FAULT, said, f"make one by: {policy}; then export it")
    if token.status != ACTIVE:
        said = f"it is {token.status}, so the API refuses whatever it asks for"
        return Verdict(SUBJECT, State.FAULT, said, f"make another by: {policy}")
    left = token.ends - (now or datetime.now(UTC)) if token.ends else None
    if left is not None and left < SOON:
        said = f"it ends in {max(left.days, 0)} days, and every deployment with it"
        return Verdict(SUBJECT, State.WARNING, said, f"make another by: {policy}")
    ends = f"until {token.ends.date().isoformat()}" if token.ends else "without an end"
    return Verdict(SUBJECT, State.GOOD, f"active, {ends}")


def _policies(own: Answer) -> Sequence[Policy] | None:
    """Take the policies of a token that may read itself."""
    listed = own.result.get("policies") if own.good and isinstance(own.result, dict) else None
    return listed if isinstance(listed, list) else None


def moment(text: object) -> datetime | None:
    """Return the time that *text* says, UTC where it says no zone; `None` where it says none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
