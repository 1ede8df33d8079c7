"""Values that nobody filled in, and names that promise a secret."""

import re

_PLACEHOLDER = re.compile(
    r"""\s*(?:
      <[^<>]{2,}> | \$\{[^}]*\} | \{\{.*\}\} | x{4,} | \*{4,} | \.{3,}
    | (?:to[-_ ]?do|fix[-_ ]?me|tbd)\b.*
    | .*(?:replace|change|fill|insert)[-_ ]?(?:me|this|it)\b.*
    | .*(?:replace|change)[-_ ]?me.*
    | .*\byour[-_ ]+[a-z0-9_ .-]*(?:token|key|secret|password|id|account|domain|zone|url)\b.*
    | (?:.*_)?your_[a-z0-9_]*(?:token|key|secret|password|id|account|domain|zone|url).*
    | .*[-_ ](?:goes[-_ ])?here
    | (?:dummy|placeholder)\b.* | not[-_ ]?a[-_ ]?real.*
    | (?:sample|example|test)[-_]?(?:token|key|secret|password)
    | foo(?:bar)? | abc123 | 1234567890? | p[a@]ssw[o0]rd\d* | secret\d* | hunter2 | letmein
    )\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_LEAKED = re.compile(r"mcp_auth_\w*", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"""(?:^|_)(?:TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PRIVATE_?KEY|API_?KEY
    |ACCESS_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY|JWT|BEARER|DSN|CONNECTION_STRING|WEBHOOK_URL|KEY
    )(?:_|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_HARMLESS_NAME = re.compile(
    r"(?:(?<!WEBHOOK)_(?:ID|URL|URI|NAME|FILE|PATH|TTL|TYPE|HEADER|ISSUER|AUDIENCE|ALG|VERSION|PREFIX|LENGTH)"
    r"|PUBLIC_KEY|SITE_?KEY|PRIMARY_KEY|CACHE_KEY)$",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether *value* still waits to be filled in, or was printed in a public document."""
    return bool(_PLACEHOLDER.fullmatch(value) or _LEAKED.search(value))


def promises_secret(name: str) -> bool:
    """Whether a variable called *name* would be expected to hold a secret."""
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS_NAME.search(name)
