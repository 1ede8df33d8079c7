"""Types of secrets: what each must look like. No message here holds a value."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo

from common.credentials import is_placeholder, is_weak
from common.field_docstrings import field_docstrings
from config.fields import Settings
from planning.api_tokens import check_room
from planning.refusals import RefusedError
from planning.text_limits import check_size

SEALED = {"sealed": True}
"""Validation context for secrets that are still encrypted: they exist, and nobody looks inside."""

_ISO_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
"""The worker takes the same, no more: tests/contract/expires.json holds both to it."""


_LEAST_BEARER = 32
_BEARER = re.compile(rf"[\x21-\x7e]{{{_LEAST_BEARER},}}", re.ASCII)


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
    """Owners whose data it reaches: 3 to 64 letters, digits and . _ - each.
    Default: everybody's, as a service needs that checks itself who asks it."""

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


def _strong(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if not _is_sealed(info) and is_weak(secret.get_secret_value()):
        raise RefusedError("is a word that everybody tries first, or the same characters again")
    return secret


def _printable(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    value = secret.get_secret_value()
    if not _is_sealed(info) and (value != value.strip() or not value.isprintable()):
        raise RefusedError("has white space around it or characters that cannot be printed")
    return secret


def _fits(secret: SecretStr) -> SecretStr:
    check_size(secret.get_secret_value(), "set a shorter one")
    return secret


def _digits(count: int, what: str) -> Callable[[SecretStr, ValidationInfo], SecretStr]:
    """Return a check for *count* hexadecimal digits; *what* names the secret."""
    digits = re.compile(rf"[0-9a-fA-F]{{{count}}}", re.ASCII)

    def check(secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if not _is_sealed(info) and not digits.fullmatch(secret.get_secret_value()):
            raise RefusedError(f"is no {what} of R2: that is {count} hexadecimal digits")
        return secret

    return check


def api_tokens(scopes: Sequence[str]) -> AfterValidator:
    """Make the check of a secret that lists API tokens, each with some of *scopes*."""

    def check(secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if _is_sealed(info):
            return secret
        written = check_api_tokens(_filled(secret, info).get_secret_value(), scopes)
        if not any(_is_valid(token) for token in json.loads(written)):
            raise RefusedError(
                "holds no token that is valid; make one: python -m ops token issue <stack>"
            )
        return SecretStr(written)

    return AfterValidator(check)


def _is_valid(token: dict[str, str]) -> bool:
    ends = token.get("expires")
    return ends is None or datetime.fromisoformat(ends) > datetime.now(UTC)


def check_api_tokens(text: str, scopes: Sequence[str]) -> str:
    """Check the JSON list *text* of API tokens with some of *scopes*; return what the worker reads.

    It is written anew from what was checked, so that the worker reads nothing that was not.
    Raises `RefusedError`, without any value, for what the worker would refuse.
    """
    known = [_api_token(index, token, scopes) for index, token in enumerate(_json_list(text))]
    _check_once("id", (token.id for token in known))
    _check_once("sha256", (token.sha256 for token in known))
    entries = [token.model_dump(exclude_none=True) for token in known]
    check_room(entries, scopes)
    return json.dumps(entries, separators=(",", ":"))


def _check_once(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, each in enumerate(values):
        if each in seen:
            raise RefusedError(f"token [{index}] has the {what} of another; give each its own")
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


def _api_token(index: int, token: object, scopes: Sequence[str]) -> ApiToken:
    try:
        known = ApiToken.model_validate(token)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part in ApiToken.model_fields)
        wanted = field_docstrings(ApiToken).get(where, _ENTRY)
        raise RefusedError(
            f"token [{index}]{'.' + where if where else ''} is wrong; it is: {wanted}"
        ) from None
    if set(known.scopes) - set(scopes):
        raise RefusedError(f"token [{index}].scopes is wrong; known are {', '.join(scopes)}")
    return known


def _presentable(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if not _is_sealed(info) and not _BEARER.fullmatch(secret.get_secret_value()):
        raise RefusedError(
            f"is no bearer token that nobody guesses: that is {_LEAST_BEARER} or more visible "
            f"ASCII characters; make one: openssl rand -hex 32"
        )
    return secret


Secret = Annotated[
    SecretStr,
    AfterValidator(_filled),
    AfterValidator(_strong),
    AfterValidator(_printable),
    AfterValidator(_fits),
]
BearerToken = Annotated[Secret, AfterValidator(_presentable)]
"""What somebody presents as `Authorization: Bearer …`."""
R2KeyId = Annotated[Secret, AfterValidator(_digits(32, "key id"))]
R2Key = Annotated[Secret, AfterValidator(_digits(64, "secret key"))]
