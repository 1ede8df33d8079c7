"""Whether the share of a rollout may be what it is: the ladder, the present, and staging (CC-3)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from config.fields import Environment
from config.reading.blocks import decode
from config.reading.problems import ConfigError
from config.reading.source import Source, file_name, from_file
from config.system_declaration import Declared, Finding, RolloutTrack
from config.system_parts import Rollout
from planning import rollout
from planning.refusals import RefusedError
from planning.rollout import NOBODY, Share

ROOT = Path(__file__).resolve().parent.parent.parent
STAGING = "staging"
ENVIRONMENT = "chittyos:environment"


@dataclass(frozen=True)
class Circumstances:
    """What a step depends on beside the stack itself."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it is checked. Default: now."""

    beside: Path = ROOT
    """Folder of the files of the stacks: production asks staging's how far it has come. Default:
    the project's."""


@dataclass(frozen=True)
class Track:
    """A rollout of a system, by the key that the file has it under."""

    key: str
    declared: RolloutTrack


def tracks(system: Declared) -> Iterator[Track]:
    """List the rollouts of *system*."""
    for declared in system.rollouts:
        yield Track(f"{system.name}:{declared.path}", declared)


def check(
    environment: Environment, track: Track, wanted: Rollout, around: Circumstances
) -> Iterator[Finding]:
    """Find what is wrong with a share: at most one thing, with its path."""
    previous = wanted.previous
    before = Share(previous.percentage, previous.since) if previous else Share(NOBODY)
    after = Share(wanted.share, wanted.since)
    path = f"{track.key}.since"
    try:
        rollout.check_present(after, around.now)
        path = f"{track.key}.previous.since"
        rollout.check_present(before, around.now)
        path = f"{track.key}.{'everyone' if wanted.everyone else 'percentage'}"
        confirmed = wanted.confirmed is not None
        rollout.check_step(environment, before, after, confirmed=confirmed)
        if not confirmed and rollout.grows(before, after):
            _check_staging(environment, track, after, around)
    except RefusedError as error:
        yield path, str(error)


def read_staging(track: Track, folder: Path) -> Share:
    """Read how far staging has come, by the file in *folder* of the stack that has the system."""
    source = _of_staging(track, folder)
    try:
        there = track.declared.parse(decode(source.values.get(track.key, {})))
    except ValidationError:
        raise RefusedError(f"{source.file}: {track.key}: cannot be read; correct it") from None
    return Share(there.share, there.since)


def _of_staging(track: Track, folder: Path) -> Source:
    """Return the file of staging, or of the stack of its environment that the system was put in."""
    own = from_file(folder / file_name(STAGING))
    if track.key in own.values:
        return own
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        with suppress(ConfigError):  # a file that is wrong is said where it is used
            source = from_file(path)
            if source.values.get(ENVIRONMENT) == STAGING and track.key in source.values:
                return source
    return own


def _check_staging(
    environment: Environment, track: Track, after: Share, around: Circumstances
) -> None:
    if environment is not Environment.PRODUCTION:
        return
    try:
        rollout.check_staging(read_staging(track, around.beside), after.since or around.now)
    except RefusedError as error:
        raise RefusedError(
            f"{after.share:.2f} is refused: {error}; wait, then take the step by "
            f"`python -m ops rollout`, or say {track.declared.path}.confirmed: <reason>"
        ) from None
