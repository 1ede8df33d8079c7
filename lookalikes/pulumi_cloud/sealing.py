"""Encryption of a stack's secrets by a key of its own, which never leaves the service."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lookalikes.pulumi_cloud.refusals import invalid

KEY_BITS, NONCE_BYTES = 256, 12


def new_key() -> bytes:
    """Make a key for one stack."""
    return AESGCM.generate_key(KEY_BITS)


def encrypt(key: bytes, plaintext: bytes) -> bytes:
    """Return *plaintext* encrypted and authenticated by *key*: nonce first, tag last."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, None)


def decrypt(key: bytes, ciphertext: bytes) -> bytes:
    """Return what was encrypted; raise `RefusedError` for what *key* has not encrypted."""
    nonce, sealed = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise invalid("invalid ciphertext: it was not encrypted for this stack") from None
