"""Errors of D1, with the codes of the real API."""

from local.api.errors import ApiError, BodyErrors


def malformed(detail: str) -> ApiError:
    """Refuse a request before any SQL is run: 7400 is of the request, 7500 of the database."""
    return ApiError(400, 7400, f"The request is malformed: {detail}")


BODY = BodyErrors(malformed, malformed)
