"""Errors of queues, with the codes and names of the real API.

developers.cloudflare.com/queues/reference/error-codes has those of messages.
"""

from local.api.errors import ApiError, BodyErrors


def malformed_body(detail: str) -> ApiError:
    return ApiError(
        400,
        10026,
        f"Could not parse request body. Please ensure the request is valid and try again: {detail}",
    )


def invalid_name(name: str) -> ApiError:
    return ApiError(
        400,
        11003,
        f"Queue name {name!r} is invalid; use 1 to 63 letters, digits, dashes and underscores",
    )


def message_no_json(detail: str) -> ApiError:
    return ApiError(400, 10208, f"JSONRequestBodyMalformed: {detail}")


def message_wrong_form(detail: str) -> ApiError:
    return ApiError(400, 10207, f"JSONRequestBodyInvalid: {detail}")


BODY = BodyErrors(malformed_body, malformed_body)
MESSAGE_BODY = BodyErrors(message_no_json, message_wrong_form)
