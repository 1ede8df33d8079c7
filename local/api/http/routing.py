"""Which requests are emulated, and how far: the one list that routing and the docs read."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

from local.api.errors import GENERAL, BodyErrors, invalid_request
from local.api.http.call import Call

Handler = Callable[[Call], Awaitable[Any]]
H = TypeVar("H", bound=Handler)
Extent = Literal["full", "partial", "recorded", "refused"]


@dataclass(frozen=True)
class Operation:
    """One request: *path* is a template, `{name}` one segment, `{name...}` all that follow."""

    method: str
    path: str
    family: str
    extent: Extent
    """`full`: as Cloudflare does; `partial`: see *note*; `recorded`: kept, but acts on nothing;
    `refused`: never done, and *note* says what to do instead."""

    note: str
    handler: Handler
    presigned: bool = False
    """Whether the address itself is the permission, so that no token is asked for."""

    body_errors: BodyErrors = GENERAL


class Family:
    """The operations of one kind of resource; *body_errors* are how they refuse a body."""

    def __init__(self, name: str, body_errors: BodyErrors = GENERAL) -> None:
        self.name = name
        self.body_errors = body_errors
        self.operations: list[Operation] = []

    def __call__(
        self,
        method: str,
        path: str,
        *,
        extent: Extent = "full",
        note: str = "",
        presigned: bool = False,
    ) -> Callable[[H], H]:
        """Declare that the decorated handler answers *method* *path*."""

        def declare(handler: H) -> H:
            self.operations.append(
                Operation(
                    method, path, self.name, extent, note, handler, presigned, self.body_errors
                )
            )
            return handler

        return declare


class Router:
    """Finds the operation of a request by its path as sent, so that `%2F` stays in its segment."""

    def __init__(self, families: Iterable[Family]) -> None:
        self.operations = tuple(op for family in families for op in family.operations)
        self._patterns = [(_pattern(op.path), op) for op in self.operations]

    def find(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]] | None:
        for pattern, operation in self._patterns:
            match = pattern.fullmatch(raw_path)
            if match and operation.method == method:
                return operation, {k: _decoded(v) for k, v in match.groupdict().items()}
        return None


def _decoded(part: str) -> str:
    """Decode a part of a path. What is no UTF-8 would else share its name with other such parts."""
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise invalid_request(f"{part[:64]} in the path is not percent-encoded UTF-8") from None


def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.escape(template).replace(r"\{", "{").replace(r"\}", "}").replace(r"\.", ".")
    greedy = re.sub(r"{(\w+)\.\.\.}", r"(?P<\1>.+)", escaped)
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", greedy))
