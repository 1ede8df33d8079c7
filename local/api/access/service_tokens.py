"""Service tokens: what machines prove themselves by. A secret is shown once, its hash is kept."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.access import errors
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import State
from local.records.records import Kind, Records
from planning.access import seconds_of
from planning.refusals import RefusedError

TOKENS = "/accounts/{account_id}/access/service_tokens"
TOKEN = f"{TOKENS}/{{service_token_id}}"
FOREVER = "forever"
YEAR = "8760h"
HIDDEN = ("secret_sha256", "previous_sha256")
ONCE = "the secret is in the answer to this request alone"

family = Family("Access service tokens", errors.BODY)


class NewToken(Body):
    """A token as it is created."""

    name: str = Field(min_length=1)
    duration: str = YEAR
    enabled: bool = True
    client_secret_version: float = 1
    previous_client_secret_expires_at: str | None = None


class ChangedToken(Body):
    """What is changed of a token."""

    name: str | None = Field(default=None, min_length=1)
    duration: str | None = None
    enabled: bool | None = None
    client_secret_version: float | None = None
    previous_client_secret_expires_at: str | None = None


class Rotation(Body):
    """How long the secret before the new one is taken."""

    previous_client_secret_expires_at: str | None = None


@family("GET", TOKENS)
async def list_tokens(call: Call) -> Any:
    return page([shown(each) for each in call.state.records.all(Kind.ACCESS_TOKEN)], call.query)


@family("POST", TOKENS, note=ONCE)
async def create_token(call: Call) -> Json:
    body = await call.read(NewToken)
    token_id, now = str(uuid4()), call.state.now()
    secret, digest = _secret()
    made = {
        "id": token_id,
        "client_id": f"{secrets.token_hex(16)}.access",
        **body.model_dump(exclude_none=True),
        "expires_at": _end(body.duration),
        "created_at": now,
        "updated_at": now,
        "secret_sha256": digest,
    }
    await call.state.change(lambda records: records.put(Kind.ACCESS_TOKEN, token_id, made))
    return {**shown(made), "client_secret": secret}


@family("GET", TOKEN)
async def get_token(call: Call) -> Json:
    return shown(_find(call.state.records, call.params["service_token_id"]))


@family("PUT", TOKEN, note="a higher client_secret_version makes a new secret, shown once")
async def change_token(call: Call) -> Json:
    body = await call.read(ChangedToken)

    def edit(records: Records) -> Json:
        former = _find(records, call.params["service_token_id"])
        changed = {**former, **body.model_dump(exclude_none=True)}
        if body.duration and body.duration != former["duration"]:
            changed["expires_at"] = _end(body.duration)
        version = body.client_secret_version
        if version is None or version == former["client_secret_version"]:
            return shown(_kept(records, call.state, changed))
        if version < former["client_secret_version"]:
            raise errors.invalid("client_secret_version: it only grows")
        if not body.previous_client_secret_expires_at:
            raise errors.invalid("previous_client_secret_expires_at: a rotation needs it")
        return _rotated(records, call.state, changed)

    return await call.state.change(edit)


@family("POST", f"{TOKEN}/rotate", note=ONCE)
async def rotate_token(call: Call) -> Json:
    body = call.parse(Rotation, await call.json(empty=b"{}"))

    def edit(records: Records) -> Json:
        former = _find(records, call.params["service_token_id"])
        end = body.previous_client_secret_expires_at or call.state.now()
        version = former["client_secret_version"] + 1
        changed = {"client_secret_version": version, "previous_client_secret_expires_at": end}
        return _rotated(records, call.state, {**former, **changed})

    return await call.state.change(edit)


@family("POST", f"{TOKEN}/refresh")
async def refresh_token(call: Call) -> Json:
    """Let it last once more as long as it was made for."""

    def edit(records: Records) -> Json:
        former = _find(records, call.params["service_token_id"])
        changed = {**former, "expires_at": _end(former["duration"])}
        return shown(_kept(records, call.state, changed))

    return await call.state.change(edit)


@family("DELETE", TOKEN, note="policies that name it then admit nobody by it")
async def delete_token(call: Call) -> Json:
    def edit(records: Records) -> Json:
        found = _find(records, call.params["service_token_id"])
        records.remove(Kind.ACCESS_TOKEN, found["id"])
        return shown(found)

    return await call.state.change(edit)


def shown(token: Json) -> Json:
    """Leave the hashes of its secrets out."""
    return {key: value for key, value in token.items() if key not in HIDDEN}


def _find(records: Records, token_id: str) -> Json:
    found = records.get(Kind.ACCESS_TOKEN, token_id)
    if found is None:
        raise errors.not_found("service token", token_id)
    return found


def _secret() -> tuple[str, str]:
    """Make a secret; give it and its hash."""
    secret = secrets.token_hex(32)
    return secret, hashlib.sha256(secret.encode()).hexdigest()


def _rotated(records: Records, state: State, changed: Json) -> Json:
    _moment(changed["previous_client_secret_expires_at"])
    secret, digest = _secret()
    hashes = {"secret_sha256": digest, "previous_sha256": changed["secret_sha256"]}
    return {**shown(_kept(records, state, {**changed, **hashes})), "client_secret": secret}


def _kept(records: Records, state: State, token: Json) -> Json:
    return records.put(Kind.ACCESS_TOKEN, token["id"], {**token, "updated_at": state.now()})


def _end(duration: str) -> str | None:
    """Return when what lasts *duration* from now is over; `None` for never."""
    if duration == FOREVER:
        return None
    try:
        end = datetime.now(UTC) + timedelta(seconds=seconds_of(duration))
    except (RefusedError, OverflowError) as error:
        raise errors.invalid(f"duration: {error}") from error
    return end.isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(text: str) -> None:
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise errors.invalid(
            "previous_client_secret_expires_at: a time with time zone is needed "
            "(2026-12-01T00:00:00Z)"
        )
