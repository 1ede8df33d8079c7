"""How a token is written: a prefix that says whose it is, 40 characters, a checksum.

Cloudflare names the prefixes and the 40 characters; the checksum's making is not public: ours is
eight hexadecimal digits as well, of CRC-32.
"""

import secrets
import string
import zlib
from typing import Literal

PREFIXES = {"account": "cfat_", "user": "cfut_"}
CHARACTERS = 40
_LETTERS = string.ascii_letters + string.digits


def new_token(owner: Literal["account", "user"]) -> str:
    """Make a token of an account (`cfat_…`) or of a user (`cfut_…`), 53 characters."""
    body = PREFIXES[owner] + "".join(secrets.choice(_LETTERS) for _ in range(CHARACTERS))
    return body + _checksum(body)


def is_whole(token: str) -> bool:
    """Say whether *token* is of the form, and none of its characters was lost or changed."""
    body, checksum = token[:-8], token[-8:]
    known = body.startswith(tuple(PREFIXES.values())) and len(body) == CHARACTERS + 5
    return known and checksum == _checksum(body)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
