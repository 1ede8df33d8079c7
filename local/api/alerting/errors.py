"""Errors of notifications. Public sources name no codes of this family: 17404 is ours."""

from local.api.errors import ApiError, invalid_request


def not_found(what: str) -> ApiError:
    return ApiError(404, 17404, f"Could not find {what}")


def refused(detail: str) -> ApiError:
    return invalid_request(detail)
