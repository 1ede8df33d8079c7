"""A D1 database over HTTP on a free port: SQLite behind the API's query, one batch a request."""

import json
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "t" * 40
ACCOUNT, DATABASE = "ab" * 16, "00000000-0000-4000-8000-000000000001"


class FakeD1:
    """The server; `with FakeD1() as d1:` serves until the block ends."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.queries: list[str] = []
        """Every batch that came with the right token, in order."""

        self.faults: list[str] = []
        """What to do instead of answering, one a request: `lost` (runs, no answer), `busy`."""

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
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.database.close()

    def rows(self, sql: str) -> list[Any]:
        """Read the database directly."""
        return self.database.execute(sql).fetchall()

    def answer(self, sql: str) -> tuple[int, dict[str, Any]]:
        """Run *sql* as one transaction and answer as the API does."""
        self.queries.append(sql)
        try:
            return 200, {"success": True, "result": self._run(sql), "errors": []}
        except sqlite3.Error as error:
            self.database.execute("ROLLBACK")
            return 400, {"success": False, "errors": [{"code": 7500, "message": str(error)}]}

    def _run(self, sql: str) -> list[dict[str, Any]]:
        results = []
        self.database.execute("BEGIN")
        for statement in _statements(sql):
            cursor = self.database.execute(statement)
            names = [column[0] for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            results.append({"success": True, "results": rows})
        self.database.execute("COMMIT")
        return results

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                sql = json.loads(self.rfile.read(length))["sql"]
                fault = fake.faults.pop(0) if fake.faults else ""
                wanted = f"/client/v4/accounts/{ACCOUNT}/d1/database/{DATABASE}/query"
                if self.path != wanted or self.headers["authorization"] != f"Bearer {TOKEN}":
                    self._send(403, {"success": False, "errors": [{"code": 1, "message": "no"}]})
                elif fault == "busy":
                    self._send(429, {"success": False, "errors": []})
                elif fault == "broken":
                    self._send(502, {})
                else:
                    status, body = fake.answer(sql)
                    if fault != "lost":
                        self._send(status, body)

            def _send(self, status: int, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _statements(sql: str) -> list[str]:
    found, part = [], ""
    for piece in sql.split(";"):
        part += piece + ";"
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return [statement for statement in found if statement.strip(" \n;")]
