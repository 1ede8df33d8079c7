"""The look-alike speaks as Stripe does: Stripe's own library reads all it sends (SI-1, SI-6)."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import stripe

from harness.look_alikes import stripe_payments
from tests.workers.stack import eventually

ITEM: Any = {
    "quantity": 2,
    "price_data": {"currency": "usd", "unit_amount": 1250, "product_data": {"name": "Balance"}},
}
ASKED: Any = {
    "mode": "payment",
    "line_items": [ITEM],
    "success_url": "https://chitty.example/paid",
    "cancel_url": "https://chitty.example/canceled",
    "client_reference_id": "acme",
    "metadata": {"account_id": "acme"},
    "payment_intent_data": {"metadata": {"account_id": "acme"}},
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with stripe_payments() as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> stripe.StripeClient:
    return stripe.StripeClient("a-key", base_addresses={"api": url}, max_network_retries=0)


class Told:
    """An endpoint that refuses what comes first, as one that is out for a moment does."""

    def __init__(self) -> None:
        self.events: list[tuple[bytes, str]] = []
        self.refused = 0
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told.take(body, self.headers["stripe-signature"], self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body: bytes, header: str, handler: BaseHTTPRequestHandler) -> None:
        first = self.refused == 0
        self.refused += first
        if not first:
            self.events.append((body, header))
        handler.send_response(503 if first else 200)
        handler.end_headers()

    def kinds(self, secret: str) -> set[str]:
        """Return the kinds of events that came, each signed."""
        construct = stripe.Webhook.construct_event
        return {construct(body, header, secret).type for body, header in self.events}


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    yield told
    told.server.shutdown()
    told.server.server_close()


def test_a_session_is_made_read_again_and_paid_once(client: stripe.StripeClient) -> None:
    made = client.v1.checkout.sessions.create(ASKED)
    assert (made.amount_total, made.status, made.payment_status) == (2500, "open", "unpaid")
    page = str(made.url)
    assert "25.00 USD" in httpx.get(page).text

    for _ in range(2):
        assert httpx.post(page).headers["location"] == "https://chitty.example/paid"

    paid = client.v1.checkout.sessions.retrieve(made.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")


def test_endpoints_are_told_of_payments_and_refunds_until_they_take_it(
    client: stripe.StripeClient, told: Told
) -> None:
    where: Any = {
        "url": f"http://told.localhost:{told.server.server_port}/",
        "enabled_events": ["*"],
    }
    secret = str(client.v1.webhook_endpoints.create(where).secret)
    made = client.v1.checkout.sessions.create(ASKED)
    httpx.post(str(made.url))
    payment = str(client.v1.checkout.sessions.retrieve(made.id).payment_intent)
    part: Any = {"payment_intent": payment, "amount": 700, "metadata": {"look_alike": "fail"}}

    refund = client.v1.refunds.create(part)

    assert (refund.status, refund.amount) == ("failed", 700)
    kinds = {
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    }
    assert eventually(lambda: told.kinds(secret) == kinds)
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        client.v1.refunds.create({"payment_intent": payment, "amount": 2501})


def test_a_key_of_idempotency_gives_the_same_and_takes_nothing_else(
    client: stripe.StripeClient,
) -> None:
    key: Any = {"idempotency_key": "k-1"}
    first, again = (client.v1.checkout.sessions.create(ASKED, key) for _ in range(2))

    assert first.id == again.id
    other: Any = {**ASKED, "client_reference_id": "other"}
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(other, key)


REFUSED: dict[str, tuple[Any, str, str]] = {
    "an unknown parameter": ({"colour": "red"}, "colour", "parameter_unknown"),
    "no page to come back to": ({"success_url": ""}, "success_url", "parameter_invalid"),
    "too little": (
        {"line_items": [{**ITEM, "price_data": {**ITEM["price_data"], "unit_amount": 49}}]},
        "line_items[0][price_data][unit_amount]",
        "amount_too_small",
    ),
}


@pytest.mark.parametrize(("changes", "param", "code"), REFUSED.values(), ids=REFUSED)
def test_stripes_library_knows_each_refusal(
    client: stripe.StripeClient, changes: Any, param: str, code: str
) -> None:
    asked: Any = {**ASKED, **changes}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.checkout.sessions.create(asked)

    assert (raised.value.param, raised.value.code) == (param, code)


def test_nobody_is_answered_without_a_key_or_about_what_is_not_there(
    url: str, client: stripe.StripeClient
) -> None:
    assert httpx.post(f"{url}/v1/checkout/sessions", data={"mode": "payment"}).status_code == 401
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert raised.value.code == "resource_missing"
