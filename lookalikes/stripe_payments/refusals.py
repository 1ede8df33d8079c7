"""How Stripe refuses."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """Why a request is not done."""

    status: int
    kind: str
    message: str
    code: str = ""
    param: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """Return what Stripe says of it; what there is none of is left out."""
        said = {
            "type": self.kind,
            "message": self.message,
            "code": self.code,
            "param": self.param,
        }
        return {"error": {name: text for name, text in said.items() if text}}


class RefusedError(Exception):
    """A request that is not done."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def invalid(message: str, param: str = "", code: str = "") -> Refusal:
    """Return the refusal of a request that is not of its form."""
    return Refusal(400, "invalid_request_error", message, code, param)


def missing(kind: str, name: str, param: str) -> Refusal:
    """Return the refusal of what there is none of."""
    return Refusal(
        404, "invalid_request_error", f"No such {kind}: '{name}'", "resource_missing", param
    )


def locked() -> Refusal:
    """Return the refusal of whoever shows no key."""
    said = "You did not provide an API key, as 'Authorization: Bearer YOUR_SECRET_KEY'."
    return Refusal(401, "invalid_request_error", said)


def reused() -> Refusal:
    """Return the refusal of a key of idempotency that belongs to another request."""
    said = "Keys for idempotent requests can only be used with the same parameters."
    return Refusal(400, "idempotency_error", said)
