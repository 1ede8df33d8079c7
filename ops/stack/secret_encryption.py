"""Secrets of a local stack, encrypted as the engine does it by a passphrase.

The engine derives the key of a passphrase anew in each call, a fifth of a second of a processor; a
first `up` has some twenty secrets to set. Here the key is derived once.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

VERSION = "v1"
ROUNDS = 1_000_000
KEY_BYTES, NONCE_BYTES = 32, 12
CHECK = b"pulumi"
"""What the engine has encrypted beside the salt, so that it knows a wrong passphrase."""

Seal = Callable[[str], str]
"""Encrypts a value into what stands in the configuration behind `secure:`."""


def sealer(passphrase: Path, salt: object) -> Seal | None:
    """Return what encrypts for a stack: by the file *passphrase* and its *salt* (`encryptionsalt`).

    `None` where *salt* is of no form that is known here, or another passphrase made it: the engine
    itself is then to be asked, which says what is wrong.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - for who has secrets to set
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        version, salted, kind, nonce, check = str(salt).split(":")
        if (version, kind) != (VERSION, VERSION):
            return None
        secret = passphrase.read_text(encoding="utf-8").strip().encode()
        key = hashlib.pbkdf2_hmac("sha256", secret, _bytes(salted), ROUNDS, KEY_BYTES)
        cipher = AESGCM(key)
        if cipher.decrypt(_bytes(nonce), _bytes(check), None) != CHECK:
            return None
    except (InvalidTag, OSError, ValueError):
        return None
    return lambda value: _sealed(cipher.encrypt, value)


def _sealed(encrypt: Callable[[bytes, bytes, None], bytes], value: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return ":".join([VERSION, _text(nonce), _text(encrypt(nonce, value.encode(), None))])


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
