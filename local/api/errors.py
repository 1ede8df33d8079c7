"""Errors in the form, and where known with the codes and texts, of Cloudflare's API v4."""

from collections.abc import Callable
from dataclasses import dataclass


class ApiError(Exception):
    """An error answer: HTTP *status*, Cloudflare's *code*, one clear sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def not_emulated(what: str) -> ApiError:
    """Nothing is accepted in silence: *what* names the request, binding or field."""
    return ApiError(501, 7000, f"not emulated: {what}")


def authentication_failed() -> ApiError:
    return ApiError(401, 10000, "Authentication error")


def invalid_token() -> ApiError:
    return ApiError(401, 1000, "Invalid API Token")


def ended_token() -> ApiError:
    """Refuse a token that was switched off, has ended, or has not begun."""
    return ApiError(403, 9109, "Invalid access token")


def service_key_ended() -> ApiError:
    """Refuse a kind of key that Cloudflare took until 2026-09-30; the words are ours."""
    return ApiError(
        403, 10000, "Authentication error: service keys ended on 2026-09-30; use an API token"
    )


def foreign_host(host: str) -> ApiError:
    return ApiError(
        403, 10000, f"host {host!r} is refused; use 127.0.0.1, localhost or [::1] to reach this API"
    )


def foreign_account(account_id: str) -> ApiError:
    return ApiError(403, 10000, f"Authentication error: account {account_id} is not this account")


def unknown_zone(zone_id: str) -> ApiError:
    return ApiError(
        404,
        7003,
        f"Could not route to /zones/{zone_id}, perhaps your object identifier is invalid?",
    )


def malformed_json(detail: str) -> ApiError:
    return ApiError(400, 6007, f"Malformed JSON in request body: {detail}")


def invalid_request(detail: str) -> ApiError:
    return ApiError(400, 10001, detail)


@dataclass(frozen=True)
class BodyErrors:
    """How a family refuses a body. Each takes what is wrong, in words, and makes the error."""

    no_json: Callable[[str], ApiError]
    """The body is no JSON at all."""

    wrong_form: Callable[[str], ApiError]
    """The JSON has another form than the request takes."""


GENERAL = BodyErrors(malformed_json, invalid_request)
"""For families whose own codes are not known."""


def too_large(limit: int) -> ApiError:
    return ApiError(413, 10413, f"The request body is larger than {limit} bytes")


def runtime_unavailable(detail: str) -> ApiError:
    return ApiError(503, 10013, f"The local runtime does not answer: {detail}")


def refused_by_runtime(detail: str) -> ApiError:
    return ApiError(400, 10021, detail)


def runtime_failed(detail: str) -> ApiError:
    """Say that something runs, but could not do it. No fault of the client's: it may ask again."""
    return ApiError(
        500, 10002, f"The local runtime failed at it ({detail}); `make logs` may have the reason"
    )


def storage_full(detail: str) -> ApiError:
    return ApiError(507, 10002, f"Nothing was kept: {detail}; free some space and ask again")
