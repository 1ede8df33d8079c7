"""Payments that Stripe tells of, signed by its own library, on the real runtime (SI-6)."""

import json
import time
from itertools import count, permutations
from typing import Any

import httpx
import pytest
import stripe

from tests.systems.superinstance.conftest import (
    PREVIOUS_SECRET,
    WEBHOOK_SECRET,
    BillingStack,
    eventually,
)

pytestmark = pytest.mark.workerd

NANO_A_CENT = 10_000_000
TOLERANCE_SECONDS = 300
_NUMBERS = count()


def signed(payload: str, *secrets: str, at: float | None = None) -> str:
    """Give the header that Stripe sends, with a signature for each of *secrets*."""
    moment = int(time.time() if at is None else at)
    sign = stripe.WebhookSignature.generate_signature_header
    headers = [sign(payload, secret, moment) for secret in secrets or (WEBHOOK_SECRET,)]
    return ",".join([headers[0], *(header.partition(",")[2] for header in headers[1:])])


def send(billing: BillingStack, event: dict[str, Any] | str, header: str | None = None) -> Any:
    """Send an event as Stripe does; signed now, unless a *header* is given."""
    payload = event if isinstance(event, str) else json.dumps(event)
    headers = {"stripe-signature": signed(payload) if header is None else header}
    return billing.from_outside("POST", "/topup", content=payload, headers=headers)


def event(kind: str, **of: Any) -> dict[str, Any]:
    """Give an event of test money about one object."""
    return {
        "id": f"evt_{next(_NUMBERS)}",
        "object": "event",
        "type": kind,
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": {"currency": "usd", **of}},
    }


def paid(account: str, payment: str, cents: int, **of: Any) -> dict[str, Any]:
    """Give the event that a payment has succeeded."""
    metadata = {"account_id": account}
    known = {"id": payment, "amount_received": cents, "metadata": metadata}
    return event("payment_intent.succeeded", **{**known, **of})


def refunded(account: str, payment: str, cents: int) -> dict[str, Any]:
    """Give the event that *cents* of a payment have been given back by now, in all."""
    known = {"id": "ch_1", "payment_intent": payment, "amount_refunded": cents}
    return event("charge.refunded", **known, metadata={"account_id": account})


def dollars(billing: BillingStack, account: str) -> int:
    """Give the balance in whole cents."""
    nano = int(billing.balance(account)["balance_nano"])
    assert nano % NANO_A_CENT == 0
    return nano // NANO_A_CENT


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Give status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_payment_is_credited_and_goes_to_d1(billing: BillingStack) -> None:
    """SI-A11."""
    answer = send(billing, paid("payer", "pi_payer", 500))

    assert answer.json() == {
        "received": True,
        "credited_nano": "5000000000",
        "balance_nano": "5000000000",
    }
    assert billing.flush("payer").is_success
    rows = billing.sql("SELECT * FROM payments WHERE account_id = 'payer'")
    assert [(row["payment_id"], row["received_nano"]) for row in rows] == [
        ("pi_payer", 500 * NANO_A_CENT)
    ]


def test_an_event_that_comes_twice_and_a_second_one_of_the_same_payment_credit_once(
    billing: BillingStack,
) -> None:
    first = paid("twice-paid", "pi_twice", 500)
    header = signed(json.dumps(first))

    answers = [send(billing, first, header), send(billing, first, header)]
    answers.append(send(billing, paid("twice-paid", "pi_twice", 500)))

    assert [answer.json()["credited_nano"] for answer in answers] == ["5000000000", "0", "0"]
    assert dollars(billing, "twice-paid") == 500


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_events_in_any_order_come_to_the_same(
    billing: BillingStack, order: tuple[int, ...]
) -> None:
    account = f"order_{''.join(map(str, order))}"
    one, other = f"pi_{account}_1", f"pi_{account}_2"
    events = [
        paid(account, one, 1000),
        refunded(account, one, 300),
        refunded(account, one, 700),
        paid(account, other, 250),
    ]

    answers = [send(billing, events[index]) for index in order]

    assert all(answer.is_success for answer in answers)
    assert dollars(billing, account) == 1000 - 700 + 250
    assert billing.flush(account).is_success
    (kept,) = billing.sql("SELECT * FROM payments WHERE payment_id = ?1", one)
    assert (kept["received_nano"], kept["refunded_nano"]) == (10_000_000_000, 7_000_000_000)


def test_a_payment_goes_to_d1_without_being_asked(billing: BillingStack) -> None:
    assert send(billing, paid("unasked", "pi_unasked", 100)).is_success
    dear = {"cost_nano": "6000000000", "multiplier_tier": "local"}
    assert billing.record("unasked", "r-1", **dear).is_success

    kept = "SELECT 1 AS found FROM payments WHERE payment_id = 'pi_unasked'"
    assert eventually(lambda: bool(billing.sql(kept)))


@pytest.mark.parametrize(
    "secrets",
    [
        (WEBHOOK_SECRET,),
        (PREVIOUS_SECRET,),
        ("whsec_of_somebody_else", WEBHOOK_SECRET),
        (WEBHOOK_SECRET, PREVIOUS_SECRET),
    ],
    ids=["the secret", "the one before it", "one of several", "both, as in a rotation"],
)
def test_what_is_signed_with_a_secret_of_the_endpoint_is_taken(
    billing: BillingStack, secrets: tuple[str, ...]
) -> None:
    told = json.dumps(paid("rotating", f"pi_{next(_NUMBERS)}", 100))

    assert send(billing, told, signed(told, *secrets)).json()["credited_nano"] == "1000000000"


def _forged(payload: str) -> dict[str, str]:
    good, now = signed(payload), int(time.time())
    mac = good.partition("v1=")[2]
    late, early = now - TOLERANCE_SECONDS - 60, now + TOLERANCE_SECONDS + 60
    return {
        "nothing": "",
        "no signature": f"t={now}",
        "no time": f"v1={mac}",
        "a time that is none": f"t=now,v1={mac}",
        "two times": f"t=1,{good}",
        "another secret": signed(payload, "whsec_of_somebody_else"),
        "an empty secret": signed(payload, ""),
        "another body": signed(payload + " "),
        "another time": f"t={now - 1},v1={mac}" if f"t={now - 1}," not in good else "t=1",
        "another scheme alone": good.replace("v1=", "v0="),
        "half a signature": good[:-32],
        "a signature in capitals": f"t={now},v1={mac.upper()}",
        "a replay": signed(payload, at=late),
        "a time to come": signed(payload, at=early),
        "nonsense": ",,,=,=;t",
    }


@pytest.mark.parametrize("way", _forged("{}"))
def test_what_stripe_has_not_signed_just_now_is_refused(billing: BillingStack, way: str) -> None:
    """SI-P4."""
    payload = json.dumps(paid("forged", "pi_forged", 100_000))

    answer = send(billing, payload, _forged(payload)[way])

    assert refusal(answer) == (400, "signature_refused")
    assert billing.balance("forged")["balance_nano"] == "0"


def test_stripes_own_library_agrees_about_each_of_them() -> None:
    payload = json.dumps(paid("forged", "pi_forged", 100))
    construct = stripe.Webhook.construct_event
    construct(payload, signed(payload), WEBHOOK_SECRET)

    # It takes a time to come, and the last of two times; here neither is taken.
    stricter = {"a time to come", "two times"}
    for way, header in _forged(payload).items():
        if way not in stricter:
            with pytest.raises(stripe.SignatureVerificationError):
                construct(payload, header, WEBHOOK_SECRET)


IGNORED = {
    "of another type": event("customer.created", id="cus_1"),
    "of no account": paid("", "pi_other", 100, metadata={}),
    "of live money": {**paid("live", "pi_live", 100), "livemode": True},
    "of no payment": event("charge.refunded", id="ch_1", payment_intent=None, amount_refunded=1),
}


@pytest.mark.parametrize(("reason", "told"), IGNORED.items(), ids=IGNORED)
def test_an_event_that_is_nothing_to_an_account_is_received_and_passed_over(
    billing: BillingStack, reason: str, told: dict[str, Any]
) -> None:
    answer = send(billing, told)

    assert (answer.status_code, answer.json()) == (200, {"received": True, "ignored": reason})


WRONG = {
    "another currency": (paid("wrong", "pi_w", 100, currency="eur"), "currency_refused"),
    "an amount that is none": (paid("wrong", "pi_w", 100, amount_received="5"), "invalid_request"),
    "an amount below zero": (paid("wrong", "pi_w", -5), "invalid_request"),
    "an account that is none": (paid("a b", "pi_w", 100), "invalid_request"),
    "no JSON": ("{", "invalid_request"),
}


@pytest.mark.parametrize(("told", "code"), WRONG.values(), ids=WRONG)
def test_an_event_that_cannot_be_credited_is_refused_for_stripe_to_show(
    billing: BillingStack, told: dict[str, Any] | str, code: str
) -> None:
    assert refusal(send(billing, told)) == (400, code)
    assert billing.balance("wrong")["balance_nano"] == "0"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/record"),
        ("POST", "/import"),
        ("POST", "/flush"),
        ("GET", "/balance?account_id=payer"),
        ("GET", "/usage?account_id=payer&from=2026-11-01&to=2026-12-01"),
    ],
)
def test_no_ledger_can_be_reached_from_outside(
    billing: BillingStack, method: str, path: str
) -> None:
    """SI-P6."""
    body = {"account_id": "payer"} if method == "POST" else None

    assert refusal(billing.from_outside(method, path, json=body)) == (404, "not_found")


@pytest.mark.parametrize("key", [None, "another-key"])
def test_the_address_of_backups_opens_to_its_key_alone(
    billing: BillingStack, key: str | None
) -> None:
    """SI-P6."""
    asked = {"action": "export", "class": "BillingLedger", "id": "0" * 64}
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    answer = billing.from_outside("POST", "/admin/objects", json=asked, headers=headers)

    assert refusal(answer) == (401, "unauthorized")


def test_health_asks_the_database_and_a_ledger(billing: BillingStack) -> None:
    """SI-A5."""
    answer = billing.from_outside("GET", "/health")

    assert answer.json()["status"] == "healthy"
    assert answer.json()["checks"] == {"database": "ok", "ledgers": "ok"}
