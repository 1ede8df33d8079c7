"""What the plugin says to the engine, in a form that two recordings of it can be compared in."""

import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from provider.docker.engine import Api

_VERSION = re.compile(r"^/v\d+\.\d+")
_ID = re.compile(r"\b[0-9a-f]{64}\b")
NOTHING: tuple[Any, ...] = (None, 0, "", False, [], {})


@dataclass(frozen=True)
class Call:
    """One request. Ids are `ID`; what a body says nothing by is left out."""

    line: str
    """Method, path and query: `POST /containers/ID/stop?t=10`."""

    body: Any = None


class Recorder:
    """Notes every request that changes something, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        send = Api.send

        def noted(api: Api, request: requests.PreparedRequest, **options: Any) -> Any:
            if request.method not in {"GET", "HEAD"}:
                self.calls.append(_call(request))
            return send(api, request, **options)

        monkeypatch.setattr(Api, "send", noted)

    def taken(self) -> list[Call]:
        """Return what was said since it was asked last."""
        said, self.calls = self.calls, []
        return said


def essence(value: Any) -> Any:
    """Return *value* without the fields of its objects that say nothing."""
    if isinstance(value, dict):
        kept = {name: essence(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in NOTHING}
    return [essence(item) for item in value] if isinstance(value, list) else value


def _call(request: requests.PreparedRequest) -> Call:
    split = urlsplit(str(request.url))
    given = [pair for pair in parse_qsl(split.query) if pair[1] != "False"]
    query = {name: "1" if text == "True" else text for name, text in given}
    asked = "&".join(f"{name}={text}" for name, text in sorted(query.items()))
    path = _ID.sub("ID", _VERSION.sub("", split.path))
    line = f"{request.method} {path}" + (f"?{asked}" if asked else "")
    return Call(line, _body(request))


def _body(request: requests.PreparedRequest) -> Any:
    content = request.body
    if not content:
        return None
    raw = content.encode() if isinstance(content, str) else bytes(content)
    if request.method == "PUT":
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            return [(it.name, oct(it.mode), it.uid, it.gid, it.size) for it in tar.getmembers()]
    return essence(json.loads(_ID.sub("ID", raw.decode())))
