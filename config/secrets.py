"""Secrets by name: what each must look like. No message here holds a value."""

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from config.model import Settings
from planning.placeholders import is_placeholder
from planning.refusals import RefusedError
from planning.texts import check_size

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

_ISO_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
"""The worker takes the same, no more: tests/contract/expires.json holds both to it."""


def _iso_time(text: str) -> str:
    found = _ISO_TIME.fullmatch(text)
    if not found:
        raise RefusedError("is no time with time zone (2026-11-21T10:00:00Z)")
    date.fromisoformat(found["day"])
    return text


_ENTRY = "{id, sha256, scopes, owners, expires}"

_Owner = Annotated[
    str,
    # No two dots side by side: keys of documents begin with it.
    Field(pattern=r"^[A-Za-z0-9](?:\.?[A-Za-z0-9_-])*\.?$", min_length=3, max_length=64),
]
"""The worker takes the same, no more: tests/contract/owners.json holds both to it."""


class ApiToken(Settings):
    """A bearer token as the worker knows it: by its hash."""

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    """Name of the token in logs: 1 to 64 letters, digits and . _ -"""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the token: 64 hexadecimal digits, small letters."""

    scopes: tuple[str, ...] = Field(min_length=1)
    """What it may do."""

    owners: Annotated[tuple[_Owner, ...], Field(min_length=1)] | None = None
    """Owners (`chittyId`) whose documents and sessions it reaches: 3 to 64 letters, digits and
    . _ - each. Default: everybody's, as a service needs that checks itself who asks it."""

    expires: Annotated[str, AfterValidator(_iso_time)] | None = None
    """When it ends, with time zone: `2026-11-21T10:00:00Z`. Default: never."""


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


def _fits(secret: SecretStr) -> SecretStr:
    check_size(secret.get_secret_value(), "set a shorter one")
    return secret


def _api_tokens(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    return secret if _is_sealed(info) else SecretStr(check_api_tokens(secret.get_secret_value()))


def check_api_tokens(text: str) -> str:
    """Check the JSON list *text* of API tokens; answer it as the worker is given it.

    It is written anew from what was checked, so that the worker reads nothing that was not.
    Raises `RefusedError`, without any value, for what the worker would refuse.
    """
    known = [_api_token(index, token) for index, token in enumerate(_json_list(text))]
    _check_ids(token.id for token in known)
    written = json.dumps(
        [token.model_dump(exclude_none=True) for token in known], separators=(",", ":")
    )
    return check_size(
        written,
        f"revoke some of the {len(known)} tokens, the expired ones first "
        f"(python -m ops token list), or make them of fewer scopes",
    )


def _check_ids(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, each in enumerate(ids):
        if each in seen:
            raise RefusedError(f"token [{index}] has the id of another; give each its own")
        seen.add(each)


def _is_sealed(info: ValidationInfo) -> bool:
    return bool(info.context) and info.context == SEALED


def _json_list(text: str) -> list[object]:
    try:
        tokens = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError(f"is not JSON; it is a list of {_ENTRY}") from None
    if not isinstance(tokens, list):
        raise RefusedError(f"is not a list of {_ENTRY}")
    return tokens


def _api_token(index: int, token: object) -> ApiToken:
    try:
        known = ApiToken.model_validate(token)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part in ApiToken.model_fields)
        field = ApiToken.model_fields.get(where)
        wanted = (field.description if field else "") or _ENTRY
        raise RefusedError(
            f"token [{index}]{'.' + where if where else ''} is wrong; it is: {wanted}"
        ) from None
    if set(known.scopes) - set(SCOPES):
        raise RefusedError(f"token [{index}].scopes is wrong; known are {', '.join(SCOPES)}")
    return known


Secret = Annotated[
    SecretStr, AfterValidator(_filled), AfterValidator(_printable), AfterValidator(_fits)
]
ApiTokens = Annotated[SecretStr, AfterValidator(_filled), AfterValidator(_api_tokens)]


class ChittyConnectSecrets(Settings):
    """What only the worker of ChittyConnect may know."""

    API_TOKENS: ApiTokens
    """Bearer tokens: JSON list of {id, sha256, scopes, owners, expires}."""

    R2_ACCESS_KEY_ID: Secret
    """Id of the R2 key that presigned URLs are signed with."""

    R2_SECRET_ACCESS_KEY: Secret
    """The R2 key itself."""

    ONEPASSWORD_CONNECT_TOKEN: Secret | None = None
    """Token for 1Password Connect. Default: none; needed with credentials.connect_url."""

    CHITTYID_SERVICE_TOKEN: Secret | None = None
    """What `services/chittyid/service_token` answers while there is no 1Password Connect.
    Default: none, the answer is 404."""
