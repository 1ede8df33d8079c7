"""Secrets of SuperInstance by how they begin. No message here holds a value."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationInfo

from config.secret_fields import SEALED, Secret
from planning.refusals import RefusedError

SIGNING = "whsec_"
"""How secrets begin that Stripe signs events with."""

LIVE, TEST = ("sk_live_", "rk_live_"), ("sk_test_", "rk_test_")
"""How keys of Stripe's API begin that may ask something: of real money, and of none."""

LEAST_SIGNING = 16
"""Characters below which no such secret is one, with its beginning."""

PUBLISHABLE = "pk_"
STRIPE = ("sk_", "rk_", PUBLISHABLE)
"""How keys of Stripe's API begin, which sign nothing."""

OTHERS: Mapping[str, str] = {
    **dict.fromkeys(STRIPE, "Stripe"),
    SIGNING: "Stripe",
    "sk-ant-": "Anthropic",
    "sk-proj-": "OpenAI",
    "sk-svcacct-": "OpenAI",
}
"""Whose a key is, by its beginning; a gateway has keys of its own, which begin with anything."""


def _signing(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    value = secret.get_secret_value()
    if info.context == SEALED:
        return secret
    if value.startswith(STRIPE):
        raise RefusedError(f"is a key of Stripe's API; set the endpoint's own secret: {SIGNING}…")
    if len(value) < LEAST_SIGNING:
        raise RefusedError(
            f"is too short for a secret that Stripe signs with; copy all of it: {SIGNING}…"
        )
    return secret


def _of_the_api(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    value = secret.get_secret_value()
    if info.context == SEALED:
        return secret
    if value.startswith(PUBLISHABLE):
        raise RefusedError("is Stripe's publishable key, which may ask nothing; set the secret one")
    if value.startswith(SIGNING):
        raise RefusedError("is what events are signed with; set the key of Stripe's API: sk_…")
    whose = next((who for begins, who in OTHERS.items() if value.startswith(begins)), "Stripe")
    if whose != "Stripe":
        raise RefusedError(f"is a key of {whose}, which Stripe would see; set its own")
    return secret


def key_of(provider: str) -> AfterValidator:
    """Make the check of a key of *provider*, which another's would be given away to."""

    def check(secret: SecretStr, info: ValidationInfo) -> SecretStr:
        value = secret.get_secret_value()
        whose = next((who for begins, who in OTHERS.items() if value.startswith(begins)), provider)
        if info.context != SEALED and whose != provider:
            raise RefusedError(f"is a key of {whose}, which {provider} would see; set its own")
        return secret

    return AfterValidator(check)


def _https(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if info.context != SEALED and not (parts.scheme == "https" and parts.hostname):
        raise RefusedError("is no address by https://; copy that of an incoming webhook")
    return secret


NoticeUrl = Annotated[Secret, AfterValidator(_https)]
SigningSecret = Annotated[Secret, AfterValidator(_signing)]
StripeKey = Annotated[Secret, AfterValidator(_of_the_api)]
AnthropicKey = Annotated[Secret, key_of("Anthropic")]
OpenAiKey = Annotated[Secret, key_of("OpenAI")]
