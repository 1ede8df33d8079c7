"""Errors of tokens. The codes are of this API alone: public sources name none for an account's."""

from local.api.errors import ApiError, BodyErrors, invalid_request, malformed_json


def not_found(token_id: str) -> ApiError:
    return ApiError(404, 17408, f"There is no token {token_id}")


def malformed_permission(group_id: str) -> ApiError:
    return invalid_request(f"permission group {group_id[:64]} is no id of 32 hexadecimal digits")


BODY = BodyErrors(malformed_json, invalid_request)
