"""Errors of load balancing.

1003 and 1005 are the codes of the real API as its users report them; 1001, 1002 and 1006 are of
this API alone, for public sources name none.
"""

from local.api.errors import ApiError, BodyErrors, malformed_json


def not_found(what: str) -> ApiError:
    return ApiError(404, 1001, f"resource not found: {what}")


def invalid(detail: str) -> ApiError:
    return ApiError(400, 1002, f"validation failed: {detail}")


def not_unique(what: str) -> ApiError:
    return ApiError(400, 1003, f"value not unique: {what}")


def referenced() -> ApiError:
    return ApiError(412, 1005, "This object is referenced by other objects, delete them first.")


BODY = BodyErrors(malformed_json, invalid)
