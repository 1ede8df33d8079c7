"""The secret of somebody else's worker, against an API that has one (ID-4)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc

from components import worker_secret_api
from components.provider_api import CLOUDFLARE_API
from components.worker_secret import WorkerSecret, WorkerSecretArgs, WorkerSecretProvider
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT, TOKEN = "ab" * 16, "t" * 40
VALUE, NEXT = "cAnArY-of-the-platform-1", "cAnArY-of-the-platform-2"
SCRIPT = "their-worker"


class Api:
    """The secrets of one worker over HTTP."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.asked: list[str] = []
        self.fault: tuple[int, str] | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}/client/v4"

    def answer(self, method: str, path: str, body: str) -> tuple[int, object]:
        self.asked.append(f"{method} {path.rpartition('/scripts/')[2]}")
        if self.fault:
            return self.fault[0], {"errors": [{"code": 10000, "message": self.fault[1]}]}
        if f"/accounts/{ACCOUNT}/workers/scripts/{SCRIPT}/secrets" not in path:
            return 404, {"errors": [{"code": 10007, "message": "This Worker does not exist."}]}
        return self._of_the_worker(method, path.rpartition("/secrets")[2].strip("/"), body)

    def _of_the_worker(self, method: str, name: str, body: str) -> tuple[int, object]:
        if method == "PUT":
            given = json.loads(body)
            assert given["type"] == "secret_text"
            self.secrets[given["name"]] = given["text"]
        elif name and name not in self.secrets:
            return 404, {"errors": [{"code": 10056, "message": "Secret not found."}]}
        elif method == "DELETE":
            del self.secrets[name]
        return 200, {"result": None, "errors": []}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                known = self.headers["authorization"] == f"Bearer {TOKEN}"
                status, said = api.answer(self.command, self.path, body) if known else (401, {})
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_DELETE = handle_one  # noqa: N815 - names of the base

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def api(monkeypatch) -> Iterator[Api]:
    monkeypatch.setenv(worker_secret_api.TOKEN, TOKEN)
    made = Api()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def provider():
    return WorkerSecretProvider()


def props(api, value=VALUE, script=SCRIPT):
    place = {"account_id": ACCOUNT, "script": script, "secret": "THEIR_TOKEN"}
    return {**place, "base_url": api.base_url, "value": value, "sha256": None}


def test_it_is_set_and_its_value_is_in_no_output(api, provider):
    made = provider.create(props(api))

    assert api.secrets == {"THEIR_TOKEN": VALUE}
    assert made.id == "their-worker/THEIR_TOKEN"
    assert VALUE not in json.dumps(made.outs)


def test_another_value_is_an_update_and_the_same_one_is_none(api, provider):
    outs = provider.create(props(api)).outs

    assert not provider.diff("", outs, props(api)).changes
    found = provider.diff("", outs, props(api, NEXT))
    assert found.changes
    assert not found.replaces
    changed = provider.update("", outs, props(api, NEXT))
    assert api.secrets == {"THEIR_TOKEN": NEXT}
    assert not provider.diff("", changed.outs, props(api, NEXT)).changes


def test_another_worker_is_another_secret(api, provider):
    outs = provider.create(props(api)).outs

    assert provider.diff("", outs, props(api, script="other")).replaces == ["script"]


def test_one_that_somebody_took_away_is_seen_and_set_again(api, provider):
    made = provider.create(props(api))
    kept = provider.read(made.id, made.outs)
    assert (kept.id, kept.outs) == (made.id, made.outs)

    api.secrets.clear()

    assert provider.read(made.id, made.outs).id == ""


def test_it_leaves_with_the_stack_even_when_it_is_gone_already(api, provider):
    outs = provider.create(props(api)).outs
    provider.delete("", outs)
    assert api.secrets == {}

    provider.delete("", outs)


def test_a_worker_that_the_account_does_not_have_is_refused_in_a_preview(api, provider):
    assert provider.check({}, props(api)).failures == []
    (failure,) = provider.check({}, props(api, script="nobody")).failures

    assert failure.reason.startswith("the account has no worker nobody, which is to get the secret")
    assert api.asked == ["GET their-worker/secrets", "GET nobody/secrets"]
    rehearsed = {**props(api, script="nobody"), "rehearsal": True}
    assert provider.check({}, rehearsed).failures == []
    assert provider.check({}, {**props(api), "base_url": rpc.UNKNOWN}).failures == []


def test_what_the_api_refuses_is_said_without_the_value(api, provider):
    api.fault = (403, "Authentication error")
    with pytest.raises(RefusedError, match=r"Authentication error \(10000\)") as refused:
        provider.create(props(api))

    assert VALUE not in str(refused.value)


def test_no_answer_is_one_sentence(api, provider):
    nowhere = {**props(api), "base_url": "http://127.0.0.1:9/client/v4"}
    with pytest.raises(RefusedError, match="did not answer: ConnectError"):
        provider.create(nowhere)


def test_the_engine_keeps_the_provider_by_reference_and_the_value_sealed():
    args = WorkerSecretArgs(script=SCRIPT, secret="THEIR_TOKEN")
    made = deploy(lambda: WorkerSecret("theirs", args, value=VALUE, account_id=ACCOUNT))

    assert made["WorkerSecret theirs"].is_secret("value")
    assert made["WorkerSecret theirs"].inputs["base_url"] == CLOUDFLARE_API
    assert VALUE not in str(made["chittyos:WorkerSecret theirs"].request)
    assert VALUE not in serialize_provider(WorkerSecretProvider())
