"""The look-alikes as a web application: both formats, and what became of the calls."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lookalikes.model_providers.anthropic_messages import Messages
from lookalikes.model_providers.form import Asked, Form, Refusal, RefusedError, wanted_refusal
from lookalikes.model_providers.openai_completions import ChatCompletions

MOST_CALLS = 1_000
SECOND_MS = 1_000


@dataclass
class Made:
    """A call that was made; never what was said in it."""

    provider: str
    model: str
    stream: bool
    state: str = "running"
    """`running`, `answered`, `refused`, `cut`, or `left` when the caller has gone."""

    events: int = 0
    """Pieces of a stream that were sent."""


class CutError(Exception):
    """The end of a connection that is to look like a fault."""


class Events(StreamingResponse):
    """A stream that may be cut: its end is never sent then, and the server hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        try:
            await super().__call__(scope, receive, send)
        except* CutError:
            pass  # what is sent so far is all there is


class Provider:
    """One provider: reads in its form, and answers as the request wants it."""

    def __init__(self, form: Form, calls: deque[Made]) -> None:
        self.form = form
        self.calls = calls

    async def answer(self, request: Request) -> Response:
        """Answer `POST` of the path of the form."""
        try:
            asked = self.form.read(await _json(request), request.headers)
        except RefusedError as error:
            return self._refused(error.refusal)
        made = Made(self.form.name, asked.model, asked.stream)
        self.calls.append(made)
        await asyncio.sleep(asked.behaviour.slow / SECOND_MS)
        if asked.behaviour.hang:
            await _until_gone(request)
            made.state = "left"
            return Response(status_code=499)
        return self._answered(asked, made)

    def _answered(self, asked: Asked, made: Made) -> Response:
        refusal = wanted_refusal(self.form, asked.behaviour)
        if refusal is not None:
            made.state = "refused"
            return self._refused(refusal)
        if asked.stream:
            return Events(self._paced(asked, made), media_type="text/event-stream")
        made.state = "answered"
        if asked.behaviour.garbled:
            return PlainTextResponse("<html>an answer of something between</html>")
        return JSONResponse(self.form.whole(asked))

    async def _paced(self, asked: Asked, made: Made) -> AsyncIterator[str]:
        try:
            for event in self._until_fault(asked, made):
                yield event
                made.events += 1
                await asyncio.sleep(asked.behaviour.pace / SECOND_MS)
            if asked.behaviour.silent is not None:
                await asyncio.Event().wait()
            made.state = "answered"
        finally:
            if made.state == "running":
                made.state = "left"

    def _until_fault(self, asked: Asked, made: Made) -> Iterator[str]:
        wants = asked.behaviour
        for count, event in enumerate(self.form.events(asked)):
            if count == wants.cut:
                made.state = "cut"
                raise CutError
            if count == wants.error:
                yield self.form.error_event(Refusal(529, "overloaded_error", "Overloaded"))
                return
            if count == wants.silent:
                return
            yield event

    def _refused(self, refusal: Refusal) -> Response:
        after = refusal.retry_after
        headers = {} if after is None else {"retry-after": str(after)}
        return JSONResponse(self.form.error(refusal), refusal.status, headers)


def create_app() -> Starlette:
    """Return the application. `GET /calls` tells what became of the calls, the oldest first."""
    calls: deque[Made] = deque(maxlen=MOST_CALLS)
    providers = [Provider(form, calls) for form in (Messages(), ChatCompletions())]

    def told(_: Request) -> Response:
        return JSONResponse([asdict(made) for made in calls])

    routes = [Route(each.form.path, each.answer, methods=["POST"]) for each in providers]
    return Starlette(routes=[*routes, Route("/calls", told)])


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        refusal = Refusal(400, "invalid_request_error", "the body is no JSON")
        raise RefusedError(refusal) from None


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
