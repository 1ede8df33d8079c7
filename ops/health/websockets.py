"""Open a WebSocket of a deployed system, as it declares one (PA-15)."""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

OPEN_SECONDS = 30
"""How long it may take to open, and to say its first message."""

LOOPBACK = "127.0.0.1"


class NotOpenedError(Exception):
    """No WebSocket opened; `came` says what came instead, for people."""

    def __init__(self, came: str, retry_after: str = "") -> None:
        super().__init__(came)
        self.came = came
        self.retry_after = retry_after
        """Header of that name of the answer; "" where it had none, or none came."""


def open_socket(
    address: str, headers: Mapping[str, str], *, edge_port: int | None = None, listen: bool = True
) -> str:
    """Open the WebSocket at *address* (https); return what it says first, "" unless *listen*.

    *edge_port* is that of the local Cloudflare; default: the address is asked itself. Raises
    `NotOpenedError`.
    """
    try:
        with _connect(address, headers, edge_port) as opened:
            return str(opened.recv(OPEN_SECONDS)) if listen else ""
    except InvalidStatus as error:
        answer = error.response
        after = answer.headers.get("Retry-After", "")
        raise NotOpenedError(str(answer.status_code), after) from None
    except (WebSocketException, OSError) as error:
        raise NotOpenedError(f"nothing: {type(error).__name__}") from None


def _connect(address: str, headers: Mapping[str, str], edge_port: int | None) -> ClientConnection:
    options: dict[str, Any] = {"open_timeout": OPEN_SECONDS, "close_timeout": OPEN_SECONDS}
    options |= {"additional_headers": dict(headers), "user_agent_header": None}
    if edge_port is not None:
        options["sock"] = socket.create_connection((LOOPBACK, edge_port), OPEN_SECONDS)
        address = f"http://{urlsplit(address).hostname}{urlsplit(address).path}"
    # ws for http, wss for https.
    opened: ClientConnection = connect(address.replace("http", "ws", 1), **options)
    return opened
