"""Who gives access tokens: keys for ES256, and JWTs that they sign (RFC 7517, 7519, 9068)."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

Claims = Mapping[str, Any]

LIFETIME_SECONDS = 3_600
COORDINATE_BYTES = 32
KEPT_KEYS = 2
"""The key that signs, and the one before it, whose tokens are still good."""


class Key:
    """A key pair for ES256."""

    def __init__(self) -> None:
        self.private = _new_key()

    @cached_property
    def public(self) -> dict[str, str]:
        """The public half as a JSON Web Key; `kid` is its thumbprint (RFC 7638)."""
        numbers = self.private.public_key().public_numbers()
        names = {"crv": "P-256", "kty": "EC", "x": _number(numbers.x), "y": _number(numbers.y)}
        thumbprint = hashlib.sha256(json.dumps(names, separators=(",", ":")).encode()).digest()
        return {**names, "alg": "ES256", "use": "sig", "kid": encode(thumbprint)}

    def sign(self, text: bytes) -> bytes:
        """Return the signature of *text* as JWS has it: both numbers, 32 bytes each."""
        # Loaded for the first token alone.
        from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415

        numbers = utils.decode_dss_signature(self.private.sign(text, _ecdsa()))
        return b"".join(each.to_bytes(COORDINATE_BYTES, "big") for each in numbers)


@dataclass
class Issuer:
    """An issuer of access tokens called *name*; its keys live as long as the process."""

    name: str
    """What its tokens have as `iss`: an address that ends with a slash."""

    _keys: list[Key] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """The key that signs; made when it is first asked for."""
        if not self._keys:
            self.rotate()
        return self._keys[0]

    def rotate(self) -> Key:
        """Sign with a new key from now on; the one before it stays in the set."""
        self._keys = [Key(), *self._keys][:KEPT_KEYS]
        return self._keys[0]

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JWK Set."""
        return {"keys": [each.public for each in (self.key, *self._keys[1:])]}

    def claims(self, user: str, audience: str, scope: str) -> dict[str, Any]:
        """Return what a token for *user* says: good from now on, for an hour."""
        now = int(time.time())
        return {
            "iss": self.name,
            "sub": user,
            "aud": audience,
            "scope": scope,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": uuid.uuid4().hex,
        }

    def token(self, claims: Claims, header: Claims | None = None) -> str:
        """Return a JWT of *claims*, with what *header* has beside `alg`, `kid` and `typ`."""
        head = {"alg": "ES256", "kid": self.key.public["kid"], "typ": "at+jwt", **(header or {})}
        text = f"{_part(head)}.{_part(claims)}"
        return f"{text}.{encode(self.key.sign(text.encode()))}"


def encode(raw: bytes) -> str:
    """Return *raw* as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(said: Claims) -> str:
    return encode(json.dumps(said, separators=(",", ":")).encode())


def _number(coordinate: int) -> str:
    return encode(coordinate.to_bytes(COORDINATE_BYTES, "big"))


def _new_key() -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    return ec.generate_private_key(ec.SECP256R1())


def _ecdsa() -> Any:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    return ec.ECDSA(hashes.SHA256())
