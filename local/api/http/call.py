"""One request as its handler sees it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from common.json_types import Json
from local.api.errors import GENERAL, ApiError, BodyErrors, invalid_request, too_large
from local.api.http.json_body import read_json, validated
from local.api.http.multipart import Part, is_form, read_form
from local.api.state.state import State

MIB = 1024 * 1024
JSON_LIMIT = 10 * MIB
FORM_LIMIT = 100 * MIB


class Body(BaseModel):
    """A JSON request body. Fields that the API does not know are let pass, as Cloudflare does."""

    model_config = ConfigDict(frozen=True, extra="ignore")


B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """A request, the values of its path template, and the state it acts on."""

    request: Request
    params: Mapping[str, str]
    state: State
    body_errors: BodyErrors = GENERAL
    """How a body is refused that the request cannot have."""

    token: Json | None = None
    """The token that asks, where it was made by the API: it may do what its policies say. Default:
    the local Cloudflare's own, which may do everything."""

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def header(self, name: str, default: str = "") -> str:
        return self.request.headers.get(name, default)

    async def stream(self, limit: int) -> AsyncIterator[bytes]:
        """Yield the body in pieces; refused once it is longer than *limit* bytes."""
        if int(self.header("content-length") or 0) > limit:
            raise too_large(limit)
        seen = 0
        async for chunk in self.request.stream():
            seen += len(chunk)
            if seen > limit:
                raise too_large(limit)
            yield chunk

    async def body(self, limit: int = JSON_LIMIT) -> bytes:
        return b"".join([chunk async for chunk in self.stream(limit)])

    async def json(self, limit: int = JSON_LIMIT, *, empty: bytes = b"") -> Any:
        """Read the body as JSON; *empty* stands for no body."""
        return read_json(await self.body(limit) or empty, self.body_errors)

    async def read(self, model: type[B], limit: int = JSON_LIMIT) -> B:
        """Read the body as *model*; refused with the place of the first mistake."""
        return self.parse(model, await self.json(limit))

    async def read_list(self, model: type[B], limit: int = JSON_LIMIT) -> list[B]:
        """Read the body as a list of *model*; refused with the place of the first mistake."""
        kind: Any = list[model]  # type: ignore[valid-type]
        found: list[B] = validated(kind, await self.json(limit), self.body_errors)
        return found

    def parse(self, model: type[B], value: Any) -> B:
        """Check *value*, a part of the body, against *model*."""
        return parse(model, value, self.body_errors)

    def wrong_form(self, detail: str) -> ApiError:
        """Make the error for a body of another form; *detail* says where and what."""
        return self.body_errors.wrong_form(detail)

    async def form(self, limit: int = FORM_LIMIT) -> list[Part]:
        content_type = self.header("content-type")
        if not is_form(content_type):
            raise invalid_request(
                f"Content-Type is {content_type or 'missing'}; send multipart/form-data"
            )
        return read_form(await self.body(limit), content_type)


def parse(model: type[B], value: Any, errors: BodyErrors = GENERAL) -> B:
    """Check *value* against *model*. The message names place and mistake, never the value."""
    found: B = validated(model, value, errors)
    return found
