"""What placeholders, names of credentials and credentials look like.

A 32-digit hexadecimal string and a UUID are identifiers of Cloudflare and no credentials.
"""

import math
import re
from collections import Counter

_UNFILLED = re.compile(
    r"""(?ix)^\s*(?:
      <[^<>]{2,}> | \$\{[^}]*\} | \{\{.*\}\}                       # <token>, ${TOKEN}, {{ token }}
    | x{4,} | \*{4,}                                               # xxxx, ****
    | (?:to[-_ ]?do|fix[-_ ]?me|tbd)\b.*
    | (?:.*[-_ ])?(?:replace|change|fill|insert)[-_ ](?:me|this|with|in|it)(?:[-_ ].*)?
    | .*(?:replace|change)[-_ ]?me.*
    | (?:https?://)?(?:.*[-_ ./])?your[-_ ]+[a-z0-9_ .-]*
      (?:token|key|secret|password|pass|id|account|domain|zone|url|team|org)[a-z0-9_ ./-]*
    | .*[-_ ]goes[-_ ]here.* | .*[-_ ]here$
    | dummy.* | placeholder.*
    | (?:sample|example)[-_]?(?:token|key|secret|password).*
    | not[-_ ]?a[-_ ]?real.*
    )\s*$"""
)
_WEAK = re.compile(
    r"""(?ix)^\s*(?:
      test[-_]?(?:token|key|secret|password) | foo(?:bar)? | abc123 | 1234567890?
    | p[a@]ssw[o0]rd\d* | secret\d* | admin | hunter2 | letmein
    )\s*$"""
)
_NAME = re.compile(
    r"""(?ix)(?:^|_)(?:
      TOKENS?|SECRETS?|PASSWORD|PASSWD|PWD|PASSPHRASE|CREDENTIALS?|CREDS
    | PRIVATE_?KEY|API_?KEYS?|ACCESS_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY|HMAC_?KEY
    | JWT|BEARER|DSN|CONNECTION_STRING|WEBHOOK_URL|KEY
    )(?:_|$)"""
)
_HARMLESS_NAME = re.compile(
    r"""(?ix)(?:
      _(?:ID|URL|URI|NAME|FILE|PATH|TTL|TYPE|HEADER|ISSUER|AUDIENCE|ALG|VERSION|PREFIX|LENGTH)
    | _(?:SECONDS|BYTES|COUNT|LIMIT|ENABLED)
    | PUBLIC_KEY|SITE_?KEY|KEY_ID|KEYSPACE|PRIMARY_KEY|CACHE_KEY|KID
    )$"""
)
_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
    r"|\bgh[pousr]_\w{36}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20}|\bnpm_\w{36}"
    r"|\bsk_(?:live|test)_\w{16,}|\bxox[abpors]-\w{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}"
    r"|\bops_eyJ[\w-]{20,}|\bmcp_auth_\w{16,}"
    r"|[a-z]{3,10}://[^/\s:@]+:[^/\s:@]+@"
)
_CREDENTIAL_FILE = re.compile(r"(?i)credential|token|secret|passw|\.pem$|\.key$|(?:^|[-_.])key")
_UUID = re.compile(r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_HEX = re.compile(r"(?i)^[0-9a-f]+$")
_BASE64 = re.compile(r"^[A-Za-z0-9+/_=-]+$")
_DIGIT_LOWER_UPPER = (re.compile(r"\d"), re.compile(r"[a-z]"), re.compile(r"[A-Z]"))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

ID_LENGTH = 32
MIN_LENGTH = 20
MIN_HEX_ENTROPY = 3.0
MIN_ENTROPY = 4.2


def is_placeholder(text: str) -> bool:
    """Whether nobody filled *text* in: `YOUR_TOKEN_HERE`, `<token>`, `changeme`, and the like."""
    return _UNFILLED.match(text) is not None


def is_weak(text: str) -> bool:
    """Whether *text* is a word that everybody tries first: `password`, `admin`, and the like."""
    return _WEAK.match(text) is not None


def is_credential_name(name: str) -> bool:
    """Whether the last part of *name* names a credential: `API_TOKEN`, `a.clientSecret`."""
    last = _CAMEL.sub("_", name.rsplit(".", 1)[-1].partition("[")[0])
    return _NAME.search(last) is not None and _HARMLESS_NAME.search(last) is None


def is_credential_file(path: str) -> bool:
    """Whether a file of this name holds credentials: `1password-credentials.json`, `key.pem`."""
    return _CREDENTIAL_FILE.search(path.rsplit("/", 1)[-1]) is not None


def looks_like(text: str) -> str:
    """Say which credential *text* looks like, or nothing."""
    if _KNOWN.search(text):
        return "a credential of a known form"
    if len(text) < MIN_LENGTH or _UUID.match(text) or re.search(r"\s", text):
        return ""
    if _HEX.match(text):
        return "a long random hexadecimal string" if _is_random_hex(text) else ""
    return "a long random string" if _is_random(text) else ""


def _is_random_hex(text: str) -> bool:
    return len(text) > ID_LENGTH and _entropy(text) >= MIN_HEX_ENTROPY


def _is_random(text: str) -> bool:
    mixed = all(kind.search(text) for kind in _DIGIT_LOWER_UPPER)
    return mixed and _BASE64.match(text) is not None and _entropy(text) >= MIN_ENTROPY


def _entropy(text: str) -> float:
    """Bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)
