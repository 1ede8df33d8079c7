"""One request as its handler sees it."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from local.api.errors import invalid_request, malformed_json, too_large
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
        try:
            return json.loads(await self.body(limit) or empty)
        except ValueError as error:
            raise malformed_json(str(error)) from error

    async def read(self, model: type[B], limit: int = JSON_LIMIT) -> B:
        """Read the body as *model*; refused with the place of the first mistake."""
        return parse(model, await self.json(limit))

    async def form(self, limit: int = FORM_LIMIT) -> list[Part]:
        content_type = self.header("content-type")
        if not is_form(content_type):
            raise invalid_request(
                f"Content-Type is {content_type or 'missing'}; send multipart/form-data"
            )
        return read_form(await self.body(limit), content_type)


def parse(model: type[B], value: Any) -> B:
    """Check *value* against *model*. The message names place and mistake, never the value."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "body"
        raise invalid_request(f"{place}: {first['msg']}") from error
