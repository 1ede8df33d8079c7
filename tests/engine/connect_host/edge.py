"""Stands for Cloudflare's edge before a tunnel: connectors register, and requests never stop.

It runs where connectors reach it, as a process of its own, until its input ends. Then it writes as
JSON what came of the requests.

    python edge.py FILE-WITH-THE-TOKEN REQUESTS-A-SECOND

A connector that presents another token than the file has is turned away; one that is registered
stays when the file changes. A request goes to each registered connector in turn. Who has none to
go to has failed, as has one that is not answered by 200.
"""

import http.client
import json
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

PORT, CONNECTOR_PORT = 7844, 8001
PATH, HEADERS = "/v1/vaults", {"Authorization": "Bearer a-token", "Host": "c.example.com"}
TIMEOUT_SECONDS = 10
WORKERS = 8


class Edge:
    """The connectors that are registered, and what came of the requests to them."""

    def __init__(self, token: Path) -> None:
        self._token = token
        self._lock = threading.Lock()
        self._connectors: list[str] = []
        self._turn = 0
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []

    def serve(self) -> None:
        """Take registrations for ever."""
        with socket.create_server(("0.0.0.0", PORT)) as listener:  # noqa: S104 - a world of its own
            while True:
                connection, (address, _) = listener.accept()
                threading.Thread(
                    target=self._register, args=(connection, address), daemon=True
                ).start()

    def _register(self, connection: socket.socket, address: str) -> None:
        with connection, connection.makefile("r") as reader:
            if reader.readline().strip() != self._token.read_text():
                connection.sendall(b"no\n")
                return
            with self._lock:
                self._connectors.append(address)
            connection.sendall(b"registered\n")
            with suppress(OSError):
                reader.read()  # until it leaves
            with self._lock:
                self._connectors.remove(address)

    def ask(self) -> None:
        """Send one request to the connector whose turn it is."""
        with self._lock:
            self._turn += 1
            known = self._connectors
            address = known[self._turn % len(known)] if known else None
        if address is None:
            self.failed.append("no connector is registered")
            return
        connection = http.client.HTTPConnection(address, CONNECTOR_PORT, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", PATH, headers=HEADERS)
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            self.failed.append(f"{address}: {error!r}")
            return
        finally:
            connection.close()
        if answer.status == http.client.OK:
            self.answered[address] += 1
        else:
            self.failed.append(f"{address}: {answer.status}")

    def await_connectors(self, count: int) -> None:
        """Wait until *count* are registered."""
        while len(self._connectors) < count:
            time.sleep(0.05)


def main() -> None:
    """Register connectors; from the first line of the input to its end, send requests."""
    edge = Edge(Path(sys.argv[1]))
    pause = WORKERS / float(sys.argv[2])
    threading.Thread(target=edge.serve, daemon=True).start()
    for line in sys.stdin:
        edge.await_connectors(int(line))
        edge.answered.clear()
        edge.failed.clear()
        ended = threading.Event()
        workers = [
            threading.Thread(target=_load, args=(edge, pause, ended)) for _ in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        print("loading", flush=True)  # noqa: T201 - whoever started it waits for this
        sys.stdin.readline()
        ended.set()
        for worker in workers:
            worker.join()
        print(json.dumps({"answered": edge.answered, "failed": edge.failed}), flush=True)  # noqa: T201


def _load(edge: Edge, pause: float, ended: threading.Event) -> None:
    while not ended.wait(pause):
        edge.ask()


if __name__ == "__main__":
    main()
