"""Errors of lists. Public sources name no codes of this family, but the status of a busy list."""

from local.api.errors import ApiError, BodyErrors, malformed_json


def not_found(what: str, name: str) -> ApiError:
    return ApiError(404, 10051, f"could not find {what} {name}")


def invalid(detail: str) -> ApiError:
    return ApiError(400, 10052, f"invalid list: {detail}")


def not_unique(name: str) -> ApiError:
    return ApiError(400, 10053, f"there is a list {name}")


def in_use(name: str, refs: str) -> ApiError:
    return ApiError(400, 10054, f"list {name} is named by rules ({refs}), which have to go first")


def busy(operation_id: str) -> ApiError:
    return ApiError(429, 10055, f"operation {operation_id} of this list is not finished yet")


BODY = BodyErrors(malformed_json, invalid)
