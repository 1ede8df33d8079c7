"""An account pays at a page of Stripe, on the real runtime; its own library looks (SI-1, SI-6)."""

from typing import Any

import httpx
import pytest

from tests.systems.superinstance.conftest import eventually
from tests.systems.superinstance.router.stack import STRIPE_KEY, RouterStack, stripe_client

pytestmark = pytest.mark.workerd

NANO_A_CENT = 10_000_000


def stripe_at(router: RouterStack) -> str:
    """Return where the look-alike is."""
    return router.billing.bound["STRIPE_URL"]


def top_up(router: RouterStack, account: str, cents: int, **fields: Any) -> httpx.Response:
    """Ask for a page to pay at."""
    body = {"amount_cents": cents, **fields}
    return router.ask(account, "POST", "/v1/topups", json=body)


def pay(page: str) -> str:
    """Press the button of the page; return where it leads to."""
    return httpx.post(page, timeout=10).headers["location"]


def cents(router: RouterStack, account: str) -> int:
    """Return the balance."""
    return int(router.billing.balance(account)["balance_nano"]) // NANO_A_CENT


def refund(router: RouterStack, session: str, amount: int, **metadata: str) -> None:
    """Give a part of what was paid back."""
    client = stripe_client(stripe_at(router))
    payment = str(client.v1.checkout.sessions.retrieve(session).payment_intent)
    params: Any = {"payment_intent": payment, "amount": amount, "metadata": metadata}
    client.v1.refunds.create(params)


def test_an_account_pays_and_its_balance_grows_when_stripe_says_so(router: RouterStack) -> None:
    router.admit("pays")

    answer = top_up(router, "pays", 2500, request_id="first")

    assert answer.status_code == 201, answer.text
    made = answer.json()
    session = stripe_client(stripe_at(router)).v1.checkout.sessions.retrieve(made["id"])
    assert (session.amount_total, session.currency, session.status) == (2500, "usd", "open")
    assert session.client_reference_id == "pays"
    assert session.metadata is not None
    assert session.metadata["account_id"] == "pays"
    assert cents(router, "pays") == 0
    assert pay(made["url"]) == "https://chitty.example/paid"
    assert eventually(lambda: cents(router, "pays") == 2500, 30)


def test_a_refund_that_fails_is_given_back_to_the_balance(router: RouterStack) -> None:
    router.admit("refunded")
    made = top_up(router, "refunded", 2000).json()
    pay(made["url"])
    assert eventually(lambda: cents(router, "refunded") == 2000, 30)
    assert router.billing.flush("refunded").is_success

    refund(router, made["id"], 500)
    assert eventually(lambda: cents(router, "refunded") == 1500, 30)
    refund(router, made["id"], 700, look_alike="fail")

    kept = "SELECT is_undone FROM reversals WHERE amount_nano = 7000000000"
    assert eventually(lambda: router.billing.sql(kept) == [{"is_undone": 1}], 30)
    assert eventually(lambda: cents(router, "refunded") == 1500, 30)


def test_the_same_request_id_gives_the_same_page_to_its_account_alone(router: RouterStack) -> None:
    for account in ("same", "other"):
        router.admit(account)

    first, again = (top_up(router, "same", 1000, request_id="r-1").json() for _ in range(2))
    other = top_up(router, "other", 1000, request_id="r-1").json()
    changed = top_up(router, "same", 1001, request_id="r-1")

    assert first == again
    assert other["url"] != first["url"]
    refused = (changed.status_code, changed.json()["error"]["code"])
    assert refused == (409, "request_id_reused")


@pytest.mark.parametrize("amount", [499, 100_001])
def test_an_amount_outside_of_the_limits_is_refused(router: RouterStack, amount: int) -> None:
    router.admit("limits")

    answer = top_up(router, "limits", amount)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "amount_refused")
    assert "from 500 to 100000" in answer.json()["error"]["message"]


def test_whoever_may_only_look_gets_no_page(router: RouterStack) -> None:
    router.admit("looks", scopes=["read"])

    assert top_up(router, "looks", 1000).status_code == 403
    assert router.ask(None, "POST", "/v1/topups", json={"amount_cents": 1000}).status_code == 401


def test_the_key_of_stripe_is_in_no_log(router: RouterStack) -> None:
    router.admit("logged")
    assert top_up(router, "logged", 1000).status_code == 201

    assert STRIPE_KEY not in router.log()
