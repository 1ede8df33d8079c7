"""Getting in: the files of the page, which anybody may have, and a link that becomes a session."""

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import Response

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.live_page.page_queries import ROOT, family, need_own_site

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""Lets in the files of the page, and its own requests; nothing from elsewhere, nothing in line."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


class Link(Body):
    """What stands behind the `#` of the address that a command has printed."""

    link: str


@family("GET", ROOT, presigned=True)
async def get_page(_call: Call) -> Response:
    return _file(INDEX)


@family("GET", f"{ROOT}/files/{{name}}", presigned=True)
async def get_file(call: Call) -> Response:
    return _file(call.params["name"])


@family("POST", f"{ROOT}/links", note="an address holds for ten minutes")
async def create_link(call: Call) -> Json:
    """Make an address of the page; asked for with the token, by `make up` and `make status`."""
    address = f"http://{call.header('host')}{ROOT}"
    return {"url": f"{address}#{call.request.app.passes.issue('link')}"}


@family("POST", f"{ROOT}/session", presigned=True, note="for a link; holds for twelve hours")
async def create_session(call: Call) -> Json:
    need_own_site(call)
    passes, given = call.request.app.passes, (await call.read(Link)).link
    if not passes.holds("link", given):
        raise ApiError(401, 10000, "This address has ended; run `make status` for a new one")
    return {"session": passes.issue("session")}


def _file(name: str) -> Response:
    path = STATIC / name
    if path.suffix not in TYPES or path.parent != STATIC or not path.is_file():
        raise ApiError(404, 10000, "The page has no such file")
    return Response(path.read_bytes(), headers={**HEADERS, "content-type": TYPES[path.suffix]})
