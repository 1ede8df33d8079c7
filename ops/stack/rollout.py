"""Steps of the rollout of Durable Objects: what the next one is, and what a step sets (CC-3)."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from config import file_name
from config.reading.problems import join_path
from ops.errors import OpsError
from ops.stack.target import Target
from planning import rollout
from planning.rollout import EVERYBODY, LADDERS
from systems.chittyconnect.settings import SessionRollout as Rollout

PATH = "chittyconnect:rollout"

Values = dict[str, str | None]
"""Configuration values by path; `None` removes one."""


def current(target: Target) -> Rollout:
    """Read the rollout as the configuration has it; `OpsError` for what is none."""
    try:
        return Rollout.model_validate(target.config.get(PATH) or {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = join_path("chittyconnect", ["rollout", *first["loc"]])
        raise OpsError(f"{file_name(target.name)}: {path}: {first['msg']}; correct it") from None


def next_share(target: Target) -> Decimal | None:
    """Return the next share; `None` when everybody is served, or the environment has no ladder."""
    share = current(target).share
    if target.environment not in LADDERS or share >= EVERYBODY:
        return None
    return rollout.next_rung(target.environment, share)


def parse_share(text: str) -> Decimal:
    """Read a share as it is typed; `OpsError` for what is none."""
    try:
        share = Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 1:
        raise OpsError(f"{text!r} is no share; it takes 0.00 to 1.00")
    return share


def step(
    target: Target, share: Decimal, *, confirmed: str | None = None, now: datetime | None = None
) -> Values:
    """Return the values that set the rollout of *target* to *share* from *now* on."""
    before = current(target)
    since = before.since.isoformat() if before.since else None
    return {
        f"{PATH}.everyone": "true" if share == EVERYBODY else "false",
        f"{PATH}.percentage": f"{share:.2f}",
        f"{PATH}.since": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        f"{PATH}.previous.percentage": f"{before.share:.2f}",
        f"{PATH}.previous.since": since,
        f"{PATH}.confirmed": confirmed,
    }
