"""The token by which cloudflared runs a tunnel, and the secret that it is made of (C6)."""

import base64
import binascii
import json
import secrets

from planning.refusals import RefusedError

SECRET_BYTES = 32
"""Fewest bytes of a secret that Cloudflare takes."""


def new_secret() -> str:
    """Return a new secret of 32 random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_secret(secret: str) -> str:
    """Return *secret*. Raises `RefusedError`, which does not hold it, unless it is one."""
    try:
        enough = len(base64.b64decode(secret, validate=True)) >= SECRET_BYTES
    except (binascii.Error, ValueError):
        enough = False
    if not enough:
        raise RefusedError(f"is no base64 of {SECRET_BYTES} bytes or more; ops rotate makes it")
    return secret


def token_of(account_id: str, tunnel_id: str, secret: str) -> str:
    """Return the token of a tunnel, in the form that cloudflared reads: JSON in base64."""
    parts = {"a": account_id, "t": tunnel_id, "s": secret}
    return base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()
