"""Tunnels of cloudflared: their names, their tokens."""

import base64
import binascii
import json
import secrets
from typing import Any, Literal
from uuid import uuid4

from pydantic import Field, field_validator

from common.json_types import Json
from local.api.alerting.events import notify
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import State
from local.api.tunnels import errors
from local.records.records import Kind, Records

TUNNELS = "/accounts/{account_id}/cfd_tunnel"
TUNNEL = f"{TUNNELS}/{{tunnel_id}}"
SECRET_BYTES = 32
NEVER = "nothing connects to it here, so its status stays `inactive`"

family = Family("Tunnels")


class NewTunnel(Body):
    """A tunnel as it is created."""

    name: str = Field(min_length=1, max_length=100)
    config_src: Literal["local", "cloudflare"] = "local"
    tunnel_secret: str | None = None

    @field_validator("tunnel_secret")
    @classmethod
    def _is_long(cls, secret: str | None) -> str | None:
        return secret if secret is None else _checked(secret)


class ChangedTunnel(Body):
    """What is changed of a tunnel."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    tunnel_secret: str | None = None

    @field_validator("tunnel_secret")
    @classmethod
    def _is_long(cls, secret: str | None) -> str | None:
        return secret if secret is None else _checked(secret)


@family("GET", TUNNELS, note="without `connections`, as since 2026-10-05")
async def list_tunnels(call: Call) -> Any:
    found = [shown(each) for each in call.state.records.all(Kind.TUNNEL)]
    name, uuid = call.query.get("name"), call.query.get("uuid")
    chosen = [t for t in found if name in (None, t["name"]) and uuid in (None, t["id"])]
    deleted = call.query.get("is_deleted") == "true"
    return page([] if deleted else chosen, call.query)


@family("POST", TUNNELS, extent="partial", note=NEVER)
async def create_tunnel(call: Call) -> Json:
    body = await call.read(NewTunnel)

    def edit(records: Records) -> Json:
        _must_be_free(records, body.name, None)
        return shown(_make(records, call.state, body))

    made = await call.state.change(edit)
    await _tell(call.state, made, "created")
    return made


@family("GET", TUNNEL, note="without `connections`, as since 2026-10-05")
async def get_tunnel(call: Call) -> Json:
    return shown(find(call.state.records, call.params["tunnel_id"]))


@family("PATCH", TUNNEL)
async def change_tunnel(call: Call) -> Json:
    body = await call.read(ChangedTunnel)
    tunnel_id = call.params["tunnel_id"]

    def edit(records: Records) -> Json:
        former = find(records, tunnel_id)
        _must_be_free(records, body.name or former["name"], tunnel_id)
        changed = {**former, **body.model_dump(exclude_none=True)}
        return shown(records.put(Kind.TUNNEL, tunnel_id, changed))

    return await call.state.change(edit)


@family("DELETE", TUNNEL)
async def delete_tunnel(call: Call) -> Json:
    tunnel_id = call.params["tunnel_id"]

    def edit(records: Records) -> Json:
        former = find(records, tunnel_id)
        records.remove(Kind.TUNNEL, tunnel_id)
        if records.get(Kind.TUNNEL_CONFIGURATION, tunnel_id):
            records.remove(Kind.TUNNEL_CONFIGURATION, tunnel_id)
        return shown({**former, "deleted_at": call.state.now()})

    gone = await call.state.change(edit)
    await _tell(call.state, gone, "deleted")
    return gone


@family("GET", f"{TUNNEL}/token")
async def get_token(call: Call) -> str:
    """Answer the token in the form that cloudflared reads (C6)."""
    tunnel = find(call.state.records, call.params["tunnel_id"])
    token = {"a": call.state.account.id, "t": tunnel["id"], "s": tunnel["tunnel_secret"]}
    return base64.b64encode(json.dumps(token, separators=(",", ":")).encode()).decode()


@family("GET", f"{TUNNEL}/connections", note="empty: nothing connects to it here")
async def list_connections(call: Call) -> Any:
    find(call.state.records, call.params["tunnel_id"])
    return page([], call.query)


def find(records: Records, tunnel_id: str) -> Json:
    found = records.get(Kind.TUNNEL, tunnel_id)
    if found is None:
        raise errors.not_found(tunnel_id)
    return found


def shown(tunnel: Json) -> Json:
    """Leave the secret out."""
    return {key: value for key, value in tunnel.items() if key != "tunnel_secret"}


async def _tell(state: State, tunnel: Json, event_type: str) -> None:
    about = {"tunnel_id": tunnel["id"], "tunnel_name": tunnel["name"], "event_type": event_type}
    await notify(state, "tunnel_update_event", about)


def _make(records: Records, state: State, body: NewTunnel) -> Json:
    tunnel_id = str(uuid4())
    secret = body.tunnel_secret or base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    tunnel = {
        "id": tunnel_id,
        "account_tag": state.account.id,
        "name": body.name,
        "config_src": body.config_src,
        "remote_config": body.config_src == "cloudflare",
        "created_at": state.now(),
        "deleted_at": None,
        "conns_active_at": None,
        "conns_inactive_at": None,
        "tun_type": "cfd_tunnel",
        "status": "inactive",
        "metadata": {},
        "tunnel_secret": secret,
    }
    return records.put(Kind.TUNNEL, tunnel_id, tunnel)


def _must_be_free(records: Records, name: str, own: str | None) -> None:
    others = (t for t in records.all(Kind.TUNNEL) if t["id"] != own)
    if any(other["name"] == name for other in others):
        raise errors.name_taken()


def _checked(secret: str) -> str:
    try:
        long = len(base64.b64decode(secret, validate=True)) >= SECRET_BYTES
    except (binascii.Error, ValueError):
        long = False
    if not long:
        raise ValueError("is no base64 of 32 bytes or more")
    return secret
