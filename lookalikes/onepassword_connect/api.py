"""Version 1 of the API: vaults, items, files, activity."""

import base64
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lookalikes.onepassword_connect.errors import invalid, missing
from lookalikes.onepassword_connect.filters import ITEMS, VAULTS, read_filter
from lookalikes.onepassword_connect.items import details, made, read_item, summary
from lookalikes.onepassword_connect.patches import patched
from lookalikes.onepassword_connect.server import Server
from lookalikes.onepassword_connect.store import Token, shown

Json = dict[str, Any]
Handler = Callable[[Server, Token, Request, Any], Response]
MOST_INLINE_BYTES = 100_000
MOST_ACTIVITY = 200


def list_vaults(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer the vaults of the token: others are not there for it."""
    kept = server.store.kept
    matches = read_filter(request.url.query, VAULTS)
    mine = [each for key, each in kept.vaults.items() if key in token.vaults]
    return JSONResponse([shown(kept, each) for each in mine if matches(each)])


def get_vault(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer one vault."""
    return JSONResponse(shown(server.store.kept, server.vault(token, request)))


def list_items(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer summaries: the fields of an item stand in its details only."""
    items = server.store.kept.items[server.vault(token, request)["id"]]
    matches = read_filter(request.url.query, ITEMS)
    return JSONResponse([summary(each) for each in items.values() if matches(each)])


def create_item(server: Server, token: Token, request: Request, body: Any) -> Response:
    """Keep a new item."""
    vault = server.vault(token, request)
    server.check_change(token)
    return _kept(server, made(read_item(body, vault["id"]), []))


def get_item(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer the details of an item."""
    return JSONResponse(details(server.item(token, request)))


def replace_item(server: Server, token: Token, request: Request, body: Any) -> Response:
    """Put another item in the place of one: what the body lacks is gone afterwards."""
    before = server.item(token, request)
    server.check_change(token)
    item = read_item(body, before["vault"]["id"])
    if item.id not in {None, before["id"]}:
        raise invalid("Invalid item id: it is not the one of the address")
    after = made(item, before["files"], before)
    gone = {each["id"] for each in before["files"]} - {each["id"] for each in after["files"]}
    answer = _kept(server, after)
    server.store.drop_contents(gone)
    return answer


def patch_item(server: Server, token: Token, request: Request, body: Any) -> Response:
    """Change a part of an item."""
    before = server.item(token, request)
    server.check_change(token)
    item = read_item(patched(before, body), before["vault"]["id"])
    return _kept(server, made(item, before["files"], before))


def delete_item(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Delete an item with its files."""
    item = server.item(token, request)
    server.check_change(token)
    del server.store.kept.items[item["vault"]["id"]][item["id"]]
    server.store.save()
    server.store.drop_contents([each["id"] for each in item["files"]])
    return Response(status_code=HTTPStatus.NO_CONTENT)


def list_files(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer the files of an item; their content where `inline_files` asks for it."""
    files = server.item(token, request)["files"]
    return JSONResponse([_file(server, request, each) for each in files])


def get_file(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer what is known of a file."""
    return JSONResponse(_file(server, request, _wanted_file(server, token, request)))


def get_content(server: Server, token: Token, request: Request, _: Any) -> Response:
    """Answer the bytes of a file."""
    content = server.store.content(_wanted_file(server, token, request)["id"])
    return Response(content, media_type="application/octet-stream")


def list_activity(server: Server, _token: Token, request: Request, _: Any) -> Response:
    """Answer requests, the newest first."""
    limit, offset = _number(request, "limit", 50), _number(request, "offset", 0)
    requests = list(server.activity.requests)
    page = requests[offset : offset + min(limit, MOST_ACTIVITY)]
    said = f"{offset}-{offset + len(page)}/{len(requests)}"
    return JSONResponse(page, headers={"content-range": said})


def _kept(server: Server, item: Json) -> Response:
    kept = server.store.kept
    vault = item["vault"]["id"]
    kept.items[vault][item["id"]] = item
    kept.vaults[vault]["contentVersion"] += 1
    server.store.save()
    return JSONResponse(details(item))


def _wanted_file(server: Server, token: Token, request: Request) -> Json:
    key = request.path_params["file"]
    files: list[Json] = server.item(token, request)["files"]
    for each in files:
        if each["id"] == key:
            return each
    raise missing("file", key)


def _file(server: Server, request: Request, file: Json) -> Json:
    inline = request.query_params.get("inline_files", "") == "true"
    if not inline or file["size"] > MOST_INLINE_BYTES:
        return file
    return {**file, "content": base64.b64encode(server.store.content(file["id"])).decode()}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise invalid(f"Invalid {name}: a whole number")
    return int(text)


_ITEM = "/v1/vaults/{vault}/items/{item}"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/v1/vaults", list_vaults),
    ("GET", "/v1/vaults/{vault}", get_vault),
    ("GET", "/v1/vaults/{vault}/items", list_items),
    ("POST", "/v1/vaults/{vault}/items", create_item),
    ("GET", _ITEM, get_item),
    ("PUT", _ITEM, replace_item),
    ("PATCH", _ITEM, patch_item),
    ("DELETE", _ITEM, delete_item),
    ("GET", f"{_ITEM}/files", list_files),
    ("GET", f"{_ITEM}/files/{{file}}", get_file),
    ("GET", f"{_ITEM}/files/{{file}}/content", get_content),
    ("GET", "/v1/activity", list_activity),
)
"""Method, path and what answers it; a slash at the end of a path changes nothing."""
