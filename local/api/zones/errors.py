"""Errors of a zone's settings and certificates.

1003, 1007 and 1015 are the real API's, with their texts. 17405, 17406 and 17407 are of this API
alone: public sources name none.
"""

from local.api.errors import ApiError, BodyErrors, invalid_request, malformed_json


def undefined(setting: str) -> ApiError:
    return ApiError(400, 1003, f"Undefined zone setting: {setting}")


def invalid_value(setting: str, reason: str) -> ApiError:
    return ApiError(400, 1007, f"Invalid value for zone setting {setting}: {reason}")


def not_editable(setting: str) -> ApiError:
    return ApiError(403, 1015, f"Not allowed to edit setting for {setting}")


def no_hostname_setting(setting: str, host: str) -> ApiError:
    return ApiError(404, 17405, f"There is no {setting} of {host}")


def no_certificate_pack(pack_id: str) -> ApiError:
    return ApiError(404, 17406, f"There is no certificate pack {pack_id}")


def refused_order(reason: str) -> ApiError:
    return ApiError(400, 17407, f"The certificate cannot be ordered: {reason}")


BODY = BodyErrors(malformed_json, invalid_request)
