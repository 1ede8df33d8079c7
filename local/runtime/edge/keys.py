"""The key that Access signs with: made once for a directory, kept for its owner only.

Sessions outlive a restart, because the key does. It is made when the first application is.
"""

import base64
import hashlib
import json
import math
import secrets
from functools import lru_cache
from pathlib import Path

from common.files import write_private
from common.json_types import Json

BITS = 2048
EXPONENT = 65537
ROUNDS = 40
"""Of Miller and Rabin: a number that is none passes by a chance of 1 in 2 to the 80th."""

SMALL = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2))]


@lru_cache(maxsize=8)
def signing_key(path: Path) -> str:
    """Read the private key in *path* as a JSON Web Key, made first where there is none."""
    if not path.exists():
        write_private(path, json.dumps(_make()))
    return path.read_text("utf-8")


def _make() -> Json:
    while True:
        p, q = _prime(BITS // 2), _prime(BITS // 2)
        if p != q and math.gcd(EXPONENT, (p - 1) * (q - 1)) == 1:
            return _written(p, q)


def _written(p: int, q: int) -> Json:
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = {
        "n": p * q,
        "e": EXPONENT,
        "d": d,
        "p": p,
        "q": q,
        "dp": d % (p - 1),
        "dq": d % (q - 1),
        "qi": pow(q, -1, p),
    }
    made = {name: _base64url(number) for name, number in numbers.items()}
    key_id = hashlib.sha256(made["n"].encode()).hexdigest()
    return {"kid": key_id, "kty": "RSA", "alg": "RS256", "use": "sig", **made}


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _prime(bits: int) -> int:
    """Return a random prime of *bits* bits, the first two set: two of them make twice as many."""
    while True:
        found = secrets.randbits(bits) | (0b11 << (bits - 2)) | 1
        if all(found % small for small in SMALL) and _is_prime(found):
            return found


def _is_prime(number: int) -> bool:
    shift = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> shift
    return all(_passes(number, odd, shift) for _ in range(ROUNDS))


def _passes(number: int, odd: int, shift: int) -> bool:
    """Whether a random witness (Miller, Rabin) finds nothing against *number* being a prime."""
    power = pow(2 + secrets.randbelow(number - 3), odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(shift - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False
