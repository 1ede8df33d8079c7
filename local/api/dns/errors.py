"""Errors of DNS records, with the codes of the real API as its users report them."""

from local.api.errors import ApiError, BodyErrors, malformed_json


def not_found() -> ApiError:
    return ApiError(404, 81044, "Record does not exist.")


def host_taken() -> ApiError:
    return ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")


def identical() -> ApiError:
    return ApiError(400, 81058, "An identical record already exists.")


def not_proxiable() -> ApiError:
    return ApiError(400, 9004, "This record type cannot be proxied.")


def invalid_ttl() -> ApiError:
    return ApiError(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for auto.")


def invalid_address(kind: str, version: int) -> ApiError:
    return ApiError(400, 9005, f"Content for {kind} record must be a valid IPv{version} address.")


def invalid(detail: str) -> ApiError:
    return ApiError(400, 1004, f"DNS Validation Error: {detail}")


BODY = BodyErrors(malformed_json, invalid)
