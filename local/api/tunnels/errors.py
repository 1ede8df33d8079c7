"""Errors of tunnels. Codes that no public source names are of this API alone: 1003, 1055, 1056."""

from local.api.errors import ApiError, BodyErrors, malformed_json


def not_found(tunnel_id: str) -> ApiError:
    return ApiError(404, 1003, f"Tunnel not found: {tunnel_id}")


def name_taken() -> ApiError:
    return ApiError(
        409, 1013, "You already have a tunnel with this name. Please choose another name."
    )


def wrong_configuration(detail: str) -> ApiError:
    """Say what cloudflared would refuse, or leave out without a word (C13, C16)."""
    return ApiError(400, 1056, f"Bad Configuration: {detail}")


def local_only(tunnel_id: str) -> ApiError:
    return ApiError(
        400, 1055, f"Tunnel {tunnel_id} is configured by a file of its own (config_src local)"
    )


BODY = BodyErrors(malformed_json, wrong_configuration)
