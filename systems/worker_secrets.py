"""The secrets of a worker, with the list of its API tokens over as many as that takes."""

import json
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from components.secret import Secret
from config.reading.source import SEALED
from planning.api_tokens import FIRST, Entry, name_of, spread


def worker_secrets(
    secrets: Mapping[str, SecretStr | None], *, own_tokens: Sequence[Entry] = ()
) -> dict[str, Secret]:
    """Show *secrets* to a worker, but for those that are not set.

    `API_TOKENS` becomes as many secrets as its list takes, which the worker reads with `tokensOf`
    (`workers/lib/bearer.ts`). *own_tokens* are listed behind those of the configuration.
    """
    given = {name: value.get_secret_value() for name, value in secrets.items() if value is not None}
    if FIRST in given:
        given.update(_lists(given[FIRST], own_tokens))
    return {name: Secret(value) for name, value in given.items()}


def _lists(listed: str, own: Sequence[Entry]) -> dict[str, str]:
    if listed == SEALED:  # a map is drawn without looking into secrets
        return {FIRST: SEALED}
    texts = spread([*json.loads(listed), *own])
    return {name_of(index): text for index, text in enumerate(texts)}
