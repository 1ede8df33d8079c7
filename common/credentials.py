"""Names that promise a credential, and values that cannot be one: placeholders and weak words.

What a real one looks like stands in `credential_values`. Both are held by one file of cases.
"""

import re

_PLACEHOLDER = re.compile(
    r"""(?ix)\s*(?:
      <[a-z][\w\s.:-]+>                                        # <your token>
    | \$\{[^{}]*\} | \{\{[^{}]*\}\} | %[a-z][a-z0-9_]+% | \$[a-z][a-z0-9_]*   # templates, unfilled
    | \[(?:secret|redacted|hidden|masked|token|key|password)\]
    | op://\S*                                                 # a reference nobody resolved
    | x{3,}(?:[-_.]x+)* | \S*x{6,}\S* | \S*\*{4,}\S* | \S*[•●]{3,}\S* | \.{3,} | …+ | [-_?]{3,}
    | (?:to[-_\ ]?do|fix[-_\ ]?me|tbd)(?:\s*[:!(,].*)?
    | (?:\S*[-_./:@])?(?:replace|change|fill|insert|set|edit)[-_]?(?:me|this)\d*(?:[-_./:@!]\S*)?
    | (?:please\ )?(?:replace|change|fill|insert|set|edit)\ (?:me|this|it)
      (?:\ (?:in|now|later|please|before\ .*))?[.!]*
    | (?:replace|fill)[-_\ ](?:with|in)[-_\ ](?:[a-z0-9]+[-_\ ])*
      (?:token|key|secret|password|value|id)s?
    | (?:\S*[-_./:@])?replace[-_]with[-_]\S* | fill[-_\ ]in
    | (?:\S*[-_./:@])?(?:goes|token|key|secret|password|value|id|url|name)[-_]here
    | (?:put|insert|enter|paste|add|your)?\ ?(?:[\w]+\ ){0,3}
      (?:token|key|secret|password|value)\ (?:goes\ )?here
    | your\ (?:\w+\ ){0,2}(?:token|key|secret|password|id)s?
    | (?:\S*(?://|[.@=:]))?your[-_]
      (?:[a-z0-9]+[-_])*(?:token|key|secret|password|pass|id|account|domain|zone|url|team|org
      |organi[sz]ation|company|host|hostname|project|bucket|email|name|tenant|subdomain|worker
      |value|site|app|server)s?(?:[-_./:@?]\S*)?
    | \S*/your[-_](?:[a-z0-9]+[-_])*(?:token|key|secret|id)s?(?:/\S*)?
    | (?:dummy|placeholder)(?:[-_\ ].*)? | not[-_]?a[-_]?real\S*
    | (?:sample|example)[-_]?(?:token|key|secret|password)\S*
    | (?:\S*[-_./:])?mcp_auth_\S*                              # printed in a public document
    )\s*"""
)
_SHOUTED = re.compile(
    r"(?s)\s*\S*(?<![A-Z])YOUR_[A-Z0-9_]+\S*\s*|\s*__[A-Z][A-Z0-9_]*__\s*|\s*TODO\b.*"
)
"""Placeholders in capitals: the same words in small letters are slugs of addresses."""

_WEAK = re.compile(
    r"""(?ix)\s*(?:
      (?:test|sample|example|demo|my|default|the|new|old|super)?[-_]?
      (?:p[a@][s$]{2}w[o0]rd|passwort|passwd|pwd|pass|secret|token|api[-_]?key|key|creds?)[-_!\d]*
    | foo(?:bar)? | bar | baz | test\d* | demo | example | sample | none | null | nil | undefined
    | unset | empty | true | false | n/?a | (?:abc)+\d*
    | (?:1|12|123|1234|12345|123456|1234567|12345678|123456789)0?
    | admin(?:istrator)?\d* | root\d* | toor | guest | user\d* | qwert[yz]\d* | asdf\w*
    | hunter2 | letmein | changeit | welcome\d* | iloveyou | monkey | dragon | minioadmin
    | postgres | mysql | redis | mongo | oracle | (?P<again>.{1,4}?)(?P=again){2,}.?
    )\s*"""
)
"""Words that everybody tries first, and one to four characters again and again."""

_NAME = re.compile(
    r"""(?ix)
      (?:^|_)(?:
        TOKENS?\d* | SECRETS? | PASSWORDS? | PASSWD | PASSPHRASE | CREDENTIALS? | CREDS
      | PRIVATE_?KEY | API_?KEYS? | ACCESS_?KEYS? | SIGNING_?KEYS? | ENCRYPTION_?KEYS? | HMAC_?KEY
      | JWT | BEARER | CONNECTION_STRING | WEBHOOK_URL | KEYS? | AUTHORIZATION | MNEMONIC
      )(?:\d*_|$)
    | (?:^|_)(?:SLACK|DISCORD|TEAMS|MATTERMOST)_WEBHOOK(?:_|$)
    | (?:^|_)(?:DB|DATABASE|POSTGRES|PG|MYSQL|MSSQL|MONGO|REDIS|ODBC)_DSN(?:_|$)
    | _PWD(?:_|$) | (?:^|_)(?:GITHUB|GITLAB|GH|GL|AZURE|NPM)_PAT(?:_|$)
    | (?:DB|DATABASE|SMTP|MAIL|IMAP|FTP|LDAP|REDIS|MYSQL|PG|POSTGRES|MONGO|SQL|USER|ROOT|ADMIN|API
        |AUTH|LOGIN|KEYSTORE|BASIC)_PASS(?:_|$)
    | (?:PASSWORD|PASSWD|PASSPHRASE|SECRET|APIKEY|TOKEN)$
    """
)
_HARMLESS_NAME = re.compile(
    r"""(?ix)
      (?<!WEBHOOK)_(?:URL|URI|ENDPOINT|HOST|DOMAIN)$
    | _(?:ID|NAME|FILE|PATH|DIR|TYPE|HEADER|ISSUER|AUDIENCE|AUD|ALG|ALGORITHM|VERSION|PREFIX
        |SUFFIX|FORMAT|TTL|SECONDS|MINUTES|HOURS|DAYS|MS|AGE|EXPIRY|EXPIRES|EXPIRATION|LIFETIME|INTERVAL|ROTATION
        |LENGTH|SIZE|ZONE|BYTES|COUNT|LIMIT|MAX|MIN|QUOTA|ENABLED|DISABLED|REQUIRED|ALLOWED|OPTIONAL
        |POLICY|MODE|SCOPES?|FIELD|PARAM|COLUMN|TABLE|INDEX|STORE|PROVIDER|SERVICE|BUCKET|QUEUE
        |NAMESPACE|KV|REGION|REF|ARN|FINGERPRINT|THUMBPRINT|STATUS|LABEL|TITLE|HINT|SOURCE)$
    | _PER_[A-Z]+$ | BUCKET_\w+$ | KEY_VALUE(?:_|$)
    | (?:^|_)(?:PUBLIC|PUBLISHABLE|SITE|ANON|PRIMARY|FOREIGN|CACHE|SORT|PARTITION|HASH|RANGE
        |IDEMPOTENCY|OBJECT|LOOKUP|TRANSLATION|I18N|DEDUPE|GROUP|SHARD)_?KEYS?$
    | (?:^|_)PUBLIC_ | KEYSPACE$ | (?:^|_)KID$
    | (?:^|_)(?:MAX|MIN|TOTAL|NUM|COUNT|PROMPT|COMPLETION|INPUT|OUTPUT|CONTEXT|BUDGET|USED)
      _(?:\w+_)?(?:TOKEN|KEY)S?$
    """
)
_CREDENTIAL_FILE = re.compile(
    r"""(?ix)
      credentials? | secrets? | passw | (?:^|[-_.])tokens?(?:[-_.]|$)
    | \.(?:pem|key|p12|pfx|jks|kdbx)$
    | (?:^|[-_.])keys?(?:store|ring|file)?(?:[-_.]|$) | ^id_(?:rsa|dsa|ecdsa|ed25519)$
    | ^\.?(?:env|netrc|pgpass|htpasswd|npmrc|dockercfg)(?:\.|$) | ^kubeconfig
    | ^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$      # how cloudflared names them
    """
)
_PUBLIC_FILE = re.compile(r"(?i)\.pub$|(?:^|[-_.])public[-_.]|^(?:full)?chain\.pem$|^ca[-_.]")
LONGEST_PLACEHOLDER = 200
"""Characters: nobody leaves a longer text to be filled in."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_placeholder(text: str) -> bool:
    """Return whether nobody filled *text* in, or a public document printed it.

    `YOUR_TOKEN_HERE`, `<token>`, `${TOKEN}`, `changeme`, `your-team`, `...`, `op://vault/item`.
    """
    if len(text) > LONGEST_PLACEHOLDER:
        return False
    return bool(_PLACEHOLDER.fullmatch(text) or _SHOUTED.fullmatch(text))


def is_weak(text: str) -> bool:
    """Return whether *text* is no secret at all: blank, a word that everybody tries, `aaaa`."""
    return not text.strip() or _WEAK.fullmatch(text) is not None


def is_credential_name(name: str) -> bool:
    """Return whether the last part of *name* names a credential: `API_TOKEN`, `a.clientSecret`."""
    last = as_words(name)
    return _NAME.search(last) is not None and _HARMLESS_NAME.search(last) is None


def is_credential_file(path: str) -> bool:
    """Return whether a file of this name holds credentials: `1password-credentials.json`."""
    name = path.rsplit("/", 1)[-1]
    return _CREDENTIAL_FILE.search(name) is not None and _PUBLIC_FILE.search(name) is None


def as_words(name: str) -> str:
    """Return the last part of the path *name* with its words joined by `_`."""
    last = name.rsplit(".", 1)[-1].partition("[")[0]
    return _CAMEL.sub("_", last).replace("-", "_")
