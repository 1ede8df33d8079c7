"""One request to API v4."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Part = tuple[str, tuple[str | None, bytes, str | None]]
"""A part of a form: name, (file name, content, content type)."""


@dataclass(frozen=True)
class Request:
    """What to ask below the base URL. *body* is JSON, *parts* a form; one of them at most."""

    method: str
    path: str
    body: Any = None
    parts: list[Part] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
