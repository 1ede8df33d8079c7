"""Speak to a Docker Engine: by its socket, or through ssh as the plugin does."""

import json
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from ops.errors import OpsError
from planning.docker_engines import is_local

Get = Callable[[str], Any]
"""Returns what an engine says at a path, such as `/containers/json`; `None` for a 404."""

Remove = Callable[[str], Any]
"""Removes what stands at a path; that it is gone already is as good."""

ASK_SECONDS = 30
END_SECONDS = 5
OK, NO_CONTENT, NOT_FOUND = 200, 204, 404


@contextmanager
def asking(address: str, ssh_options: Sequence[str] = ()) -> Iterator[Get]:
    """Connect to the engine at *address*, `unix:///…` or `ssh://user@host[:port]`.

    *ssh_options* are arguments of ssh. Default: its own. Raises `OpsError` where none answers.
    """
    with _speaking(address, ssh_options) as say:
        yield partial(say, "GET")


@contextmanager
def removing(address: str, ssh_options: Sequence[str] = ()) -> Iterator[tuple[Get, Remove]]:
    """Connect as `asking` does, to remove as well."""
    with _speaking(address, ssh_options) as say:
        yield partial(say, "GET"), partial(say, "DELETE")


@contextmanager
def _speaking(address: str, ssh_options: Sequence[str]) -> Iterator[Callable[[str, str], Any]]:
    with _joined(address, ssh_options) as joined, closing(_Connection(joined)) as connection:

        def say(method: str, path: str) -> Any:
            try:
                connection.request(method, path)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status in (NO_CONTENT, NOT_FOUND):
                    return None
                if answer.status == OK:
                    return json.loads(body)
            except (OSError, HTTPException, ValueError) as error:
                raise _silent(address, str(error) or type(error).__name__) from error
            raise _silent(address, f"it answered {answer.status} to {method} {path}")

        yield say


class _Connection(HTTPConnection):
    """HTTP over a socket that is there already."""

    def __init__(self, joined: socket.socket) -> None:
        super().__init__("docker")
        self.sock = joined

    def connect(self) -> None:
        """Refuse to begin anew: the one socket is the way to the engine."""
        raise ConnectionError("the connection was closed")


@contextmanager
def _joined(address: str, ssh_options: Sequence[str]) -> Iterator[socket.socket]:
    if is_local(address):
        with socket.socket(socket.AF_UNIX) as joined:
            joined.settimeout(ASK_SECONDS)
            try:
                joined.connect(urlsplit(address).path)
            except OSError as error:
                raise _silent(address, str(error.strerror)) from error
            yield joined
        return
    with _through_ssh(address, ssh_options) as joined:
        yield joined


@contextmanager
def _through_ssh(address: str, ssh_options: Sequence[str]) -> Iterator[socket.socket]:
    """Have `docker system dial-stdio` on the machine of *address* speak to its engine."""
    near, far = socket.socketpair()
    near.settimeout(ASK_SECONDS)
    with near, far:
        try:
            process = subprocess.Popen(
                [*_ssh(address, ssh_options), "docker", "system", "dial-stdio"],
                stdin=far.fileno(),
                stdout=far.fileno(),
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise _silent(address, f"ssh does not run: {error.strerror}") from error
        far.close()  # else the end of ssh would not be seen
        with process:
            try:
                yield near
            except OpsError as error:
                raise _silent(address, _last_words(process) or str(error)) from error
            finally:
                process.kill()


def _ssh(address: str, options: Sequence[str]) -> list[str]:
    parts = urlsplit(address)
    port = ["-p", str(parts.port)] if parts.port else []
    user = ["-l", parts.username] if parts.username else []
    return ["ssh", "-T", *options, *port, *user, "--", parts.hostname or ""]


def _last_words(process: "subprocess.Popen[str]") -> str:
    """Return the last line that ssh said when it ended by itself, "" where it goes on."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
        said = process.stderr.read().strip().splitlines() if process.stderr else []
        return said[-1] if said else ""
    return ""


def _silent(address: str, why: str) -> OpsError:
    return OpsError(f"no Docker Engine answers at {address} ({why.rstrip('.')})")
