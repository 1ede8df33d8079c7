"""Where credentials are read from, and which service may read which vault (CC-11, OP-3)."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from config.fields import Settings, Url
from config.secret_fields import SEALED, Secret
from planning.refusals import RefusedError

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""The worker takes the same, no more, as `service` of a demand."""

ServiceName = Annotated[str, Field(pattern=NAME)]
VaultName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
TokenId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class Service(Settings):
    """What a service may read."""

    vaults: Annotated[tuple[VaultName, ...], Field(min_length=1)]
    """Vaults of 1Password, by their names: small letters, digits, `_` and `-`."""

    api_tokens: tuple[TokenId, ...] = ()
    """Ids of the API tokens that may speak for it. Default: every token with the scope."""


class Credentials(Settings):
    """Where credentials are read from."""

    connect_url: Url | None = None
    """Address of 1Password Connect; https:// outside development, where it may be one of this
    machine (`http://127.0.0.1:8080`) or the look-alike that runs with the local Cloudflare
    (`http://1password-connect.localhost`). Default: none, the worker's own secrets are used."""

    services: dict[ServiceName, Service] = Field(default_factory=dict)
    """Services that may ask, and for what. Default: none is listed; needed with connect_url."""

    def permissions(self) -> str:
        """Write what the worker reads of it: JSON, empty where nothing is listed."""
        listed: dict[str, Any] = {
            name: {"vaults": each.vaults, "tokens": each.api_tokens}
            for name, each in sorted(self.services.items())
        }
        return json.dumps(listed, separators=(",", ":")) if listed else ""


def named_tokens(secret: SecretStr) -> dict[str, str]:
    """Return the tokens in *secret* by the services that they are for."""
    try:
        listed = json.loads(secret.get_secret_value())
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, dict) or not listed or not all(map(_is_token, listed.values())):
        raise RefusedError('is no JSON object of services with a token each: {"chittyid": "…"}')
    return listed


def _is_token(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and " " not in value


def _check_tokens(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if info.context != SEALED:
        named_tokens(secret)
    return secret


TokensOfServices = Annotated[Secret, AfterValidator(_check_tokens)]
