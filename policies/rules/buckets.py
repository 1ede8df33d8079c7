"""R2 buckets are reached only by whom and how somebody decided."""

from policies.pack import clock, schema
from policies.pack.finding import Findings
from policies.pack.hosts import allows_everybody, is_plain
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import (
    R2_CORS,
    R2_CUSTOM_DOMAIN,
    R2_LIFECYCLE,
    R2_LOCK,
    R2_MANAGED_DOMAIN,
)
from policies.pack.value import Value

READING = ("GET", "HEAD")
DAY = 86_400
"""Seconds, in which R2 counts ages."""

STRONG_CIPHERS = ("GCM", "CHACHA20", "AEAD")
PUBLIC_URL = "https://developers.cloudflare.com/r2/buckets/public-buckets/"
CORS_URL = "https://developers.cloudflare.com/r2/buckets/cors/"


@rule(
    "r2-no-wildcard-cors",
    on=R2_CORS,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Name the https origins that may use the bucket from a browser.",
    frameworks=("KICS: S3 unsecured CORS", "OWASP ASVS 14.5.3"),
    url=CORS_URL,
)
def r2_no_wildcard_cors(cors: Resource) -> Findings:
    """A bucket open to every origin is read by any page that holds the address of an object."""
    for allowed in _allowed(cors):
        for origin in allowed["origins"].items():
            text = origin.text() or ""
            if allows_everybody(text):
                yield origin.problem(f"is {origin}: any page may use the bucket")
            elif is_plain(text):
                yield origin.problem(f"is {origin}: without TLS anybody on the way may")


@rule(
    "r2-no-wildcard-write-cors",
    on=R2_CORS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Name the https origins that may write, or take writing methods and `*` headers away.",
    frameworks=("KICS: S3 unsecured CORS", "OWASP ASVS 14.5.3"),
    url=CORS_URL,
)
def r2_no_wildcard_write_cors(cors: Resource) -> Findings:
    """A bucket that every origin may write to, or send any header to, is open to every page."""
    for allowed in _allowed(cors):
        if not any(map(allows_everybody, allowed["origins"].texts())):
            continue
        methods = [method.strip().upper() for method in allowed["methods"].texts()]
        if any(method not in READING for method in methods):
            yield allowed["methods"].problem("lets every origin write")
        elif any(header.strip() == "*" for header in allowed["headers"].texts()):
            yield allowed.problem("lets every origin send any header")


def _allowed(cors: Resource) -> list[Value]:
    return [each["allowed"] for each in cors["rules"].items()]


@rule(
    "r2-no-dev-url",
    on=R2_MANAGED_DOMAIN,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set enabled to false and publish through a custom domain, or not at all.",
    frameworks=("Cloudflare R2: public buckets",),
    url=PUBLIC_URL,
)
def r2_no_dev_url(domain: Resource) -> Findings:
    """The r2.dev address of a bucket goes round the zone's firewall and Access."""
    if domain["enabled"].is_true:
        yield domain["enabled"].problem("is true")


@rule(
    "r2-public-bucket-declared",
    on=R2_CUSTOM_DOMAIN,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Declare it under publicBuckets if it is meant; set minTls to 1.2 or 1.3, no ciphers.",
    frameworks=("Cloudflare R2: public buckets", "awsguard: public buckets"),
    url=PUBLIC_URL,
    settings={"publicBuckets": schema.texts("Buckets that are public on purpose.")},
)
def r2_public_bucket_declared(domain: Resource, settings: Settings) -> Findings:
    """A custom domain makes a whole bucket public, which somebody must have decided."""
    if not domain["enabled"].is_not_false:
        return
    bucket, min_tls = domain["bucketName"], domain["minTls"]
    if bucket.known and bucket.text() not in settings["publicBuckets"]:
        yield bucket.problem(f"is {bucket}, which is not declared as public")
    if min_tls.differs("1.2", "1.3"):
        yield min_tls.problem("is missing (1.0 then) or below 1.2")
    for cipher in domain["ciphers"].items():
        if is_weak_cipher(cipher.text() or ""):
            yield cipher.problem(f"is {cipher}, without authenticated encryption")


def is_weak_cipher(name: str) -> bool:
    """Return whether a cipher suite has no authenticated encryption, or a broken one."""
    known = name.upper()
    return bool(known) and not any(strong in known for strong in STRONG_CIPHERS)


@rule(
    "r2-lifecycle-not-total",
    on=R2_LIFECYCLE,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Give the rule a prefix, or declare the bucket under ephemeral.",
    frameworks=("Cloudflare R2: object lifecycles",),
    url="https://developers.cloudflare.com/r2/buckets/object-lifecycles/",
    settings={"ephemeral": schema.texts("Buckets whose whole content may expire.")},
)
def r2_lifecycle_not_total(lifecycle: Resource, settings: Settings) -> Findings:
    """A deletion rule without a prefix deletes everything that the bucket holds."""
    bucket = lifecycle["bucketName"]
    if not bucket.known or bucket.text() in settings["ephemeral"]:
        return
    for each in lifecycle["rules"].items():
        deletes = each["enabled"].is_not_false and each["deleteObjectsTransition"].present
        prefix = each["conditions"]["prefix"]
        if deletes and (prefix.empty or (prefix.text() or "x").strip() in ("", "*")):
            yield each.problem("deletes objects under every prefix")


@rule(
    "r2-lifecycle-not-at-once",
    on=R2_LIFECYCLE,
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="State the age in seconds, a day (86400) or more, or a date that is still to come.",
    frameworks=("Cloudflare R2: object lifecycles", "terraform-provider-cloudflare#6350"),
    url="https://developers.cloudflare.com/r2/buckets/object-lifecycles/",
)
def r2_lifecycle_not_at_once(lifecycle: Resource) -> Findings:
    """A deletion by an age of 0, days taken for seconds, or a past date empties a bucket today."""
    for each in lifecycle["rules"].items():
        if not each["enabled"].is_not_false:
            continue
        deletion = each["deleteObjectsTransition"]
        if deletion.known and not deletion.absent:
            yield from _at_once(deletion["condition"])
        aborts = each["abortMultipartUploadsTransition"]
        if aborts.known and not aborts.absent:
            yield from _too_young(aborts["condition"]["maxAge"], "ends uploads")


def _at_once(condition: Value) -> Findings:
    date, age = condition["date"], condition["maxAge"]
    by_date = condition["type"].equals("Date") or (age.absent and date.present)
    if not by_date:
        yield from _too_young(age, "deletes")
    elif date.known:
        day = clock.day(date.text())
        if day is None:
            yield date.problem("is missing or no day: what it deletes is anybody's guess")
        elif day <= clock.today():
            yield date.problem(f"is {date}, which is past: it deletes at once")


def _too_young(age: Value, does: str) -> Findings:
    if not age.known:
        return
    seconds = age.number()
    if seconds is None:
        yield age.problem(f"is missing: it {does} at once")
    elif seconds < DAY:
        yield age.problem(f"is {age} seconds: it {does} what is younger than a day")


@rule(
    "r2-lock-holds",
    on=R2_LOCK,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Enable the rule, and give it a retention that has not passed.",
    frameworks=("Cloudflare R2: bucket locks",),
    url="https://developers.cloudflare.com/r2/buckets/bucket-locks/",
)
def r2_lock_holds(lock: Resource) -> Findings:
    """A lock that is off, empty or over reads like protection and is none."""
    rules = lock["rules"]
    if rules.empty:
        yield rules.problem("is empty: nothing is locked")
    for each in rules.items():
        condition = each["condition"]
        if each["enabled"].is_not_true:
            yield each["enabled"].problem("is not true: nothing is locked")
        elif condition["type"].equals("Date") and condition["date"].known:
            day = clock.day(condition["date"].text())
            if day is None or day <= clock.today():
                yield condition["date"].problem("is no day to come: nothing is locked")
        elif condition["type"].equals("Age", None):
            age = condition["maxAgeSeconds"]
            if age.known and (age.number() or 0) < DAY:
                yield age.problem("is missing or less than a day: nothing stays locked")
