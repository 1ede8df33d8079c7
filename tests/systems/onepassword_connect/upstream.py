"""What stands behind the proxy in its tests, and a client that asks many things at once."""

import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
END = b"\r\n\r\n"


@dataclass
class Upstream:
    """Answers who asked for what, to tokens that it knows; the API of Connect in one line."""

    tokens: set[str]
    asked: Counter[str] = field(default_factory=Counter)
    """How often each path was asked for, with its query."""

    heads: list[str] = field(default_factory=list)
    """The head of every request, as it came."""

    def __post_init__(self):
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                came, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(came,), daemon=True).start()

    def _serve(self, connection):
        waiting = b""
        with connection, suppress(OSError):
            while more := connection.recv(65536):
                waiting += more
                while END in waiting:
                    head, _, rest = waiting.partition(END)
                    length = int(_headers(head).get("content-length", 0))
                    if len(rest) < length:
                        break
                    waiting = rest[length:]
                    connection.sendall(self._answer(head.decode()))

    def _answer(self, head):
        method, path, _ = head.split("\r\n")[0].split(" ")
        self.asked[path] += 1
        self.heads.append(head)
        token = _headers(head.encode()).get("authorization", "").removeprefix("Bearer ")
        status = 200 if token in self.tokens or path in ("/heartbeat", "/v1/health") else 401
        body = json.dumps({"for": token, "path": path, "number": self.asked[path]}).encode()
        sent = b"" if method == "HEAD" else body
        return (
            f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: public, max-age=600\r\n\r\n"
        ).encode() + sent


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def cache(self):
        return self.headers.get("x-cache-status")


def ask(port, requests, source=LOOPBACK, batch=100):
    """Send *requests* (path, token, further headers; method before the path if not GET) at once.

    A connection takes *batch* of them: the proxy ends one that has had a thousand.
    """
    answers = []
    for first in range(0, len(requests), batch):
        part = requests[first : first + batch]
        opened = socket.create_connection((LOOPBACK, port), 10, (source, 0))
        with opened as connection, connection.makefile("rb") as reader:
            connection.sendall(b"".join(_request(*each) for each in part))
            answers += [_read(reader, each[0].startswith("HEAD ")) for each in part]
    return answers


def one(port, path, token="", source=LOOPBACK, **headers):
    (answer,) = ask(port, [(path, token, headers)], source)
    return answer


def _request(path, token="", headers=None):
    method, _, target = path.rpartition(" ")
    lines = [f"{method or 'GET'} {target} HTTP/1.1", "Host: connect.example.com"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _read(reader, bare):
    status = int(reader.readline().split()[1])
    lines = []
    while (line := reader.readline()) not in (b"\r\n", b""):
        lines.append(line.rstrip())
    headers = _headers(b"\r\n".join([b"", *lines]))
    body = b"" if bare else reader.read(int(headers.get("content-length", 0)))
    return Answer(status, headers, body)


def _headers(head):
    found: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode().partition(":")
        before = [found[name.lower()]] if name.lower() in found else []
        found[name.lower()] = ", ".join([*before, value.strip()])
    return found
