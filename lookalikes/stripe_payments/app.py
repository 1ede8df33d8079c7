"""The look-alike as a web application."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lookalikes.stripe_payments.objects import Object
from lookalikes.stripe_payments.refusals import RefusedError
from lookalikes.stripe_payments.stripe import Stripe, is_live, key_of

SESSIONS, REFUNDS, ENDPOINTS = "/v1/checkout/sessions", "/v1/refunds", "/v1/webhook_endpoints"
PAGES = "/c/pay"
SEE_OTHER = 303


class Answers:
    """Answers requests of one account; whoever mounts it says by which paths."""

    def __init__(self) -> None:
        self.stripe = Stripe()

    async def open_session(self, request: Request) -> Response:
        """Answer `POST /v1/checkout/sessions`: the page is beside the API."""
        beside = str(request.url).partition(SESSIONS)[0] + PAGES
        live = is_live(request.headers.get("authorization", "").removeprefix("Bearer "))
        return await self._make(
            request, lambda body: self.stripe.open_session(body, beside, live=live)
        )

    async def session(self, request: Request, name: str) -> Response:
        """Answer `GET /v1/checkout/sessions/{name}`."""
        return _answered(lambda: JSONResponse(_asked(request, self.stripe.session(name))))

    async def give_back(self, request: Request) -> Response:
        """Answer `POST /v1/refunds`."""
        return await self._make(request, self.stripe.give_back)

    async def listen(self, request: Request) -> Response:
        """Answer `POST /v1/webhook_endpoints`."""
        return await self._make(request, self.stripe.listen)

    async def page(self, name: str) -> Response:
        """Answer `GET /c/pay/{name}`, for a browser."""
        return _answered(lambda: HTMLResponse(self.stripe.page(name)))

    async def pay(self, name: str) -> Response:
        """Answer `POST /c/pay/{name}`: what its button does."""
        return _answered(lambda: RedirectResponse(self.stripe.pay(name), SEE_OTHER))

    async def _make(self, request: Request, make: Callable[[bytes], Object]) -> Response:
        body = await request.body()
        key = request.headers.get("idempotency-key", "")
        path = request.url.path

        def made() -> Object:
            key_of(request.headers.get("authorization", ""))
            return self.stripe.once(key, path, body, lambda: make(body))

        return _answered(lambda: JSONResponse(made()))


def create_app() -> Starlette:
    """Return the application."""
    answers = Answers()
    name = "{name}"

    async def session(request: Request) -> Response:
        return await answers.session(request, request.path_params["name"])

    async def page(request: Request) -> Response:
        return await answers.page(request.path_params["name"])

    async def pay(request: Request) -> Response:
        return await answers.pay(request.path_params["name"])

    return Starlette(
        routes=[
            Route(SESSIONS, answers.open_session, methods=["POST"]),
            Route(f"{SESSIONS}/{name}", session),
            Route(REFUNDS, answers.give_back, methods=["POST"]),
            Route(ENDPOINTS, answers.listen, methods=["POST"]),
            Route(f"{PAGES}/{name}", page, methods=["GET"]),
            Route(f"{PAGES}/{name}", pay, methods=["POST"]),
        ]
    )


def _asked(request: Request, found: Object) -> Object:
    key_of(request.headers.get("authorization", ""))
    return found


def _answered(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except RefusedError as error:
        return JSONResponse(error.refusal.body, error.refusal.status)
