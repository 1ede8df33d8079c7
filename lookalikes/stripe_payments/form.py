"""Bodies as Stripe reads them: forms whose names are paths, `line_items[0][quantity]=1`."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookalikes.stripe_payments.refusals import RefusedError, invalid

LEAST_CENTS, MOST_CENTS = 50, 99_999_999
_PATH = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")

Cents = Annotated[int, Field(ge=LEAST_CENTS, le=MOST_CENTS)]
Metadata = dict[str, Annotated[str, Field(max_length=500)]]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$", max_length=5_000)]


class Form(BaseModel):
    """A body. A parameter that there is none of is refused, as Stripe does."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProductData(Form):
    """What is sold."""

    name: Annotated[str, Field(min_length=1)]


class PriceData(Form):
    """What one of it costs."""

    currency: Literal["usd", "eur"]
    unit_amount: Cents
    product_data: ProductData


class LineItem(Form):
    """How many are sold."""

    price_data: PriceData
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1


class PaymentIntentData(Form):
    """What the payment has of the session."""

    metadata: Metadata = {}


class AdaptivePricing(Form):
    """Whether payers may pay in their own currency."""

    enabled: bool = True


class NewSession(Form):
    """Body of `POST /v1/checkout/sessions`, for a payment of its own."""

    mode: Literal["payment"]
    line_items: Annotated[list[LineItem], Field(min_length=1, max_length=100)]
    success_url: Address
    cancel_url: Address | None = None
    client_reference_id: Annotated[str, Field(max_length=200)] | None = None
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData = PaymentIntentData()
    adaptive_pricing: AdaptivePricing = AdaptivePricing()


class NewRefund(Form):
    """Body of `POST /v1/refunds`. The metadata `look_alike=fail` has it fail afterwards."""

    payment_intent: str
    amount: Annotated[int, Field(ge=1)] | None = None
    metadata: Metadata = {}


class NewEndpoint(Form):
    """Body of `POST /v1/webhook_endpoints`."""

    url: Address
    enabled_events: Annotated[list[str], Field(min_length=1)]


F = TypeVar("F", bound=Form)


def read(model: type[F], body: bytes) -> F:
    """Return *body* as *model*. RefusedError with the parameter at fault."""
    given = nested(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name, *steps = map(str, first["loc"])
        path = name + "".join(f"[{step}]" for step in steps)
        unknown = first["type"] == "extra_forbidden"
        said = f"Received unknown parameter: {path}" if unknown else f"{path}: {first['msg']}"
        code = "parameter_unknown" if unknown else _code(first["type"])
        raise RefusedError(invalid(said, path, code)) from None


def _code(kind: str) -> str:
    return {"missing": "parameter_missing", "greater_than_equal": "amount_too_small"}.get(
        kind, "parameter_invalid"
    )


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return *pairs* as what their names describe; whole numbers in a row make a list."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        found = _PATH.fullmatch(name)
        if found is None:
            raise RefusedError(invalid("Invalid request", name, "parameter_invalid"))
        steps = [found[1], *_STEP.findall(found[2])]
        place = root
        for step in steps[:-1]:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise RefusedError(invalid("Invalid request", name, "parameter_invalid"))
        last = steps[-1] or str(len(place))
        place[last] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
