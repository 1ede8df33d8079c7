"""The key that Access signs with: made once for a directory, kept for its owner only.

Sessions outlive a restart, because the key does. It is made when the first application is.
"""

import base64
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from common.files import write_private
from common.json_types import Json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

BITS = 2048
EXPONENT = 65537
PUBLIC = ("kid", "kty", "alg", "use", "e", "n")


@lru_cache(maxsize=8)
def signing_key(path: Path) -> str:
    """Read the private key in *path* as a JSON Web Key, made first where there is none."""
    if not path.exists():
        write_private(path, json.dumps(new_key()))
    return path.read_text("utf-8")


def public_key(path: Path) -> Json:
    """Return what of the key in *path* anyone may know, for who reads what it signed."""
    key = json.loads(signing_key(path))
    return {name: key[name] for name in PUBLIC}


def new_key() -> Json:
    """Return a new private key for RS256 as a JSON Web Key, with an id of its own."""
    # Loaded for the first application of a directory alone.
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    made = _written(rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS))
    key_id = hashlib.sha256(made["n"].encode()).hexdigest()
    return {"kid": key_id, "kty": "RSA", "alg": "RS256", "use": "sig", **made}


def _written(key: "rsa.RSAPrivateKey") -> dict[str, str]:
    private = key.private_numbers()
    public = private.public_numbers
    numbers = {
        "n": public.n,
        "e": public.e,
        "d": private.d,
        "p": private.p,
        "q": private.q,
        "dp": private.dmp1,
        "dq": private.dmq1,
        "qi": private.iqmp,
    }
    return {name: _base64url(number) for name, number in numbers.items()}


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
