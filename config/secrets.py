"""Secrets by name: what each must look like. No message here holds a value."""

import json
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from config.model import Settings
from planning.placeholders import is_placeholder
from planning.refusals import RefusedError

SEALED = {"sealed": True}
"""Validation context for secrets that are still encrypted: they exist, and nobody looks inside."""

SCOPES = (
    "sessions:read",
    "sessions:write",
    "documents:read",
    "documents:write",
    "credentials:read",
    "metrics:read",
)


class ApiToken(Settings):
    """A bearer token as the worker knows it: by its hash."""

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    """Name of the token in logs: 1 to 64 letters, digits and . _ -"""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the token: 64 hexadecimal digits, small letters."""

    scopes: tuple[str, ...] = Field(min_length=1)
    """What it may do."""

    expires: AwareDatetime | None = None
    """When it ends, with time zone. Default: never."""


def _filled(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    value = secret.get_secret_value()
    if _is_sealed(info):
        return secret
    if not value.strip():
        raise RefusedError("is empty")
    if is_placeholder(value):
        raise RefusedError("is a placeholder or was printed in a document")
    return secret


def _printable(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    value = secret.get_secret_value()
    if not _is_sealed(info) and (value != value.strip() or not value.isprintable()):
        raise RefusedError("has white space around it or characters that cannot be printed")
    return secret


def _api_tokens(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if _is_sealed(info):
        return secret
    ids: set[str] = set()
    for index, token in enumerate(_json_list(secret.get_secret_value())):
        known = _api_token(index, token)
        if known.id in ids:
            raise RefusedError(f"token [{index}] has the id of another; give each its own")
        ids.add(known.id)
    return secret


def _is_sealed(info: ValidationInfo) -> bool:
    return bool(info.context) and info.context == SEALED


def _json_list(text: str) -> list[object]:
    try:
        tokens = json.loads(text)
    except ValueError:
        raise RefusedError("is not JSON; it is a list of {id, sha256, scopes, expires}") from None
    if not isinstance(tokens, list):
        raise RefusedError("is not a list of {id, sha256, scopes, expires}")
    return tokens


def _api_token(index: int, token: object) -> ApiToken:
    try:
        known = ApiToken.model_validate(token)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part in ApiToken.model_fields)
        field = ApiToken.model_fields.get(where)
        wanted = (field.description if field else "") or "{id, sha256, scopes, expires}"
        raise RefusedError(
            f"token [{index}]{'.' + where if where else ''} is wrong; it is: {wanted}"
        ) from None
    if set(known.scopes) - set(SCOPES):
        raise RefusedError(f"token [{index}].scopes is wrong; known are {', '.join(SCOPES)}")
    return known


Secret = Annotated[SecretStr, AfterValidator(_filled), AfterValidator(_printable)]
ApiTokens = Annotated[SecretStr, AfterValidator(_filled), AfterValidator(_api_tokens)]


class ChittyConnectSecrets(Settings):
    """What only the worker of ChittyConnect may know."""

    API_TOKENS: ApiTokens
    """Bearer tokens: JSON list of {id, sha256, scopes, expires}."""

    R2_ACCESS_KEY_ID: Secret
    """Id of the R2 key that presigned URLs are signed with."""

    R2_SECRET_ACCESS_KEY: Secret
    """The R2 key itself."""

    ONEPASSWORD_CONNECT_TOKEN: Secret | None = None
    """Token for 1Password Connect. Default: none; needed with credentials.connect_url."""

    CHITTYID_SERVICE_TOKEN: Secret | None = None
    """What `services/chittyid/service_token` answers while there is no 1Password Connect.
    Default: none, the answer is 404."""
