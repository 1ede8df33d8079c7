"""Whether the share of a rollout may be what it is: the ladder, the present, and staging (CC-3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from config.blocks import decode
from config.chittyconnect import Rollout
from config.model import Environment
from config.source import file_name, from_file
from planning import rollout
from planning.refusals import RefusedError
from planning.rollout import NOBODY, Share

PATH = "chittyconnect:rollout"
STAGING = "staging"


@dataclass(frozen=True)
class Circumstances:
    """What a step depends on beside the stack itself."""

    now: datetime
    """When it is checked."""

    beside: Path
    """Folder of the files of the stacks: production asks staging's how far it has come."""


def check(
    environment: Environment, wanted: Rollout, around: Circumstances
) -> Iterator[tuple[str, str]]:
    """Find what is wrong with a share: at most one thing, with its path."""
    previous = wanted.previous
    before = Share(previous.percentage, previous.since) if previous else Share(NOBODY)
    after = Share(wanted.share, wanted.since)
    path = f"{PATH}.since"
    try:
        rollout.check_present(after, around.now)
        path = f"{PATH}.previous.since"
        rollout.check_present(before, around.now)
        path = f"{PATH}.{'everyone' if wanted.everyone else 'percentage'}"
        _check_growth(environment, before, after, around, confirmed=wanted.confirmed is not None)
    except RefusedError as error:
        yield path, str(error)


def read_staging(folder: Path) -> Share:
    """Read how far staging has come, by its file in *folder*."""
    source = from_file(folder / file_name(STAGING))
    try:
        there = Rollout.model_validate(decode(source.values.get(PATH, {})))
    except ValidationError:
        raise RefusedError(f"{source.file}: {PATH}: cannot be read; correct it") from None
    return Share(there.share, there.since)


def _check_growth(
    environment: Environment,
    before: Share,
    after: Share,
    around: Circumstances,
    *,
    confirmed: bool,
) -> None:
    rollout.check_step(environment, before, after, confirmed=confirmed)
    waits = environment is Environment.PRODUCTION and rollout.grows(before, after)
    if not waits or confirmed:
        return
    try:
        rollout.check_staging(read_staging(around.beside), after.since or around.now)
    except RefusedError as error:
        raise RefusedError(
            f"{after.share:.2f} is refused: {error}; wait, then take the step by "
            f"`python -m ops rollout`, or say rollout.confirmed: <reason>"
        ) from None
