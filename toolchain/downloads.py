"""Downloads over https, taken only when their SHA-256 is the pinned one."""

import hashlib
import http.client
import shutil
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import IO, cast

from toolchain.errors import ToolchainError, UnreachableError

CONNECT_SECONDS = 15
CHUNK = 1 << 20

Opener = Callable[..., IO[bytes]]


def fetch(url: str, sha256: str, target: Path, *, opener: Opener | None = None) -> None:
    """Download *url* to *target*; the file appears only when its SHA-256 is *sha256*.

    Raises `UnreachableError` when nobody can be reached at the host, `ToolchainError` for every
    other failure: an error answer, a broken transfer, other content than pinned.
    """
    _check_https(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        found = _receive(url, part, opener or _open)
        if found != sha256:
            raise ToolchainError(
                f"{url} has SHA-256 {found}, pinned is {sha256}; nothing was installed: "
                "check the network for a proxy that changes downloads"
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def reachable(url: str, *, opener: Opener | None = None) -> bool:
    """Whether anybody answers at the host of *url*, whatever the answer."""
    _check_https(url)
    try:
        _contact(url, opener or _open).close()
    except UnreachableError:
        return False
    except ToolchainError:
        return True
    return True


def _check_https(url: str) -> None:
    if not url.startswith("https://"):
        raise ToolchainError(f"{url} is not https; downloads are made over https only")


def _receive(url: str, part: Path, opener: Opener) -> str:
    total = hashlib.sha256()
    with _contact(url, opener) as answer, part.open("wb") as file:
        try:
            while chunk := answer.read(CHUNK):
                total.update(chunk)
                file.write(chunk)
        except (OSError, http.client.HTTPException) as error:
            raise ToolchainError(f"the download of {url} broke off ({error}); try again") from error
    return total.hexdigest()


def _contact(url: str, opener: Opener) -> IO[bytes]:
    host = urllib.parse.urlsplit(url).hostname
    try:
        return opener(url, timeout=CONNECT_SECONDS)
    except urllib.error.HTTPError as error:
        status = f"{error.code} {error.reason}"
        raise ToolchainError(f"{host} answered {status} for {url}; try again later") from error
    except (urllib.error.URLError, OSError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if _nobody_there(reason):
            raise UnreachableError(f"{host} cannot be reached ({reason})") from error
        raise ToolchainError(f"the download of {url} failed ({reason}); try again") from error


def _nobody_there(reason: object) -> bool:
    """No name, no route, nobody listening, or a proxy that lets nobody through to the host."""
    if isinstance(reason, (socket.gaierror, ConnectionRefusedError, TimeoutError)):
        return True
    text = str(reason)
    refused_by_proxy = f"Tunnel connection failed: {HTTPStatus.FORBIDDEN.value}" in text
    return refused_by_proxy or "unreachable" in text or "No route to host" in text


def _open(url: str, timeout: float) -> IO[bytes]:
    """Open *url* with an opener that knows no http, so that a redirect cannot leave https."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        director.add_handler(handler)
    return cast("IO[bytes]", director.open(url, timeout=timeout))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar file into *folder*; refuses members that would land outside it."""
    shutil.unpack_archive(archive, folder, "gztar", filter="data")
