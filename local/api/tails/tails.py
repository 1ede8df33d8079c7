"""Tails of scripts: `wrangler tail` makes one, listens at its address, and deletes it."""

from datetime import datetime

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Call
from local.api.http.routing import Family
from local.api.state.open_tails import Tail
from local.api.tails.filters import read_filters
from local.api.tails.socket import PATH, PROTOCOL
from local.api.workers.errors import BODY
from local.api.workers.scripts import SCRIPT, find

TAILS = f"{SCRIPT}/tails"

family = Family("Workers tails", BODY)


@family("GET", TAILS)
async def list_tails(call: Call) -> list[Json]:
    return [_shown(call, tail) for tail in call.state.tails.of(_script(call))]


@family(
    "POST",
    TAILS,
    note="filters by sampling rate, outcome, method, header, client address, text and version; "
    "secrets of the account are taken out; a tail ends a minute after its client",
)
async def create_tail(call: Call) -> Json:
    script = _script(call)
    body = await call.json(empty=b"{}")
    client = call.request.client
    admits = read_filters(body, client.host if client else "")
    return _shown(call, call.state.tails.add(script, admits))


@family("DELETE", f"{TAILS}/{{tail_id}}")
async def delete_tail(call: Call) -> None:
    call.state.tails.remove(_script(call), call.params["tail_id"])


@family(
    "GET",
    f"{PATH}{{tail_id}}",
    presigned=True,
    note=f"a WebSocket of protocol {PROTOCOL}; the address is the permission",
)
async def open_tail(_call: Call) -> None:
    raise invalid_request(f"a tail is a WebSocket; open it with the subprotocol {PROTOCOL}")


def _script(call: Call) -> str:
    name = call.params["script_name"]
    find(call.state.records, name)
    return name


def _shown(call: Call, tail: Tail) -> Json:
    base = f"ws://{call.request.url.netloc}"
    return {"id": tail.id, "url": f"{base}{PATH}{tail.id}", "expires_at": _moment(tail.expires_at)}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
