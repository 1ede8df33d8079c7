"""A permissive API v4 on a free port: it keeps what it is sent, says it back, and logs it all.

It knows none of the rules of the API; the local Cloudflare does. Tests set `FakeApi.answers` to
script a refusal, and change `FakeApi.objects` to play somebody who changes the account by hand.
"""

import json
import re
import socket
import threading
import uuid
from contextlib import suppress
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

TOKEN = "t" * 40
NOW = "2026-11-21T12:00:00Z"
COLLECTION = re.compile(
    r"/(namespaces|buckets|database|queues|consumers|routes|domains|policies|webhooks|cfd_tunnel"
    r"|dns_records|rulesets|groups|service_tokens|apps|workers|versions|deployments|tokens"
    r"|certificate_packs|monitors|pools|load_balancers|healthchecks|lists)$"
)
SCRIPT = re.compile(r"(.*)/workers/scripts/([^/]+)$")
OWNER = re.compile(r"/(?:accounts|zones)/([^/]+)$")
NOT_FOUND = {
    r"/storage/kv/namespaces/[^/]+$": 10013,
    r"/storage/kv/namespaces/[^/]+/": 10009,
    r"/r2/buckets/[^/]+/cors$": 10059,
    r"/r2/buckets/": 10006,
    r"/d1/database/": 7404,
    r"/queues/[^/]+$": 11000,
    r"/queues/[^/]+/consumers/": 11003,
    r"/workers/services/": 10090,
    r"/workers/workers/[^/]+/versions/": 10092,
    r"/workers/workers/": 10007,
    r"/workers/scripts/[^/]+/deployments/": 10092,
    r"/workers/scripts/": 10007,
    r"/workers/routes/": 10009,
    r"/workers/domains/": 100114,
    r"/rulesets/": 10003,
    r"/alerting/v3/": 17404,
    r"/cfd_tunnel/": 1003,
    r"/dns_records/": 81044,
    r"/access/apps/": 11021,
    r"/access/": 12135,
    r"/hostnames/settings/": 17405,
    r"/certificate_packs/": 17406,
    r"/tokens/": 17408,
    r"/load_balancers/": 1001,
    r"/healthchecks/": 1041,
    r"/rules/lists/": 10051,
}
"""Path → the code by which API v4 says that there is none."""


class FakeApi:
    """The server; `with FakeApi() as api:` serves until the block ends."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        """Path of the object → the object."""

        self.log: list[dict[str, Any]] = []
        """Every exchange: method, path, query, headers, request."""

        self.answers: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        """(method, path) → (status, errors, or bytes as they are) to give first, one a request."""

        self.always: tuple[int, dict[str, str], bytes] | None = None
        """Status, headers and body of every answer from now on, whatever is asked."""

        self.refused: re.Pattern[str] | None = None
        """Paths whose writes are refused."""

        self._connections: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/client/v4"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def requests(self, method: str) -> list[tuple[str, Any]]:
        """Give (path, body) of all requests by one method."""
        return [(it["path"], it["request"]) for it in self.log if it["method"] == method]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # one packet an answer

            def setup(self) -> None:
                super().setup()
                api._connections.append(self.connection)

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

            def answer(self) -> None:
                api._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        return Handler

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        path = url.path.removeprefix("/client/v4")
        body = _body(handler)
        self.log.append(
            {
                "method": handler.command,
                "path": path,
                "query": url.query,
                "headers": dict(handler.headers),
                "request": body,
            }
        )
        scripted = self.answers.get((handler.command, path))
        if self.always:
            _write_raw(handler, *self.always)
        elif self.refused and handler.command == "PUT" and self.refused.search(path):
            _write(handler, 400, [{"code": 1, "message": "no address"}])
        elif scripted:
            _write(handler, *scripted.pop(0))
        else:
            getattr(self, f"_{handler.command.lower()}")(handler, path, body)

    def _post(self, handler: BaseHTTPRequestHandler, path: str, body: Any) -> None:
        path = path.removesuffix("/order")
        made = {**(body or {}), **_computed(path, body or {})}
        if COLLECTION.search(path):
            self.objects[f"{path}/{_key(path, made)}"] = made
        else:
            self.objects[path] = made
        _write(handler, 200, made)

    def _put(self, handler: BaseHTTPRequestHandler, path: str, body: Any) -> None:
        script = SCRIPT.match(path)
        if script:
            body = self._keep_script(script[1], script[2], body)
        elif path.endswith("/domains"):
            body = {**body, "id": uuid.uuid4().hex, "zone_name": "chitty.cc", "cert_id": "c"}
            self.objects[f"{path}/{body['id']}"] = body
        elif path.endswith("/configurations"):
            body = {**body, "tunnel_id": path.split("/")[-2], "version": 1, "source": "cloudflare"}
        elif "/hostnames/settings/" in path:
            body = {**body, "hostname": path.rsplit("/", 1)[1]}
        elif "/values/" in path:
            self._keep_pair(path, body)
            _write(handler, 200, {})
            return
        elif path.endswith("/items"):
            self.objects[path] = body
            _write(handler, 200, self._operation(path))
            return
        elif isinstance(body, dict):
            body = {**self.objects.get(path, {}), **body}
        self.objects[path] = body
        _write(handler, 200, body)

    def _operation(self, path: str) -> dict[str, str]:
        """Say which operation writes items; it is done when it is first looked at."""
        made = {"id": uuid.uuid4().hex, "status": "completed"}
        self.objects[f"{path.rsplit('/', 2)[0]}/bulk_operations/{made['id']}"] = made
        return {"operation_id": made["id"]}

    def _patch(self, handler: BaseHTTPRequestHandler, path: str, body: Any) -> None:
        first = {"id": path.rsplit("/", 1)[1], **(body or {})}  # what a zone has one of is there
        kept = self.objects.setdefault(path, first)
        if handler.headers.get("cf-r2-storage-class"):
            kept["storage_class"] = handler.headers["cf-r2-storage-class"]
        _write(handler, 200, kept)

    def _delete(self, handler: BaseHTTPRequestHandler, path: str, _body: Any) -> None:
        if self.objects.pop(path, None) is None:
            _write(handler, 404, _not_found(path))
        else:
            _write(handler, 200, {"id": path.rsplit("/", 1)[1]})

    def _get(self, handler: BaseHTTPRequestHandler, path: str, _body: Any) -> None:
        if re.search(r"/(scripts|zones|accounts|database)$", path):
            _write(handler, 200, self._children(path))
        elif path not in self.objects and (owner := OWNER.fullmatch(path)):
            _write(handler, 200, {"id": owner[1]})
        elif path not in self.objects:
            _write(handler, 404, _not_found(path))
        else:
            kept = self.objects[path]
            if isinstance(kept, bytes):
                _write_raw(handler, 200, {"content-type": "application/octet-stream"}, kept)
            else:
                _write(handler, 200, kept)

    def _children(self, path: str) -> list[Any]:
        inside = re.compile(re.escape(path) + r"/[^/]+")
        return [kept for at, kept in self.objects.items() if inside.fullmatch(at)]

    def _keep_pair(self, path: str, parts: dict[str, Any]) -> None:
        self.objects[path] = parts["value"]["body"].encode()
        if "metadata" in parts:
            metadata = json.loads(parts["metadata"]["body"])
            self.objects[path.replace("/values/", "/metadata/")] = metadata

    def _keep_script(self, account: str, name: str, parts: dict[str, Any]) -> Any:
        metadata = json.loads(parts["metadata"]["body"])
        code = next(part["body"] for at, part in parts.items() if at != "metadata").encode()
        tag = (metadata.get("migrations") or {}).get("new_tag")
        script = {
            "id": name,
            "etag": uuid.uuid4().hex,
            "created_on": NOW,
            "modified_on": NOW,
            "handlers": ["fetch"],
            "migration_tag": tag,
        }
        hidden = {"secret_text": ("text",)}
        shown = [
            {key: it[key] for key in it if key not in hidden.get(it["type"], ())}
            for it in metadata.get("bindings", [])
        ]
        at = f"{account}/workers/scripts/{name}"
        self.objects[f"{at}/settings"] = {**metadata, "bindings": shown, "placement": {}}
        self.objects[f"{at}/content/v2"] = code
        self.objects[f"{account}/workers/services/{name}"] = {
            "id": name,
            "default_environment": {"environment": "production", "script": script},
        }
        return script


def _computed(path: str, body: dict[str, Any]) -> dict[str, Any]:
    made = uuid.uuid4().hex
    known: dict[str, dict[str, Any]] = {
        "queues": {"queue_id": made, "created_on": NOW, "consumers": [], "producers": []},
        "consumers": {"consumer_id": made, "created_on": NOW},
        "database": {"uuid": made, "created_at": NOW, "version": "production"},
        "buckets": {
            "creation_date": NOW,
            "location": "ENAM",
            "storage_class": body.get("storageClass", "Standard"),
        },
        "subdomain": {},
    }
    return known.get(path.rsplit("/", 1)[1], {"id": made})


def _key(path: str, made: dict[str, Any]) -> str:
    name = {"queues": "queue_id", "consumers": "consumer_id", "database": "uuid", "buckets": "name"}
    return str(made[name.get(path.rsplit("/", 1)[1], "id")])


def _body(handler: BaseHTTPRequestHandler) -> Any:
    raw = handler.rfile.read(int(handler.headers.get("content-length") or 0))
    kind = handler.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return json.loads(raw) if raw else None
    form = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + raw)
    return {
        part.get_param("name", header="content-disposition"): {
            "filename": part.get_filename(),
            "type": part.get_content_type(),
            "body": bytes(part.get_payload(decode=True)).decode(),
        }
        for part in form.iter_parts()
    }


def _not_found(path: str) -> list[dict[str, Any]]:
    codes = (code for pattern, code in NOT_FOUND.items() if re.search(pattern, path))
    return [{"code": next(codes), "message": "not found"}]


def _write_raw(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    handler.send_response(status)
    for name, value in {**headers, "content-length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _write(handler: BaseHTTPRequestHandler, status: int, result: Any) -> None:
    raw = result if isinstance(result, bytes) else _envelope(status, result)
    redirect = {"location": "/client/v4/accounts"} if 300 <= status < 400 else {}
    _write_raw(handler, status, {"content-type": "application/json", **redirect}, raw)


def _envelope(status: int, result: Any) -> bytes:
    success = status < 400
    return json.dumps(
        {
            "success": success,
            "errors": [] if success else result,
            "messages": [],
            "result": result if success else None,
            "result_info": {"page": 1, "total_pages": 1},
        }
    ).encode()
