"""The Docker Engine of this machine, where there is one: found, and asked whether it answers."""

import http.client
import os
import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

VARIABLE = "CHITTYOS_DOCKER_SOCKET"
"""Environment variable that names the socket of an engine, before all others."""

UNIX = "unix://"
PLACES = ("/var/run/docker.sock", ".docker/run/docker.sock", ".docker/desktop/docker.sock")
"""Where it lies else: a path without a slash before it is one of the user's own folder."""

ASK_SECONDS = 1.0
"""How long one may take to answer: a command waits for it."""


def find(environ: Mapping[str, str], places: tuple[str, ...] = PLACES) -> Path | None:
    """Return the socket of the engine; `None` where there is none on this machine."""
    host = environ.get("DOCKER_HOST", "")
    if named := environ.get(VARIABLE):
        return Path(named.removeprefix(UNIX))
    if host:
        return Path(host.removeprefix(UNIX)) if host.startswith(UNIX) else None
    there = (Path.home() / place for place in places)
    return next(filter(os.path.exists, there), None)


def fault(engine: Path) -> str | None:
    """Return why *engine* cannot be used; `None` when it answers within a second."""
    with closing(Asked(engine, ASK_SECONDS)) as asked:
        try:
            asked.request("GET", "/_ping")
            status = asked.getresponse().status
        except TimeoutError:
            return f"does not answer within {ASK_SECONDS:g} second"
        except OSError as error:
            return f"does not answer ({error.strerror or error})"
        except http.client.HTTPException as error:
            return f"does not answer as one ({type(error).__name__})"
    return None if status == http.HTTPStatus.OK else f"answers {status}"


def ask(engine: Path, seconds: float, method: str, path: str, body: str = "") -> tuple[int, bytes]:
    """Ask *engine* at *path*, with JSON where there is a *body*; return status and content.

    Raises `OSError` with the reason where it does not answer within *seconds*, or not as one.
    """
    headers = {"Content-Type": "application/json"} if body else {}
    with closing(Asked(engine, seconds)) as asked:
        try:
            asked.request(method, path, body or None, headers)
            answer = asked.getresponse()
            return answer.status, answer.read()
        except TimeoutError:
            said = f"does not answer within {seconds:g} seconds"
        except http.client.HTTPException as error:
            said = f"does not answer as one ({type(error).__name__})"
    raise OSError(f"the Docker Engine {said}")


class Asked(http.client.HTTPConnection):
    """A connection to a socket."""

    def __init__(self, place: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._place = place

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._place))
