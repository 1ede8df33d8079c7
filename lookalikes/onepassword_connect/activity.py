"""What was asked of a server: the newest requests, and their number for `/metrics`."""

from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request

from lookalikes.onepassword_connect.store import Token

Json = dict[str, Any]
MOST = 1_000
ACTIONS = {"POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}


class Activity:
    """The requests that came with a known token, the newest first; never what was in them."""

    def __init__(self) -> None:
        self.requests: deque[Json] = deque(maxlen=MOST)
        self._answers: Counter[tuple[str, int]] = Counter()

    def note(self, request: Request, token: Token | None, status: int) -> None:
        """Note that *request* was answered with *status*."""
        self._answers[request.method, status] += 1
        if token is not None:
            self.requests.appendleft(_entry(request, token, status))

    def metrics(self) -> str:
        """Return the counts in the text format of Prometheus."""
        lines = [
            "# HELP http_requests_total Requests that were answered.",
            "# TYPE http_requests_total counter",
        ]
        for (method, status), count in sorted(self._answers.items()):
            lines.append(
                f'http_requests_total{{code="{status}",method="{method.lower()}"}} {count}'
            )
        return "\n".join([*lines, ""])


def _entry(request: Request, token: Token, status: int) -> Json:
    found = request.path_params
    vault, item = found.get("vault"), found.get("item")
    resource: Json = {"type": "ITEM" if item else "VAULT"}
    resource |= {"vault": {"id": vault}} if vault else {}
    resource |= {"item": {"id": item}} if item else {}
    return {
        "requestId": str(uuid4()),
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": ACTIONS.get(request.method, "READ"),
        "result": "DENY" if status in {401, 403} else "ALLOW",
        "actor": {
            "id": token.name,
            "account": "look-alike",
            "jti": token.sha256[:26],
            "userAgent": request.headers.get("user-agent", ""),
            "requestIp": request.client.host if request.client else "",
        },
        "resource": resource,
    }
