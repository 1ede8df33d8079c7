"""R2 buckets are reached only by whom and how somebody decided."""

from pack.finding import Findings
from pack.resource import Resource
from pack.rule import ALWAYS, PRODUCTION, Severity, rule
from pack.tokens import R2_CORS
from pack.value import Value

READING = ("GET", "HEAD")
LOCAL = ("http://localhost", "http://127.0.0.1", "http://[::1]")
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
        writing = [method for method in allowed["methods"].texts() if method not in READING]
        if writing:
            yield allowed.problem(f'lets origin "*" use {", ".join(writing)}')
        elif "*" in allowed["headers"].texts():
            yield allowed.problem('lets origin "*" send headers "*"')


def _allowed(cors: Resource) -> list[Value]:
    return [each["allowed"] for each in cors["rules"].items()]


def _is_local(origin: str) -> bool:
    return any(origin == local or origin.startswith(f"{local}:") for local in LOCAL)
