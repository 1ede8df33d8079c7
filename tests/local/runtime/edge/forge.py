"""Tokens as an attacker, or the key itself, would write them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from tests.local.runtime.edge.guarded import AUD, TEAM

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def rsa(key: dict[str, str], signed: bytes) -> bytes:
    """Sign as RFC 8017 has it for RS256."""
    size = (number(key["n"]).bit_length() + 7) // 8
    info = DIGEST_INFO + hashlib.sha256(signed).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    value = pow(int.from_bytes(padded, "big"), number(key["d"]), number(key["n"]))
    return value.to_bytes(size, "big")


def claims(**changes: Any) -> dict[str, Any]:
    """Give the claims of a session of ada@chitty.cc; a change to None leaves one out."""
    now = int(time.time())
    whole = {
        "aud": [AUD],
        "exp": now + 3600,
        "iat": now - 5,
        "nbf": now - 5,
        "iss": f"https://{TEAM}",
        "type": "app",
        "email": "ada@chitty.cc",
        "sub": "s",
        "identity_nonce": "n",
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def parts(key: dict[str, str], header: Any, body: Any) -> str:
    head = {"alg": "RS256", "kid": key["kid"], "typ": "JWT"} | header
    kept = {name: value for name, value in head.items() if value is not None}
    return f"{encode(json.dumps(kept).encode())}.{encode(json.dumps(body).encode())}"


def signed(key: dict[str, str], header: Any = None, body: Any = None) -> str:
    """Write a token that *key* signed."""
    text = parts(key, header or {}, claims() if body is None else body)
    return f"{text}.{encode(rsa(key, text.encode()))}"


def keyed(key: dict[str, str], secret: bytes, bits: int = 256, **header: Any) -> str:
    """Write a token with HMAC under *secret*, as whoever has the public key can."""
    text = parts(key, {"alg": f"HS{bits}"} | header, claims())
    digest = hmac.new(secret, text.encode(), f"sha{bits}").digest()
    return f"{text}.{encode(digest)}"


def forged(key: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Give tokens that are not to be taken, by what is wrong. *key* is that of Access itself."""
    return {
        **_without_signature(key),
        **_by_the_public_key(key),
        **_by_another(key, other),
        **_of_wrong_claims(key),
        **_damaged(signed(key)),
    }


def _without_signature(key: dict[str, str]) -> dict[str, str]:
    mark = signed(key).rpartition(".")[2]
    found: dict[str, str] = {}
    for alg in ("none", "None", "NONE", "nOnE", "", None):
        text = parts(key, {"alg": alg}, claims())
        found |= {f"alg {alg}": f"{text}.", f"alg {alg}, a signature": f"{text}.{mark}"}
    return found


def _by_the_public_key(key: dict[str, str]) -> dict[str, str]:
    shown = {name: key[name] for name in ("kid", "kty", "alg", "use", "e", "n")}
    secrets = {
        "the JWK": json.dumps(shown).encode(),
        "the JWKS": json.dumps({"keys": [shown]}).encode(),
        "n": key["n"].encode(),
        "n in bytes": number(key["n"]).to_bytes(256, "big"),
        "nothing": b"",
    }
    found = {f"HS256 with {name}": keyed(key, secret) for name, secret in secrets.items()}
    found["HS384"] = keyed(key, secrets["the JWK"], 384)
    found["HS512"] = keyed(key, secrets["the JWK"], 512)
    found["HMAC that says RS256"] = keyed(key, secrets["the JWK"], alg="RS256")
    return found


def _by_another(key: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    shown = {name: other[name] for name in ("kid", "kty", "e", "n")}
    return {
        "another key": signed(other),
        "another key by the name of ours": signed(other, {"kid": key["kid"]}),
        "a key that it brings": signed(other, {"jwk": shown}),
        "a key that it brings, by the name of ours": signed(
            other, {"jwk": shown, "kid": key["kid"]}
        ),
        "a key at an address": signed(
            other, {"jku": "https://evil.example/certs", "kid": key["kid"]}
        ),
        "a certificate": signed(other, {"x5c": ["MIIB"], "kid": key["kid"]}),
        "no key named": signed(key, {"kid": None}),
        "a path for a key": signed(key, {"kid": "../../dev/null"}),
        "RS384": signed(key, {"alg": "RS384"}),
        "RS512": signed(key, {"alg": "RS512"}),
        "PS256": signed(key, {"alg": "PS256"}),
        "ES256": signed(key, {"alg": "ES256"}),
        "rs256": signed(key, {"alg": "rs256"}),
        "crit": signed(key, {"crit": ["exp"]}),
    }


def _of_wrong_claims(key: dict[str, str]) -> dict[str, str]:
    now = int(time.time())
    wrong: dict[str, dict[str, Any]] = {
        "over": {"exp": now - 1},
        "over for long": {"exp": 1},
        "without an end": {"exp": None},
        "its end is a text": {"exp": str(now + 3600)},
        "not begun": {"nbf": now + 600},
        "without a beginning": {"iat": None},
        "of another application": {"aud": ["b" * 64]},
        "of no application": {"aud": []},
        "without an application": {"aud": None},
        "its application is a text": {"aud": AUD},
        "part of the application": {"aud": [AUD[:-1]]},
        "of another team": {"iss": "https://evil.cloudflareaccess.com"},
        "of a domain like ours": {"iss": f"https://{TEAM}.evil.example"},
        "by http": {"iss": f"http://{TEAM}"},
        "with a slash": {"iss": f"https://{TEAM}/"},
        "without a team": {"iss": None},
        "of the organisation": {"type": "org"},
        "of no type": {"type": None},
        "of nobody": {"email": None},
        "of somebody else": {"email": "eve@chitty.cc"},
        "of a like address": {"email": "ada@chitty.cc.evil.example"},
        "of an address with a space": {"email": "ada@chitty.cc "},
        "of many": {"email": ["ada@chitty.cc"]},
        "of an unknown machine": {"email": None, "common_name": "t9.access"},
        "of a machine that is off": {"email": None, "common_name": "off.access"},
        "of a machine that is over": {"email": None, "common_name": "old.access"},
        "of a machine of no policy": {"email": None, "common_name": "idle.access"},
        "of a machine with a person's mail": {"common_name": "idle.access"},
    }
    found = {name: signed(key, None, claims(**changes)) for name, changes in wrong.items()}
    odd: dict[str, Any] = {
        "a list": [],
        "nothing": None,
        "a number": 1,
        "a text": "x",
        "nobody at all": {},
    }
    return found | {f"it says {name}": _of(key, body) for name, body in odd.items()}


def _of(key: dict[str, str], body: Any) -> str:
    text = parts(key, {}, body)
    return f"{text}.{encode(rsa(key, text.encode()))}"


def _damaged(good: str) -> dict[str, str]:
    head, body, mark = good.split(".")
    other = encode(json.dumps(claims(email="eve@chitty.cc")).encode())
    flipped = ("A" if mark[0] != "A" else "B") + mark[1:]
    return {
        "another body": f"{head}.{other}.{mark}",
        "a changed signature": f"{head}.{body}.{flipped}",
        "a short signature": f"{head}.{body}.{mark[:-4]}",
        "a long signature": f"{head}.{body}.{mark}AAAA",
        "a signature of zeros": f"{head}.{body}.{encode(bytes(256))}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{mark}",
        "five parts": f"{head}.{body}.{mark}.{head}.{body}",
        "filled up": f"{head}.{body}.{mark}==",
        "one sign more": f"{head}.{body}.{mark}A",
        "in quotes": f'"{good}"',
        "twice": f"{good}{good}",
        "too long": f"{head}.{'A' * 9000}.{mark}",
        "a word": "admin",
        "nothing": "",
        "a dot": ".",
        "two dots": "..",
    }
