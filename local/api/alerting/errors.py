"""Errors of notifications. Public sources name no codes of this family: all here are ours."""

from local.api.errors import ApiError, invalid_request


def not_found(what: str) -> ApiError:
    return ApiError(404, 17404, f"Could not find {what}")


def refused(detail: str) -> ApiError:
    return invalid_request(detail)


def test_failed(reason: str) -> ApiError:
    """Say that the receiver did not take the test; *reason* is a status or the kind of failure."""
    return ApiError(400, 17400, f"webhook test failed with status code {reason}")
