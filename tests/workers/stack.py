"""ChittyConnect as it runs for the tests: where it answers, who may ask, what stands behind it."""

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, TypeVar

import boto3  # type: ignore[import-untyped]
import httpx
from botocore.config import Config  # type: ignore[import-untyped]
from websockets.sync.client import ClientConnection, connect

from harness.local_cloudflare import LocalCloudflare
from tests.workers.reference import check_answer

SCOPES = (
    "sessions:read",
    "sessions:write",
    "documents:read",
    "documents:write",
    "credentials:read",
    "metrics:read",
)
LOOPBACK = "127.0.0.1"
TIMEOUT = 60
Result = TypeVar("Result")


@dataclass(frozen=True)
class Token:
    """A bearer token of the tests; the worker knows its hash only."""

    name: str
    scopes: tuple[str, ...] = SCOPES
    expires: str | None = None
    owners: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        return f"canary-token-{self.name}"

    def record(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        scopes = list(self.scopes)
        record = {"id": self.name, "sha256": digest, "scopes": scopes, "expires": self.expires}
        return record if self.owners is None else {**record, "owners": list(self.owners)}


ALL = Token("all")
READER = Token("reader", ("sessions:read", "documents:read"))
EXPIRED = Token("expired", expires="2026-01-01T00:00:00Z")
OWNER = Token("owner", owners=("CHITTY-OWNER", "CHITTY-OWNER-2"))
OTHER = Token("other", owners=("CHITTY-OTHER",))


@dataclass(frozen=True)
class ConnectStack:
    """One deployed ChittyConnect. *redeploy* gives it other variables; its stores stay."""

    cloud: LocalCloudflare
    host: str
    script: str
    namespace_id: str
    database_id: str
    bucket: str
    queue_id: str
    dead_letters_id: str
    redeploy: Callable[..., None] = field(repr=False)

    def api(
        self, method: str, path: str, *, token: Token | None = ALL, **sent: Any
    ) -> httpx.Response:
        """Ask `/api/v1<path>`, without a token for `None`; the answer is as its reference says."""
        authorization = {} if token is None else {"authorization": f"Bearer {token.text}"}
        headers = {**authorization, **sent.pop("headers", {})}
        answer = self.cloud.at(self.host, f"/api/v1{path}", method, headers=headers, **sent)
        check_answer(answer)
        return answer

    def ok(self, method: str, path: str, **sent: Any) -> Any:
        """Ask for what has to succeed; the answer's JSON."""
        answer = self.api(method, path, **sent)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def upload(self, chitty_id: str, name: str, content: bytes, **fields: str) -> Any:
        """Upload a document by form; `type` is `note` unless given."""
        data = {"chittyId": chitty_id, "type": "note", **fields}
        file = (name, content, "text/plain")
        return self.ok("POST", "/documents/upload", data=data, files={"file": file})

    @contextmanager
    def websocket(self, session_id: str, token: Token = ALL) -> Iterator[ClientConnection]:
        """Open the session's WebSocket."""
        uri = f"ws://{self.host}/api/v1/sessions/{session_id}/ws"
        headers = {"authorization": f"Bearer {token.text}"}
        sock = socket.create_connection((LOOPBACK, self.cloud.edge_port), TIMEOUT)
        # Pings of the protocol would not wake the object, but they are no part of the test.
        options: dict[str, Any] = {"additional_headers": headers, "ping_interval": None}
        # workerd leaves the TCP connection of a socket that an object closed to the client.
        options["close_timeout"] = 1
        with connect(uri, sock=sock, open_timeout=TIMEOUT, **options) as opened:
            yield opened

    @contextmanager
    def unreachable_objects(self) -> Iterator[None]:
        """Have no object of the worker be reached, as in an outage of Durable Objects."""
        faults = [{"worker": self.script, "durable_object": "SessionStateDO"}]
        self.cloud.result("POST", "/local/faults", json={"faults": faults})
        try:
            yield
        finally:
            self.cloud.result("POST", "/local/faults", json={"faults": []})

    @contextmanager
    def days_later(self, days: int) -> Iterator[dict[str, Any]]:
        """Move the clock of the lifecycle rules and run them; what they did is given."""
        self.cloud.result("POST", "/local/clock", json={"offset_seconds": days * 86_400})
        try:
            yield self.cloud.result("POST", "/local/lifecycle")
        finally:
            self.cloud.result("POST", "/local/clock", json={"offset_seconds": 0})

    def send(self, *bodies: Any) -> None:
        """Put messages into the queue of document events, as somebody else would."""
        path = self.cloud.account(f"/queues/{self.queue_id}/messages/batch")
        self.cloud.result("POST", path, json={"messages": [{"body": body} for body in bodies]})

    def dead_letters(self) -> int:
        """Count the messages that were given up."""
        path = self.cloud.account(f"/queues/{self.dead_letters_id}/metrics")
        count: int = self.cloud.result("GET", path)["backlog_count"]
        return count

    def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask the database behind the worker."""
        path = self.cloud.account(f"/d1/database/{self.database_id}/query")
        answer = self.cloud.result("POST", path, json={"sql": statement, "params": list(values)})
        rows: list[dict[str, Any]] = answer[0]["results"]
        return rows

    def copy_in_kv(self, session_id: str) -> Any:
        """Read what KV holds under the session's key, `None` for nothing."""
        answer = self.cloud.client.get(self._value_in_kv(session_id))
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer.json()

    def forget_in_kv(self, session_id: str) -> None:
        """Have KV not know the session, as where its copy has not come yet."""
        self.cloud.result("DELETE", self._value_in_kv(session_id))

    def _value_in_kv(self, session_id: str) -> str:
        namespace = self.cloud.account(f"/storage/kv/namespaces/{self.namespace_id}")
        return f"{namespace}/values/session:{session_id}"

    def objects(self, prefix: str = "") -> dict[str, str]:
        """Keys in the bucket and the storage class of each."""
        listed = self.s3().list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return {each["Key"]: each["StorageClass"] for each in listed.get("Contents", [])}

    def s3(self) -> Any:
        key, secret = self.cloud.credentials()
        return boto3.client(
            "s3",
            endpoint_url=f"http://{LOOPBACK}:{self.cloud.s3_port}",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name="auto",
            config=Config(signature_version="s3v4", retries={"max_attempts": 1}),
        )

    def log_lines(self) -> list[str]:
        """Everything the worker wrote to its log."""
        return [json.dumps(line) for line in self.cloud.result("GET", "/local/logs")]


def eventually(attempt: Callable[[], Result], seconds: float = 10) -> Result:
    """Repeat *attempt* until it gives something truthy; fail with its last word after *seconds*."""
    deadline = monotonic() + seconds
    while not (result := attempt()):
        assert monotonic() < deadline, f"not within {seconds} s, still {result!r}"
        sleep(0.1)
    return result
