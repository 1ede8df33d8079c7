"""One-time passwords by RFC 6238, from the `otpauth://` address that a field keeps."""

import base64
import binascii
import hashlib
import hmac
import struct
from urllib.parse import parse_qs, urlsplit

STEP_SECONDS = 30
DIGITS = 6
_LOW_NIBBLE = 0x0F
_WITHOUT_SIGN = 0x7FFFFFFF


def code_at(address: str, seconds: float) -> str | None:
    """Return the code of *address* at *seconds* since 1970; `None` where it is no such address."""
    parts = urlsplit(address)
    (secret, *_) = parse_qs(parts.query).get("secret", [""])
    if parts.scheme != "otpauth" or not secret:
        return None
    try:
        key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    except binascii.Error:
        return None
    digest = hmac.digest(key, struct.pack(">Q", int(seconds) // STEP_SECONDS), hashlib.sha1)
    start = digest[-1] & _LOW_NIBBLE
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return str((number & _WITHOUT_SIGN) % 10**DIGITS).zfill(DIGITS)
