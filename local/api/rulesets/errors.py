"""Errors of rulesets. Codes 10003, 20127 and 20217 are the real API's; the others share one."""

from local.api.errors import ApiError, BodyErrors

INVALID = 20014


def malformed_body(detail: str) -> ApiError:
    return ApiError(400, INVALID, f"invalid JSON: {detail}")


def invalid(value: str, field: str, reason: str) -> ApiError:
    """Refuse *value* of *field*, named as a path in the body: `rules.0.action`."""
    return ApiError(400, INVALID, f"'{value}' is not a valid value for {field} because {reason}")


def invalid_expression(text: str, field: str, reason: str) -> ApiError:
    return ApiError(
        400,
        20127,
        f"'{text}' is not a valid value for {field} because the expression {reason}",
    )


def no_entry_point(phase: str) -> ApiError:
    return ApiError(404, 10003, f"could not find entrypoint ruleset in the {phase} phase")


def not_found(what: str, name: str) -> ApiError:
    return ApiError(404, 10003, f"could not find {what} {name}")


def taken(phase: str) -> ApiError:
    return ApiError(
        400,
        20217,
        "'zone' is not a valid value for kind because exceeded maximum number of zone rulesets for "
        f"phase {phase}",
    )


BODY = BodyErrors(malformed_body, malformed_body)
"""How rulesets refuse a body: unknown fields are refused too."""
