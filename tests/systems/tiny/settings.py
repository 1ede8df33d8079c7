"""What Tiny is: the block `tiny:` of the configuration."""

from typing import Annotated

from pydantic import SecretStr

from config.fields import HostName, Settings
from config.secret_fields import Secret, api_tokens
from config.system_parts import Rollout, Worker

SCOPES = ("greetings:read",)


class Tiny(Settings):
    """A greeting, counted."""

    host: HostName
    """Host the worker answers at."""

    worker: Worker
    """The script."""

    greeting: str = "hello"
    """What it says. Default: hello."""

    rollout: Rollout = Rollout()
    """Share of greetings that are counted. Default: 0.10."""

    shielded: bool = False
    """Whether the zone blocks what is no GET. Default: it does not."""


class TinySecrets(Settings):
    """What only the worker may know."""

    API_TOKENS: Annotated[SecretStr, api_tokens(SCOPES)]
    """Bearer tokens: JSON list of {id, sha256, scopes, expires}."""

    SALT: Secret
    """What visitors are hashed with."""
