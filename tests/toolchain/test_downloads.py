"""Downloads: https only, the pinned content only, and the difference between no and nobody."""

import hashlib
import io
import socket
import urllib.error
from email.message import Message

import pytest

from toolchain import downloads
from toolchain.errors import ToolchainError, UnreachableError

URL = "https://releases.example/engine.tar.gz"
CONTENT = b"an engine"
PIN = hashlib.sha256(CONTENT).hexdigest()


def answers(content):
    return lambda _url, **_: io.BytesIO(content)


def fails(error):
    def opener(_url, **_):
        raise error

    return opener


class BrokenTransfer(io.BytesIO):
    def read(self, *_):
        raise ConnectionResetError("reset by peer")


def test_keeps_what_has_the_pinned_checksum(tmp_path):
    downloads.fetch(URL, PIN, tmp_path / "deep" / "engine", opener=answers(CONTENT))

    assert (tmp_path / "deep" / "engine").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["engine"]


def test_keeps_nothing_of_other_content(tmp_path):
    with pytest.raises(ToolchainError, match=f"pinned is {PIN}"):
        downloads.fetch(URL, PIN, tmp_path / "engine", opener=answers(b"another"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://releases.example/x", "file:///etc/passwd", "ftp://x/y"])
def test_refuses_everything_but_https(tmp_path, url):
    with pytest.raises(ToolchainError, match="https only"):
        downloads.fetch(url, PIN, tmp_path / "engine", opener=answers(CONTENT))


def test_the_real_opener_cannot_leave_https():
    with pytest.raises(urllib.error.URLError, match="unknown url type: http"):
        downloads._open("http://127.0.0.1:9/", timeout=1)


NOBODY = {
    "no name": urllib.error.URLError(socket.gaierror(-2, "Name or service not known")),
    "nobody listens": urllib.error.URLError(ConnectionRefusedError(111, "refused")),
    "no route": urllib.error.URLError(OSError(113, "No route to host")),
    "no network": urllib.error.URLError(OSError(101, "Network is unreachable")),
    "no answer": TimeoutError("timed out"),
    "a proxy forbids it": urllib.error.URLError(OSError("Tunnel connection failed: 403 Forbidden")),
}


@pytest.mark.parametrize("error", NOBODY.values(), ids=NOBODY)
def test_nobody_there_is_unreachable(tmp_path, error):
    with pytest.raises(UnreachableError, match=r"releases\.example cannot be reached"):
        downloads.fetch(URL, PIN, tmp_path / "engine", opener=fails(error))

    assert downloads.reachable(URL, opener=fails(error)) is False


SOMEBODY = {
    "not found": urllib.error.HTTPError(URL, 404, "Not Found", Message(), None),
    "broken server": urllib.error.HTTPError(URL, 503, "Service Unavailable", Message(), None),
    "wrong certificate": urllib.error.URLError("certificate verify failed"),
}


@pytest.mark.parametrize("error", SOMEBODY.values(), ids=SOMEBODY)
def test_a_failure_of_somebody_who_is_there_is_an_error(tmp_path, error):
    with pytest.raises(ToolchainError) as raised:
        downloads.fetch(URL, PIN, tmp_path / "engine", opener=fails(error))

    assert not isinstance(raised.value, UnreachableError)
    assert downloads.reachable(URL, opener=fails(error)) is True


def test_a_transfer_that_breaks_off_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises(ToolchainError, match="broke off"):
        downloads.fetch(URL, PIN, tmp_path / "engine", opener=lambda *_, **__: BrokenTransfer())

    assert list(tmp_path.iterdir()) == []
