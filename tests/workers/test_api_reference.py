"""The reference of the API: each of its curls is run as it stands, one answer after the other."""

import json
import os
import re
import subprocess
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from components.bundle import ROOT
from tests.workers.reference import operation
from tests.workers.stack import ALL, LOOPBACK, ConnectStack

pytestmark = pytest.mark.workerd

PAGE = ROOT / "docs" / "api" / "chittyconnect.md"
CURL = re.compile(
    r"^## (?P<name>\w+ \S+)$.*?^```bash\n(?P<command>.*?)^```$", re.MULTILINE | re.DOTALL
)
API = "/api/v1"
ORDER = [
    "GET /health",
    f"POST {API}/sessions",
    f"GET {API}/sessions",
    f"GET {API}/sessions/:sessionId",
    f"PATCH {API}/sessions/:sessionId",
    f"GET {API}/sessions/:sessionId/metrics",
    f"GET {API}/sessions/:sessionId/ws",
    f"GET {API}/sessions/metrics",
    f"DELETE {API}/sessions/:sessionId",
    f"POST {API}/documents/upload",
    f"GET {API}/documents",
    f"GET {API}/documents/stats",
    f"GET {API}/documents/:documentId",
    f"GET {API}/documents/:documentId/content",
    f"POST {API}/documents/:documentId/presign",
    f"POST {API}/documents/:documentId/archive",
    f"DELETE {API}/documents/:documentId",
    f"POST {API}/documents/presign",
    f"POST {API}/documents/:documentId/confirm",
    f"POST {API}/documents/multipart",
    f"PUT {API}/documents/multipart/:uploadId/:partNumber",
    f"POST {API}/documents/multipart/:uploadId/complete",
    f"DELETE {API}/documents/multipart/:uploadId",
    f"POST {API}/credentials/provision",
]
"""As somebody would try them: what is used has been made before."""


class Shell:
    """A folder with what the examples send, and a curl that finds the host."""

    def __init__(self, connect: ConnectStack, folder: Path) -> None:
        port = connect.cloud.edge_port
        host = f"{connect.host}:{port}:{LOOPBACK}"
        (folder / ".curlrc").write_text(f'resolve = "{host}"\nsilent\ninclude\n')
        (folder / "report.txt").write_text("report of 2026")
        (folder / "part.bin").write_bytes(b"12345")
        self.folder = folder
        self.variables = {
            "CONNECT": f"http://{connect.host}:{port}",
            "TOKEN": ALL.text,
            "CURL_HOME": str(folder),
            "PATH": os.environ["PATH"],
        }

    def run(self, command: str) -> tuple[int, str]:
        """Run *command*; return the status and the content of the last answer."""
        done = subprocess.run(
            ["sh", "-u", "-c", command],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            timeout=60,
            check=False,
        )
        head, _, content = done.stdout.decode(errors="replace").replace("\r", "").partition("\n\n")
        return int(head.split()[1]), content


def _commands() -> dict[str, str]:
    found = {match["name"]: match["command"] for match in CURL.finditer(PAGE.read_text("utf-8"))}
    assert set(found) == set(ORDER)
    return found


def test_every_curl_does_what_the_page_says(connect: ConnectStack, tmp_path: Path) -> None:
    shell = Shell(connect, tmp_path)
    commands = _commands()

    for name in ORDER:
        if name == f"POST {API}/documents/:documentId/confirm":
            _upload(shell)
        elif name == f"DELETE {API}/documents/multipart/:uploadId":
            # The one above is complete: another to be given up.
            _remember(shell, f"POST {API}/documents/multipart", commands)
        _remember(shell, name, commands)


def _remember(shell: Shell, name: str, commands: dict[str, str]) -> None:
    """Run the curl *name*; keep what later ones use of its answer."""
    status, content = shell.run(commands[name])
    method, path = name.split(" ")
    known = operation(method, re.sub(r":\w+", "x", path))
    assert known is not None
    assert status < HTTPStatus.BAD_REQUEST, (name, status, content)
    assert str(status) in known.responses, (name, status)
    if method in {"POST", "PUT"}:
        shell.variables |= _used_later(name, json.loads(content))


def _used_later(name: str, answer: dict[str, Any]) -> dict[str, str]:
    if name.endswith("/documents/upload"):
        return {"DOCUMENT": answer["id"]}
    if name.endswith("/documents/presign"):
        return {"PRESIGNED": answer["id"], "URL": answer["url"]}
    if name.endswith("/documents/multipart"):
        return {"UPLOAD": answer["uploadId"]}
    return {"ETAG": answer["etag"]} if name.endswith(":partNumber") else {}


def _upload(shell: Shell) -> None:
    status, content = shell.run(
        "curl -X PUT \"$URL\" -H 'Content-Type: image/png' --data-binary @part.bin"
    )
    assert status == HTTPStatus.OK, content
