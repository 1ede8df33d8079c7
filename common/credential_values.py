"""Which credential a value looks like, whatever its name: by known forms, else by its randomness.

Identifiers that are public by design pass: 32 hexadecimal digits and UUIDs (ids of Cloudflare),
40 (commits), and 64 under a name that says what it is (audience tags, checksums).
"""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from common.credentials import as_words, is_credential_name, is_placeholder, is_weak

_FORMS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY|AGE-SECRET-KEY-1[0-9A-Z]{20}",
    "a Cloudflare API token or key": r"cf(?:ut|at|k)_[A-Za-z0-9_-]{30}"
    r"|v1\.0-[0-9a-f]{24}-[0-9a-f]{60}",
    "a Turnstile secret": r"0x4[A-Za-z0-9_-]{30}",
    "a tunnel token": r"eyJhIjoi[A-Za-z0-9+/_=-]{30}",
    "a 1Password token": r"ops_eyJ[\w-]{20}",
    "a JSON Web Token": r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.",
    "a token that a public document printed": r"mcp_auth_\w{16}",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}",
    "a GitLab token": r"gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent|oas)-[\w-]{20}",
    "a token of a package registry": r"npm_[A-Za-z0-9]{36}|pypi-AgEI[\w-]{40}"
    r"|dckr_(?:pat|oat)_[\w-]{20}|rubygems_[0-9a-f]{48}",
    "a Stripe key": r"(?:sk|rk)_(?:live|test)_\w{16}|whsec_[A-Za-z0-9+/=]{20}",
    "a Slack token": r"xox[abeoprs](?:\.xox[bp])?-[\w-]{10}|xapp-\d-[\w-]{10}",
    "a webhook address": r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[\w/]{8}"
    r"|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{5,}/[\w-]{10}"
    r"|[\w-]{1,63}\.webhook\.office\.com/webhookb?2?/[\w@-]{20}"
    r"|events\.(?:eu\.)?pagerduty\.com/(?:integration|x-ere)/\w{12}"
    r"|hooks\.zapier\.com/hooks/catch/\d+/\w+|maker\.ifttt\.com/\S+/key/[\w-]{10}"
    r"|hook\.(?:\w+\.)?make\.com/\w{16}|api\.telegram\.org/bot\d+:|hc-ping\.com/[\w-]{20}"
    r"|(?:alert|api)\.victorops\.com/integrations/\S+/alert/[\w-]{16}",
    "a bot's token": r"\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27}",
    "an AWS key": r"A(?:KI|SI)A[0-9A-Z]{16}(?![0-9A-Za-z])",
    "a Google key": r"AIza[\w-]{35}|GOCSPX-[\w-]{20}|ya29\.[\w-]{20}|1//0[\w-]{20}",
    "a key of an AI service": r"sk-(?:ant|proj|or|svcacct|admin)-[\w-]{16}|sk-[A-Za-z0-9]{32}"
    r"|hf_[A-Za-z0-9]{30}|r8_[A-Za-z0-9]{30}|gsk_[A-Za-z0-9]{40}|xai-[A-Za-z0-9]{40}",
    "a key of a mail service": r"SG\.[\w-]{16,}\.[\w-]{16}|key-[0-9a-f]{32}|[0-9a-f]{32}-us\d"
    r"|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20}|xkeysib-[0-9a-f]{60}",
    "a token of a known service": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0(?:atp|csp)-[\w-]{20}"
    r"|lin_(?:api|oauth)_\w{20}|(?:secret|ntn)_[A-Za-z0-9]{40}|dp\.(?:pt|st|ct|sa)\.[\w.-]{20}"
    r"|hv[sbr]\.[\w-]{20}|dapi[0-9a-f]{32}|do[oprt]_v1_[0-9a-f]{40}|fo1_[\w-]{20}"
    r"|sb(?:p|_secret)_\w{20}|pscale_(?:tkn|pw|oauth)_[\w.-]{20}|sntry[su]_[\w=+/-]{20}"
    r"|gl(?:c|sa)_[\w=+/]{20}|NRAK-[A-Z0-9]{27}|ATATT3[\w=-]{20}|[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{20}"
    r"|pul-[0-9a-f]{40}|phx_\w{30}|figd_[\w-]{30}|SK[0-9a-f]{32}|EAA[A-Za-z0-9]{60}",
    "a password in an address": r"[a-z][a-z0-9+.-]{1,20}://[^/\s:@]*:(?![$<{*x]|%[A-Z])[^/\s@]+@"
    r"|\w+:[^@\s:/]+@(?:tcp|unix)\(",
    "a bearer token": r"(?i:bearer)\s+(?=[^\s]*\d)[\w.~+/=-]{16}",
}
"""What it is, to where it may begin: after no letter or digit, `_` and `-` included."""

_KNOWN = {what: re.compile(rf"(?<![A-Za-z0-9])(?:{form})") for what, form in _FORMS.items()}
_ANY_KNOWN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS.values())})")
_BASIC = re.compile(r"(?i)\bbasic\s+([a-z0-9+/]{8,}={0,2})")
_QUERY = re.compile(
    r"(?i)[?&](?:x-amz-signature|sig|signature|(?:routing_?|integration_?|account_?)?key|code|auth)"
    r"=(?=[^&\s]*\d)(?=[^&\s]*[a-z])([^&\s#{}<>$*]{16,})"
)
"""Parameters that name a credential only together with a value that looks like one."""

_ASSIGNED = re.compile(
    r"""(?<![\w.-])([A-Za-z][\w.-]*)["']?\s*([=:])\s*["']?(?!//)([^\s"'&;,]{4,})"""
)
_OPAQUE = re.compile(r"\d|.[A-Z]|[^\w\s.:!?-]")
_NO_VALUE = re.compile(r".*(?:[{}<>$*]|%[A-Za-z]|://)|[\d.,^~]+$")
"""A template, an address, a number or a version."""

_USER_OR_QUERY = re.compile(
    r"""[@\uff20\ufe6b]|%40|://[^?#]*[?#].|[?&#][^\s=]*=.|^\s*(?:\{\s*"|\[\s*["{\[])""", re.DOTALL
)
"""Where an address may have a user, in any spelling, or a query; and JSON, which may hold one."""

_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"(?i)[0-9a-f]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]+")
_PUBLIC_VALUE = re.compile(
    r"sha(?:1|256|384|512)-\S+|pk_(?:live|test)_\w+|[0-7][0-9A-HJKMNP-TV-Z]{25}"
    r"|0x4[A-Za-z0-9_-]{16,23}|(?:iVBORw0KGgo|R0lGOD|/9j/|AAAAB3NzaC1|AAAAC3NzaC1|MII)\S*"
)
"""Checksums, publishable and site keys, ULIDs; base64 of images, public keys, certificates."""

_PUBLIC_NAME = re.compile(
    r"""(?ix)(?:^|_)(?:
      AUD|AUDIENCES?|AUD_TAGS?|COMMIT|REVISION|REV|SHA\d*|HASH|DIGEST|CHECKSUM|INTEGRITY|ETAG|NONCE
    | FINGERPRINT|THUMBPRINT|BUILD|RELEASE|PUBLIC|PUBLISHABLE|ANON|SITE_?KEY|CERT(?:IFICATE)?|JWKS
    | (?:CLIENT|APP|TENANT|MEASUREMENT|TRACKING|DATABASE|SCRIPT|IMAGE)_ID
    )(?:_|$)"""
)
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_KINDS = (_DIGIT := re.compile(r"\d"), re.compile(r"[a-z]"), re.compile(r"[A-Z]"))
_SEPARATOR = re.compile(r"[-_/+=]")
_WORD = re.compile(r"(?i)\d*+[a-z]*+\d*+[a-z]?")
_FOLDER = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)?\d*")
"""A word and a number, in one spelling: `Build7`; `aB3` may be a part of base64."""

ID_LENGTHS = (32, 40)
MIN_LENGTH = 20
MIN_HEX_ENTROPY = 3.0
MIN_ENTROPY = 3.6
RUN_LENGTHS = {3: 2.7, 2: 3.4}
"""How soon random characters change between small letters, capitals and digits, by how many of the
three there are; words and numbers go on for longer."""


def looks_like(text: str, name: str = "") -> str:
    """Return which credential *text* looks like, as words after "is"; "" where it is none.

    *name*: the name or path it stands under, which may say that it is public.
    """
    public = _PUBLIC_NAME.search(as_words(name)) is not None
    known = known_form(text)
    if known:
        return "" if public and known == "a JSON Web Token" else known
    if found := _in_words(text):
        return found
    if public or len(text) < MIN_LENGTH or re.search(r"\s", text):
        return ""
    return next(filter(None, map(_by_randomness, _pieces(text))), "")


def is_repeatable(text: str) -> bool:
    """Return whether a message may repeat *text*: no part of it can be a credential.

    User information, a query and a fragment of an address may be one whatever they look like.
    """
    if _USER_OR_QUERY.search(text) or looks_like(text):
        return False
    words = re.split(r"[\s\"',:=]+", text)
    return not any(map(looks_like, (*words, *(part for word in words for part in word.split("/")))))


def known_form(text: str) -> str:
    """Return which credential of a known form is in *text*; "" where there is none."""
    if _ANY_KNOWN.search(text):
        return next(what for what, form in _KNOWN.items() if form.search(text))
    return "a user and a password" if any(map(_is_login, _BASIC.findall(text))) else ""


def evident_credential(text: str) -> str:
    """Return which credential *text* is by its form or names itself; randomness does not count."""
    return known_form(text) or _in_words(text)


def _in_words(text: str) -> str:
    """Return what *text* names and gives at once, in a query or an assignment."""
    if any(not is_placeholder(value) for value in _QUERY.findall(text)):
        return "an address with a credential in it"
    return "a credential with its name" if any(_assigned(text)) else ""


def _is_login(encoded: str) -> bool:
    try:
        return b":" in base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False


def _assigned(text: str) -> Iterator[str]:
    """Yield the values that *text* gives to names of credentials: `password=…`, `API_TOKEN: …`."""
    for name, sign, value in _ASSIGNED.findall(text) if "=" in text or ":" in text else ():
        if is_given(name, value, after_colon=sign == ":"):
            yield value


def is_given(name: str, value: str, *, after_colon: bool = False) -> bool:
    """Return whether *name* is a credential's and *value* may be it: no template, number or word.

    `required` is a plain word, `hunter2` is none. What stands after a colon may be a sentence:
    there a digit is asked for.
    """
    if name.upper() == "KEY" or not is_credential_name(name):
        return False
    if is_placeholder(value) or _NO_VALUE.match(value):
        return False
    if after_colon:
        return _DIGIT.search(value) is not None
    return is_weak(value) or _OPAQUE.search(value) is not None


def _by_randomness(text: str) -> str:
    if len(text) < MIN_LENGTH or _UUID.fullmatch(text):
        return ""
    if _HEX.fullmatch(text):
        return "a long random hexadecimal string" if _is_random_hex(text) else ""
    return "a long random string" if _is_random(text) else ""


def _pieces(text: str) -> list[str]:
    """Return what of *text* may be one credential each: of a path no more than a few folders.

    Base64 has `/` and then neither `-` nor `_`: a folder with one of these stands by itself, others
    stand together, without the words and ids at their ends.
    """
    if "/" not in text or not _BASE64.fullmatch(text) or _PUBLIC_VALUE.fullmatch(text):
        return [text]
    grouped = groupby(filter(None, text.split("/")), key=lambda part: "-" in part or "_" in part)
    return [
        piece
        for alone, folders in grouped
        for piece in (folders if alone else [_trimmed(list(folders))])
    ]


def _trimmed(folders: list[str]) -> str:
    """Join *folders* from the first to the last that is neither a word nor an id."""
    odd = [number for number, folder in enumerate(folders) if not _is_plain(folder)]
    return "/".join(folders[odd[0] : odd[-1] + 1]) if odd else ""


def _is_plain(folder: str) -> bool:
    is_id = _HEX.fullmatch(folder) and not _is_random_hex(folder)
    return bool(is_id or _FOLDER.fullmatch(folder))


def _is_random_hex(text: str) -> bool:
    is_id = len(text) <= min(ID_LENGTHS) or len(text) in ID_LENGTHS
    return not is_id and _entropy(text) >= MIN_HEX_ENTROPY


def _is_random(text: str) -> bool:
    """Return whether *text* mixes letters and digits as no words and slugs do."""
    if not _BASE64.fullmatch(text) or _PUBLIC_VALUE.fullmatch(text) or _is_slug(text):
        return False
    kinds = [kind for kind in _KINDS if kind.search(text)]
    runs = [len(run) for run in _RUN.findall(text)]
    if _DIGIT not in kinds or len(kinds) < (3 if "/" in text else 2):
        return False  # one that has a slash is base64, which has all three
    return sum(runs) < RUN_LENGTHS[len(kinds)] * len(runs) and _entropy(text) >= MIN_ENTROPY


def _is_slug(text: str) -> bool:
    """Return whether *text* is words and numbers with separators: `eu1-prod2-blue4`."""
    words = _SEPARATOR.split(text)
    return len(words) > 1 and all(_WORD.fullmatch(word) for word in words)


def _entropy(text: str) -> float:
    """Return bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)
