"""The look-alike of Stripe, where workers of the local Cloudflare ask for it: no money moves."""

from starlette.responses import Response

from local.api.http.call import Call
from local.api.http.routing import Family
from lookalikes.stripe_payments.app import ENDPOINTS, PAGES, REFUNDS, SESSIONS, Answers

HOST = "api.stripe.com"
ROOT = f"/local/hosts/{HOST}"
IN_MEMORY = "no money moves; kept in memory"

family = Family("A look-alike of Stripe")

_answers = Answers()


@family("POST", f"{ROOT}{SESSIONS}", presigned=True, note=IN_MEMORY)
async def open_session(call: Call) -> Response:
    return await _answers.open_session(call.request)


@family("GET", f"{ROOT}{SESSIONS}/{{name}}", presigned=True)
async def show_session(call: Call) -> Response:
    return await _answers.session(call.request, call.params["name"])


@family("POST", f"{ROOT}{REFUNDS}", presigned=True, note=IN_MEMORY)
async def give_back(call: Call) -> Response:
    return await _answers.give_back(call.request)


@family("POST", f"{ROOT}{ENDPOINTS}", presigned=True, note=IN_MEMORY)
async def listen(call: Call) -> Response:
    return await _answers.listen(call.request)


@family("GET", f"{ROOT}{PAGES}/{{name}}", presigned=True, note="the page to pay at")
async def show_page(call: Call) -> Response:
    return await _answers.page(call.params["name"])


@family("POST", f"{ROOT}{PAGES}/{{name}}", presigned=True, note="pays")
async def pay(call: Call) -> Response:
    return await _answers.pay(call.params["name"])
