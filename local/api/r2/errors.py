"""Errors of R2 in API v4, with the codes and texts of the real API where they are known."""

from collections.abc import Sequence

from local.api.errors import ApiError, BodyErrors

INVALID_ARGUMENT = 10029


def malformed_body(detail: str) -> ApiError:
    """Refuse a body: R2 has one code for what is no JSON and what its schema does not take.

    Sources: workers-sdk#8486, terraform-provider-cloudflare#5260.
    """
    return ApiError(400, 10040, f"The JSON you provided was not well formed. {detail}")


BODY = BodyErrors(malformed_body, malformed_body)


def one_of(what: str, given: str | None, allowed: Sequence[str]) -> str:
    """Return *given*, or the first of *allowed* where there is nothing; refuse what is none."""
    if given and given not in allowed:
        raise ApiError(
            400, INVALID_ARGUMENT, f"{what} is {given[:64]!r}; give one of {', '.join(allowed)}"
        )
    return given or allowed[0]
