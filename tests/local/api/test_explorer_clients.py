"""Clients of wrangler's Local Explorer at the edge of the local Cloudflare, as they are.

Miniflare's package has what describes it, an OpenAPI document, and a page that is its real client.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from harness import chromium
from harness.local_cloudflare import PROJECT, LocalCloudflare, local_cloudflare
from local.process.ports import HOST
from tests.support_runtime import eventually

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

PACKAGE = PROJECT / "node_modules/miniflare/dist"
SOURCE_MAP = PACKAGE / "src/workers/local-explorer/explorer.worker.js.map"
PAGE = PACKAGE / "local-explorer-ui"
TODAY, FORMER = "/cdn-cgi/local/explorer/api", "/cdn-cgi/explorer/api"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
SECONDS = 60
HOP_BY_HOP = ("connection", "content-length")
CODE = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS hits (n INTEGER)");
    this.ctx.storage.sql.exec("INSERT INTO hits VALUES (7)");
  }
}
export default {
  async fetch(request, env) {
    await env.COUNTER.getByName("a").add();
    return new Response("from the worker");
  },
  scheduled() {},
};
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[LocalCloudflare]:
    with local_cloudflare(tmp_path_factory.mktemp("explorer") / "cf") as cf:
        furnish(cf)
        yield cf


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """Return the OpenAPI document of miniflare's package."""
    found = json.loads(SOURCE_MAP.read_text())
    pairs = zip(found["sources"], found["sourcesContent"], strict=True)
    document = next(text for name, text in pairs if name.endswith("openapi.local.json"))
    described: dict[str, Any] = json.loads(document)
    # It says that every result of D1 is an object, and of each that it is a list.
    del described["components"]["schemas"]["d1_api-response-common"]["properties"]["result"]
    return described


@pytest.mark.parametrize("root", [TODAY, FORMER])
def test_every_answer_fits_its_description(running, described, root):
    """Each operation about data and workers is asked by what the document says of it."""
    asked = set()
    for method, path, sent in requests(running):
        template, values = matching(described["paths"], path)
        operation = described["paths"][template][method.lower()]
        url = f"http://{HOST}:{running.edge_port}{root}{path}"
        answer = httpx.request(method, url, timeout=SECONDS, **sent)

        assert answer.is_success, f"{method} {path}: {answer.text}"
        check(described, operation, answer, f"{method} {path} {values}")
        asked.add((method.lower(), template))

    listed = {
        (method, path)
        for path, methods in described["paths"].items()
        for method in methods
        if not path.startswith("/workflows/")
    }
    assert listed - asked == set()


def test_a_host_of_a_worker_answers_it_too_and_the_worker_never_sees_it(running):
    host = f"api.chitty.cc.localhost:{running.edge_port}"
    found = running.at(host, f"{TODAY}/local/workers").json()["result"]

    assert [each["name"] for each in found] == ["api"]
    assert running.at(host, "/cdn-cgi/local/explorers").text == "from the worker"


def test_a_public_name_is_refused(running):
    assert running.at("api.chitty.cc", f"{TODAY}/local/workers").status_code == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_another_user_of_the_machine_is_refused(running):
    # What a look-up of a host needs is loaded first: the other user may not read where it lies.
    become = "import encodings.idna, os, sys, urllib.request as r; os.setuid(65534)"
    ask = f"{become}; r.urlopen(sys.argv[1])"
    url = f"http://{HOST}:{running.edge_port}{TODAY}/local/workers"
    done = subprocess.run(
        [sys.executable, "-c", ask, url], capture_output=True, text=True, check=False
    )

    assert "HTTP Error 403" in done.stderr


def test_a_schedule_runs(running):
    url = f"http://{HOST}:{running.edge_port}{TODAY}/local/scheduled"
    answer = httpx.post(url, params={"worker": "api"}, json={"cron": "0 0 1 1 *"}, timeout=SECONDS)

    assert answer.json()["result"]["outcome"] == "ok"


def test_the_page_of_miniflare_works_with_it(running):
    """Its real client: the page that wrangler serves, by a server that passes its requests on."""
    with ExitStack() as stack:
        base = stack.enter_context(serving(running))
        page = stack.enter_context(browser())
        page.open(f"{base}/cdn-cgi/explorer/")
        shows(page, "D1 Databases", "DB", "Counter", "KV", "FILES")
        for store, wanted in (
            (f"kv/{store_of(running, 'kv')}", ["greeting", "a value"]),
            ("r2/files", ["note.txt"]),
            ("do/Counter", ["Open Studio"]),
        ):
            page.open(f"{base}/cdn-cgi/explorer/{store}")
            shows(page, *wanted)

        assert page.console == []


def furnish(cf: LocalCloudflare) -> None:
    """Deploy a worker with a store of each kind, and something in each."""
    kv = cf.result("POST", cf.account("/storage/kv/namespaces"), json={"title": "sessions"})["id"]
    cf.result("POST", cf.account("/r2/buckets"), json={"name": "files"})
    d1 = cf.result("POST", cf.account("/d1/database"), json={"name": "main"})["uuid"]
    bindings = [
        {"name": "KV", "type": "kv_namespace", "namespace_id": kv},
        {"name": "FILES", "type": "r2_bucket", "bucket_name": "files"},
        {"name": "DB", "type": "d1", "id": d1},
        {"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"},
    ]
    steps = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    cf.upload("api", {"worker.mjs": CODE}, bindings=bindings, migrations=steps)
    domain = {"hostname": "api.chitty.cc", "service": "api", "zone_id": cf.zone_id}
    cf.result("PUT", cf.account("/workers/domains"), json=domain)
    values = cf.account(f"/storage/kv/namespaces/{kv}/values")
    cf.result("PUT", f"{values}/greeting", content="a value")
    cf.result("PUT", cf.account("/r2/buckets/files/objects/note.txt"), content="a note")
    cf.at("api.chitty.cc")


def store_of(cf: LocalCloudflare, kind: str) -> str:
    """Return the id of the one store of *kind*."""
    paths = {"kv": "/storage/kv/namespaces", "d1": "/d1/database"}
    paths["do"] = "/workers/durable_objects/namespaces"
    (found,) = cf.result("GET", cf.account(paths[kind]))
    return str(found.get("id") or found["uuid"])


def requests(cf: LocalCloudflare) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield a request for each operation; what one makes, a later one needs."""
    kv = f"/storage/kv/namespaces/{store_of(cf, 'kv')}"
    d1 = f"/d1/database/{store_of(cf, 'd1')}"
    objects = f"/workers/durable_objects/namespaces/{store_of(cf, 'do')}"
    sql = {"sql": "SELECT 1 AS one, ?1 AS two", "params": ["x"]}
    reading = {"durable_object_name": "a", "queries": [{"sql": "SELECT n FROM hits"}]}
    custom = {"cf-r2-custom-metadata": '{"by": "me"}', "content-type": "text/plain"}
    yield "GET", "/storage/kv/namespaces", {"params": {"order": "title", "direction": "desc"}}
    yield "PUT", f"{kv}/values/a%2Fb", {"content": b"v"}
    yield "GET", f"{kv}/keys", {"params": {"prefix": "a", "limit": 10}}
    yield "GET", f"{kv}/values/a%2Fb", {}
    yield "POST", f"{kv}/bulk/get", {"json": {"keys": ["a/b"]}}
    yield "DELETE", f"{kv}/values/a%2Fb", {}
    yield "GET", "/d1/database", {"params": {"name": "main"}}
    yield "POST", f"{d1}/raw", {"json": sql}
    yield "POST", f"{d1}/raw", {"json": {"batch": [sql, sql]}}
    yield "GET", "/workers/durable_objects/namespaces", {}
    yield "GET", f"{objects}/objects", {"params": {"limit": 10}}
    yield "POST", f"{objects}/query", {"json": reading}
    yield "GET", "/r2/buckets", {}
    yield "GET", "/r2/buckets/files", {}
    yield "PUT", "/r2/buckets/files/objects/folder%2Fa.txt", {"content": b"text", "headers": custom}
    yield "GET", "/r2/buckets/files/objects", {"params": {"prefix": "folder/", "per_page": 10}}
    yield "GET", "/r2/buckets/files/objects/folder%2Fa.txt", {}
    head = {"headers": {"cf-metadata-only": "true"}}
    yield "GET", "/r2/buckets/files/objects/folder%2Fa.txt", head
    yield "DELETE", "/r2/buckets/files/objects", {"json": ["folder/a.txt"]}
    yield "GET", "/local/workers", {}
    yield "GET", "/workflows", {}


def matching(paths: Mapping[str, Any], path: str) -> tuple[str, dict[str, str]]:
    """Return the template that *path* is one of, the one with the fewest places, and its values."""
    parts = path.split("/")
    fitting = []
    for template in paths:
        names = template.split("/")
        if len(names) == len(parts):
            pairs = list(zip(names, parts, strict=True))
            if all(name == part or name.startswith("{") for name, part in pairs):
                values = {name: part for name, part in pairs if name.startswith("{")}
                fitting.append((len(values), template, values))
    _, template, values = min(fitting, key=lambda each: each[0])
    return template, values


def check(
    described: Mapping[str, Any], operation: Mapping[str, Any], answer: httpx.Response, about: str
):
    """Hold a JSON answer against the schema that the document has for it."""
    content = operation["responses"][str(answer.status_code)].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if schema is None or not is_json:
        return
    whole = {**schema, "components": described["components"]}
    mistakes = [
        each.message for each in Draft7Validator(nullable(whole)).iter_errors(answer.json())
    ]
    assert mistakes == [], about


def nullable(schema: Any) -> Any:
    """Write `nullable` of OpenAPI 3.0 as JSON Schema has it."""
    if isinstance(schema, list):
        return [nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: nullable(each) for name, each in schema.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        found |= {"enum": [*found["enum"], None]} if "enum" in found else {}
    return found


def shows(page, *wanted):
    text = "document.body.innerText"
    eventually(lambda: [each for each in wanted if each not in page.evaluate(text)], [], SECONDS)


def browser():
    """Begin Chromium; without one the test is skipped, on a build machine it fails."""
    try:
        return chromium.browser(chromium.ensure())
    except chromium.NoBrowserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@contextmanager
def serving(cf: LocalCloudflare) -> Iterator[str]:
    """Serve the page of miniflare, its requests passed on to the edge of *cf*; give its address."""
    with ThreadingHTTPServer((HOST, 0), passing_to(f"http://{HOST}:{cf.edge_port}")) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def passing_to(edge: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.startswith(FORMER):
                self.do_POST()
                return
            file = PAGE / path.removeprefix("/cdn-cgi/explorer").lstrip("/")
            file = file if file.is_file() else PAGE / "index.html"
            self.sent(200, TYPES[file.suffix], file.read_bytes())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            kept = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            url = f"{edge}{self.path}"
            found = httpx.request(self.command, url, headers=kept, content=body, timeout=SECONDS)
            self.sent(found.status_code, found.headers["content-type"], found.content)

        def sent(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
