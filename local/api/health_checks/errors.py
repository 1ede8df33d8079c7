"""Errors of health checks. Public sources name no codes of this family: these are ours."""

from local.api.errors import ApiError, BodyErrors, malformed_json


def not_found(check_id: str) -> ApiError:
    return ApiError(404, 1041, f"health check not found: {check_id}")


def invalid(detail: str) -> ApiError:
    return ApiError(400, 1042, f"invalid health check: {detail}")


def not_unique(name: str) -> ApiError:
    return ApiError(400, 1043, f"there is a health check {name}")


BODY = BodyErrors(malformed_json, invalid)
