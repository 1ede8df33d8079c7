"""The look-alike of an identity provider on a free port, for tests and benches."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from lookalikes.identity_provider.app import KEYS_PATH, create_app
from lookalikes.identity_provider.issuer import Issuer

HOST = "127.0.0.1"
NAME = "https://identity-test.example/"
START_SECONDS = 30


@dataclass
class IdentityProvider:
    """A running one, in this process: whoever has it has its keys."""

    url: str
    issuer: Issuer = field(default_factory=lambda: Issuer(NAME))
    outage: bool = False
    """Set to have it answer 503 to everything."""

    fetches: int = 0
    """How often the keys were asked for."""

    @property
    def jwks_url(self) -> str:
        return self.url + KEYS_PATH

    def user_token(self, user: str, audience: str, scope: str) -> str:
        """Return a token for *user*, as the token endpoint gives one."""
        return self.issuer.token(self.issuer.claims(user, audience, scope))


class _Watched:
    """The application, which counts and may be out."""

    def __init__(self, provider: IdentityProvider) -> None:
        self.provider = provider
        self.app: ASGIApp = create_app(provider.issuer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == KEYS_PATH:
            self.provider.fetches += 1
        if scope["type"] == "http" and self.provider.outage:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body"})
            return
        await self.app(scope, receive, send)


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Start it on a port that nobody listens on, and stop it at the end."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # as in `local/process/server.py`
    listener.bind((HOST, 0))
    provider = IdentityProvider(f"http://{HOST}:{listener.getsockname()[1]}")
    config = uvicorn.Config(_Watched(provider), log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        _await_started(server)
        yield provider
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def _await_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise AssertionError("the identity provider does not answer")
        time.sleep(0.02)
