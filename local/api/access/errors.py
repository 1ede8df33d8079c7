"""Errors of Access. The texts are the real API's.

So are the codes 11010, 11021 and 12135 (of the latter, for identity providers); 12130, 12132 and
9999 are of this API alone.
"""

from local.api.errors import ApiError, BodyErrors

ABOUT = "access.api.error"


def invalid(detail: str) -> ApiError:
    return ApiError(400, 12130, f"{ABOUT}.invalid_request: {detail}")


def unknown_application(app_id: str) -> ApiError:
    return ApiError(404, 11021, f"{ABOUT}.unknown_application: {app_id}")


def not_found(what: str, name: str) -> ApiError:
    return ApiError(404, 12135, f"{ABOUT}.not_found: {what} {name}")


def already_exists(place: str, name: str) -> ApiError:
    return ApiError(
        409, 11010, f"{ABOUT}.application_already_exists: {place} is guarded by {name!r} already"
    )


def in_use(what: str, users: list[str]) -> ApiError:
    """Refuse to delete *what* while *users*, by their names, refer to it."""
    return ApiError(
        409, 12132, f"{ABOUT}.conflict: {what} is used by {', '.join(users)}; detach it first"
    )


BODY = BodyErrors(invalid, invalid)
