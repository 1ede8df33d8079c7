"""What leaves Cloudflare, logs and queries, goes by TLS and to whom somebody chose."""

from policies.pack.finding import Findings
from policies.pack.hosts import host_of, is_inner
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Severity, rule
from policies.pack.type_tokens import HYPERDRIVE, LOGPUSH_JOB

UNVERIFIED = ("disable", "allow", "prefer")


@rule(
    "logpush-encrypted",
    on=LOGPUSH_JOB,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Send the logs by https to a host on the internet, all of them, and keep the job on.",
    frameworks=("OWASP ASVS 7.3", "CIS: log delivery"),
    url="https://developers.cloudflare.com/logs/logpush/",
)
def logpush_encrypted(job: Resource) -> Findings:
    """Logs hold addresses, paths and headers of every visitor; in clear they are for everybody."""
    destination = job["destinationConf"]
    text = (destination.text() or "").strip().lower()
    if text.startswith("http://"):
        yield destination.problem("is plain http")
    elif text.startswith("https://") and is_inner(host_of(text)):
        yield destination.problem("is an inner address, which Cloudflare cannot reach")
    if job["enabled"].is_false:
        yield job["enabled"].problem("is false: no logs are kept")
    rate = job["outputOptions"]["sampleRate"]
    if rate.number() == 0:
        yield rate.problem("is 0: no logs are kept")


@rule(
    "hyperdrive-verified",
    on=HYPERDRIVE,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Set mtls.sslmode to verify-full (or require), and name the certificate authority.",
    frameworks=("OWASP ASVS 9.2.1",),
    url="https://developers.cloudflare.com/hyperdrive/configuration/tls-ssl-certificates-for-hyperdrive/",
)
def hyperdrive_verified(hyperdrive: Resource) -> Findings:
    """A database reached without TLS is read by whoever carries the packets."""
    mode = hyperdrive["mtls"]["sslmode"]
    if mode.equals(*UNVERIFIED):
        yield mode.problem(f"is {mode}")
