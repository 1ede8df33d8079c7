"""Requests to the S3 API as no client would make them, signed as AWS documents it."""

import hashlib
import hmac
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote

import boto3  # type: ignore[import-untyped]
from botocore.client import Config  # type: ignore[import-untyped]

from tests.support_runtime import CREDENTIALS, RunningRuntime

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
CODE = re.compile(rb"<Code>(\w+)</Code>")
MESSAGE = re.compile(rb"<Message>(.*?)</Message>", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What came back; *code* is empty where there is no error document."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        found = CODE.search(self.body)
        return found[1].decode() if found else ""

    @property
    def message(self) -> str:
        found = MESSAGE.search(self.body)
        return found[1].decode() if found else ""

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.code


def client_of(edge: RunningRuntime, secret: str = CREDENTIALS.secret_access_key, **config):
    """Make a boto3 client that asks once."""
    return boto3.client(
        "s3",
        endpoint_url=edge.s3_url,
        region_name="auto",
        aws_access_key_id=CREDENTIALS.access_key_id,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4", retries={"max_attempts": 0}, **config),
    )


def signed(  # noqa: PLR0913  # what a request has
    edge: RunningRuntime,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    unsigned: Mapping[str, str] | None = None,
    payload: str | None = None,
) -> Answer:
    """Send *method* *target* (path and query as they are), signed but for *unsigned* headers.

    *payload* is what the signature says of the body; by default its digest.
    """
    digest = payload or hashlib.sha256(body).hexdigest()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    host = f"127.0.0.1:{edge.runtime.s3_port}"
    sent = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    sent |= {name.lower(): value for name, value in (headers or {}).items()}
    names = ";".join(sorted(sent))
    credential, signature = _signature(method, target, sent, digest, stamp)
    sent["authorization"] = (
        f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return send(edge, method, target, body, {**sent, **(unsigned or {})})


def presigned(edge: RunningRuntime, method: str, path: str, query: Mapping[str, str]) -> str:
    """Make a target that is its own permission, with all of *query* signed."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/auto/s3/aws4_request"
    asked = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{CREDENTIALS.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host",
        **query,
    }
    joined = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in asked.items())
    target = f"{path}?{joined}"
    host = {"host": f"127.0.0.1:{edge.runtime.s3_port}"}
    _, signature = _signature(method, target, host, UNSIGNED, stamp)
    return f"{target}&X-Amz-Signature={signature}"


def send(
    edge: RunningRuntime, method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """Send a request as it is, over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", edge.runtime.s3_port, timeout=30)
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.headers)  # type: ignore[arg-type]
    finally:
        connection.close()


def _signature(
    method: str, target: str, headers: Mapping[str, str], payload: str, stamp: str
) -> tuple[str, str]:
    path, _, query = target.partition("?")
    pairs = sorted(
        (_quoted(name), _quoted(value)) for name, value in parse_qsl(query, keep_blank_values=True)
    )
    names = sorted(headers)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    canonical = [
        method,
        "/".join(_quoted(unquote(part)) for part in path.split("/")),
        "&".join(f"{name}={value}" for name, value in pairs),
        lines,
        ";".join(names),
        payload,
    ]
    scope = f"{stamp[:8]}/auto/s3/aws4_request"
    request = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"AWS4{CREDENTIALS.secret_access_key}".encode()
    for part in (*scope.split("/"), f"{ALGORITHM}\n{stamp}\n{scope}\n{request}"):
        key = hmac.digest(key, part.encode(), "sha256")
    return f"{CREDENTIALS.access_key_id}/{scope}", key.hex()


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
