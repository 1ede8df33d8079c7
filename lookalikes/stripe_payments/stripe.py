"""What Stripe does: makes pages to pay at, takes payments, gives them back, and tells of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from lookalikes.stripe_payments import objects
from lookalikes.stripe_payments.form import NewEndpoint, NewRefund, NewSession, read
from lookalikes.stripe_payments.objects import Object
from lookalikes.stripe_payments.refusals import RefusedError, invalid, locked, missing, reused
from lookalikes.stripe_payments.webhooks import Endpoints

FAIL = "fail"
PAGE = """<!doctype html><title>Look-alike of Stripe</title>
<h1>{amount} {currency}</h1><p>No money moves here.</p>
<form method="post"><button>Pay</button></form><p><a href="{cancel}">Cancel</a></p>"""


@dataclass
class Stripe:
    """One account of Stripe, in memory."""

    endpoints: Endpoints = field(default_factory=Endpoints)
    sessions: dict[str, Object] = field(default_factory=dict)
    payments: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, list[Object]] = field(default_factory=dict)
    _metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    _answered: dict[str, tuple[str, Object]] = field(default_factory=dict)

    def once(self, key: str, path: str, body: bytes, make: Callable[[], Object]) -> Object:
        """Return what was made for the idempotency *key* before, else *make* it; no key: make."""
        if not key:
            return make()
        digest = hashlib.sha256(path.encode() + b"\n" + body).hexdigest()
        known = self._answered.get(key)
        if known is None:
            known = self._answered[key] = (digest, make())
        if known[0] != digest:
            raise RefusedError(reused())
        return known[1]

    def open_session(self, body: bytes, page: str, *, live: bool) -> Object:
        """Make a page to pay at."""
        asked = read(NewSession, body)
        made = objects.session(asked, page, live=live)
        self.sessions[made["id"]] = made
        self._metadata[made["id"]] = asked.payment_intent_data.metadata
        return made

    def session(self, name: str) -> Object:
        """Return a session, or refuse."""
        if name not in self.sessions:
            raise RefusedError(missing("checkout.session", name, "session"))
        return self.sessions[name]

    def page(self, name: str) -> str:
        """Return the page of a session."""
        found = self.session(name)
        amount = f"{found['amount_total'] / 100:,.2f}"
        cancel = escape(found["cancel_url"] or found["success_url"], quote=True)
        return PAGE.format(amount=amount, currency=found["currency"].upper(), cancel=cancel)

    def pay(self, name: str) -> str:
        """Pay at the page of a session, once; return where its payer is led to."""
        found = self.session(name)
        if found["status"] == "open":
            made = objects.payment(found, self._metadata[name])
            self.payments[made["id"]] = made
            found |= {"status": "complete", "payment_status": "paid", "payment_intent": made["id"]}
            self._tell("payment_intent.succeeded", made)
            self._tell("charge.succeeded", objects.charge(made, 0))
            self._tell("checkout.session.completed", found)
        return str(found["success_url"])

    def give_back(self, body: bytes) -> Object:
        """Refund a payment, or a part of it."""
        asked = read(NewRefund, body)
        paid = self.payments.get(asked.payment_intent)
        if paid is None:
            raise RefusedError(missing("payment_intent", asked.payment_intent, "payment_intent"))
        left = paid["amount"] - self._refunded(paid)
        amount = left if asked.amount is None else asked.amount
        if not 0 < amount <= left:
            raise RefusedError(invalid("Refund amount is greater than charge amount", "amount"))
        made = objects.refund(paid, asked, amount)
        self.refunds.setdefault(paid["id"], []).append(made)
        self._tell("refund.created", dict(made), live=paid["livemode"])
        self._tell("charge.refunded", objects.charge(paid, self._refunded(paid)))
        if asked.metadata.get("look_alike") == FAIL:
            made |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
            self._tell("refund.updated", dict(made), live=paid["livemode"])
            self._tell("refund.failed", dict(made), live=paid["livemode"])
        return made

    def listen(self, body: bytes) -> Object:
        """Add an endpoint that is told of events."""
        return self.endpoints.add(read(NewEndpoint, body))

    def _refunded(self, paid: Object) -> int:
        made = self.refunds.get(paid["id"], [])
        return sum(each["amount"] for each in made if each["status"] != "failed")

    def _tell(self, kind: str, about: Object, *, live: bool | None = None) -> None:
        is_live = about["livemode"] if live is None else live
        self.endpoints.tell(objects.event(kind, dict(about), live=is_live))


def key_of(authorization: str) -> str:
    """Return the key of whoever asks; RefusedError without one."""
    key = authorization.removeprefix("Bearer ").strip()
    if not key or key == authorization:
        raise RefusedError(locked())
    return key


def is_live(key: str) -> bool:
    """Whether *key* is of real money."""
    return "_live_" in key[:8]
