"""Access tokens as an attacker, or a careless issuer, would write them."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lookalikes.identity_provider.issuer import Issuer, encode
from tests.systems.superinstance.sync.stack import AUDIENCE, SCOPE

Made = dict[str, str]
EVIL = "https://evil.example"


class Forger:
    """Writes tokens; *issuer* is the real one, whose private key only its own mistakes use."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.other = Issuer(issuer.name)

    def all(self) -> Made:
        """Give tokens that are not to be taken, by what is wrong."""
        return {
            **self._wrong_claims(),
            **self._wrong_headers(),
            **self._without_signature(),
            **self._by_secrets(),
            **self._by_other_keys(),
            **self._damaged(),
        }

    def good(self, **changes: Any) -> str:
        """Give what the issuer itself would; a change to None leaves a claim out."""
        return self.issuer.token(self.claims(**changes))

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Give what a token for ada says."""
        whole = {**self.issuer.claims("ada", AUDIENCE, SCOPE), **changes}
        return {name: value for name, value in whole.items() if value is not None}

    def _wrong_claims(self) -> Made:
        now = int(time.time())
        wrong: dict[str, dict[str, Any]] = {
            "over": {"exp": now - 10},
            "over for long": {"iat": 1, "nbf": 1, "exp": 2},
            "without an end": {"exp": None},
            "its end is text": {"exp": str(now + 600)},
            "its end is a list": {"exp": [now + 600]},
            "not begun": {"nbf": now + 600},
            "its beginning is text": {"nbf": str(now)},
            "given in the future": {"iat": now + 600, "nbf": None},
            "never given": {"iat": None},
            "for others": {"aud": "superinstance"},
            "for a part of the audience": {"aud": AUDIENCE[:-1]},
            "for the audience in capitals": {"aud": AUDIENCE.upper()},
            "for nobody": {"aud": None},
            "for an empty list": {"aud": []},
            "of another issuer": {"iss": f"{EVIL}/"},
            "of the issuer without its slash": {"iss": self.issuer.name[:-1]},
            "of a host like the issuer": {"iss": f"{self.issuer.name[:-1]}.evil.example/"},
            "of no issuer": {"iss": None},
            "of a list of issuers": {"iss": [self.issuer.name]},
            "of no user": {"sub": None},
            "of an empty user": {"sub": ""},
            "of a number": {"sub": 7},
            "of a list of users": {"sub": ["ada"]},
            "of a user with a line": {"sub": "ada\neve"},
            "of a user that is too long": {"sub": "a" * 256},
        }
        made = {name: self.good(**changes) for name, changes in wrong.items()}
        odd: dict[str, Any] = {"a list": [], "nothing": None, "a number": 1, "a text": "x"}
        return made | {f"it says {name}": self.issuer.token(body) for name, body in odd.items()}

    def _wrong_headers(self) -> Made:
        wrong: dict[str, dict[str, Any]] = {
            "an unknown key": {"kid": "unknown"},
            "a path for a key": {"kid": "../../dev/null"},
            "a key that is a number": {"kid": 1},
            "no key": {"kid": None},
            "crit that we do not know": {"crit": ["exp"], "exp": 1},
            "crit of an extension": {"crit": ["b64"], "b64": False},
            "crit that is empty": {"crit": []},
            "a logout token": {"typ": "logout+jwt"},
            "a proof": {"typ": "dpop+jwt"},
            "a type that is no text": {"typ": 7},
            "a certificate at an address": {"x5u": f"{EVIL}/cert"},
            "a set at an address": {"jku": f"{EVIL}/jwks.json"},
            "a certificate": {"x5c": ["MIIB"]},
            "its own key, which is ours": {"jwk": self.issuer.key.public},
            "ES384": {"alg": "ES384"},
            "es256": {"alg": "es256"},
            "EdDSA": {"alg": "EdDSA"},
        }
        claims = self.claims()
        return {name: self.issuer.token(claims, header) for name, header in wrong.items()}

    def _without_signature(self) -> Made:
        mark = self.good().rpartition(".")[2]
        found: Made = {}
        for alg in ("none", "None", "NONE", "nOnE", "", None):
            text = self._text({"alg": alg})
            found |= {f"alg {alg}": f"{text}.", f"alg {alg}, a signature": f"{text}.{mark}"}
        return found

    def _by_secrets(self) -> Made:
        """Sign with what everybody knows, as a secret."""
        shown = self.issuer.key.public
        pem = self.issuer.key.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        secrets = {
            "the JWK": json.dumps(shown).encode(),
            "the set": json.dumps({"keys": [shown]}).encode(),
            "the PEM": pem,
            "x": shown["x"].encode(),
            "nothing": b"",
        }
        found = {f"HS256 by {name}": self._keyed(each) for name, each in secrets.items()}
        found["HS384"] = self._keyed(pem, bits=384)
        found["HS512"] = self._keyed(pem, bits=512)
        found["HMAC that says ES256"] = self._keyed(pem, alg="ES256")
        return found

    def _keyed(self, secret: bytes, *, bits: int = 256, alg: str | None = None) -> str:
        text = self._text({"alg": alg or f"HS{bits}"})
        return f"{text}.{encode(hmac.digest(secret, text.encode(), f'sha{bits}'))}"

    def _by_other_keys(self) -> Made:
        ours = self.issuer.key.public["kid"]
        theirs = self.other.key.public
        claims = self.claims()
        return {
            "another key": self.other.token(claims),
            "another key by the name of ours": self.other.token(claims, {"kid": ours}),
            "a key that it brings": self.other.token(claims, {"kid": ours, "jwk": theirs}),
            "a key that it brings, by its own name": self.other.token(claims, {"jwk": theirs}),
            "a key of theirs at an address": self.other.token(
                claims, {"kid": ours, "jku": f"{EVIL}/jwks.json"}
            ),
            "RS256 by a key of theirs": self._by_rsa("RS256"),
            "PS256 by a key of theirs": self._by_rsa("PS256"),
            "a signature as DER": self._as_der(),
        }

    def _by_rsa(self, alg: str) -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        text = self._text({"alg": alg})
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashlib.sha256().digest_size)
        how = pss if alg == "PS256" else padding.PKCS1v15()
        return f"{text}.{encode(key.sign(text.encode(), how, hashes.SHA256()))}"

    def _as_der(self) -> str:
        text = self._text({})
        signature = self.issuer.key.private.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        return f"{text}.{encode(signature)}"

    def _damaged(self) -> Made:
        good = self.good()
        head, body, mark = good.split(".")
        other = encode(json.dumps(self.claims(sub="eve")).encode())
        flipped = ("A" if mark[0] != "A" else "B") + mark[1:]
        return {
            "another body": f"{head}.{other}.{mark}",
            "a changed signature": f"{head}.{body}.{flipped}",
            "a short signature": f"{head}.{body}.{mark[:-4]}",
            "a long signature": f"{head}.{body}.{mark}AAAA",
            "a signature of zeros": f"{head}.{body}.{encode(bytes(64))}",
            "no signature": f"{head}.{body}.",
            "two parts": f"{head}.{body}",
            "four parts": f"{good}.{mark}",
            "five parts": f"{head}.{body}.{mark}.{head}.{body}",
            "in quotes": f'"{good}"',
            "twice": good + good,
            "too long": self.good(more="a" * 9_000),
            "a word": "admin",
            "two dots": "..",
        }

    def _text(self, header: Mapping[str, Any]) -> str:
        whole = {"alg": "ES256", "kid": self.issuer.key.public["kid"], "typ": "at+jwt", **header}
        kept = {name: value for name, value in whole.items() if value is not None}
        return ".".join(encode(json.dumps(each).encode()) for each in (kept, self.claims()))
