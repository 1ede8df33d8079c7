"""R2 buckets are reached only by whom and how somebody decided."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.tokens import R2_CORS, R2_CUSTOM_DOMAIN, R2_LIFECYCLE, R2_MANAGED_DOMAIN
from policies.pack.value import Value

READING = ("GET", "HEAD")
LOCAL = ("http://localhost", "http://127.0.0.1", "http://[::1]")
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
            if text in ("*", "null"):
                yield origin.problem(f"is {origin}: any page may use the bucket")
            elif text.startswith("http://") and not _is_local(text):
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
        if "*" not in allowed["origins"].texts():
            continue
        if any(method not in READING for method in allowed["methods"].texts()):
            yield allowed["methods"].problem('lets origin "*" write')
        elif "*" in allowed["headers"].texts():
            yield allowed.problem('lets origin "*" send headers "*"')


def _allowed(cors: Resource) -> list[Value]:
    return [each["allowed"] for each in cors["rules"].items()]


def _is_local(origin: str) -> bool:
    return any(origin == local or origin.startswith(f"{local}:") for local in LOCAL)


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
    remedy="Declare it under publicBuckets if it is meant to be public; set minTls to 1.2 or 1.3.",
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
        if deletes and each["conditions"]["prefix"].empty:
            yield each.problem("deletes objects under every prefix")
