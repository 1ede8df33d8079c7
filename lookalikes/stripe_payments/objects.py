"""Objects of Stripe as its version 2026-10-28.endive has them, with what is looked at of each."""

import secrets
import time
from typing import Any

from lookalikes.stripe_payments.form import LineItem, NewRefund, NewSession

VERSION = "2026-10-28.endive"
DAY_SECONDS = 86_400

Object = dict[str, Any]


def new_id(prefix: str, *, live: bool | None = None) -> str:
    """Return an id that nobody has; those of some objects say whether money is real."""
    kind = {None: "", True: "live_", False: "test_"}[live]
    return f"{prefix}_{kind}{secrets.token_hex(12)}"


def session(asked: NewSession, page: str, *, live: bool) -> Object:
    """Return a Checkout Session that is open for a day; *page* is what its address begins with."""
    name, now = new_id("cs", live=live), int(time.time())
    amount = sum(item.price_data.unit_amount * item.quantity for item in asked.line_items)
    return {
        "id": name,
        "object": "checkout.session",
        "amount_subtotal": amount,
        "amount_total": amount,
        "adaptive_pricing": asked.adaptive_pricing.model_dump(),
        "cancel_url": asked.cancel_url,
        "client_reference_id": asked.client_reference_id,
        "created": now,
        "currency": asked.line_items[0].price_data.currency,
        "expires_at": now + DAY_SECONDS,
        "line_items": {"object": "list", "data": [_item(each) for each in asked.line_items]},
        "livemode": live,
        "metadata": asked.metadata,
        "mode": asked.mode,
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "success_url": asked.success_url,
        "url": f"{page}/{name}",
    }


def _item(sold: LineItem) -> Object:
    described = sold.price_data.product_data.name
    return {"object": "item", "description": described, "quantity": sold.quantity}


def payment(of: Object, metadata: dict[str, str]) -> Object:
    """Return the payment that the session *of* has led to."""
    amount = of["amount_total"]
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount,
        "created": int(time.time()),
        "currency": of["currency"],
        "latest_charge": new_id("ch"),
        "livemode": of["livemode"],
        "metadata": metadata,
        "status": "succeeded",
    }


def charge(of: Object, refunded: int) -> Object:
    """Return the charge of the payment *of*, of which *refunded* was given back by now."""
    return {
        "id": of["latest_charge"],
        "object": "charge",
        "amount": of["amount"],
        "amount_refunded": refunded,
        "created": of["created"],
        "currency": of["currency"],
        "livemode": of["livemode"],
        "metadata": of["metadata"],
        "paid": True,
        "payment_intent": of["id"],
        "refunded": refunded == of["amount"],
        "status": "succeeded",
    }


def refund(of: Object, asked: NewRefund, amount: int) -> Object:
    """Return a refund of a part of the payment *of*; the payment's metadata is not in it."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": of["latest_charge"],
        "created": int(time.time()),
        "currency": of["currency"],
        "metadata": asked.metadata,
        "payment_intent": of["id"],
        "reason": None,
        "status": "succeeded",
    }


def event(kind: str, about: Object, *, live: bool) -> Object:
    """Return the event that *about* has changed."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": VERSION,
        "created": int(time.time()),
        "data": {"object": about},
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
