"""A zone speaks modern TLS on both sides, and only that."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.schema import Setting
from policies.pack.type_tokens import DNSSEC, HOSTNAME_TLS, UNIVERSAL_SSL, ZONE, ZONE_SETTING
from policies.pack.value import Value
from policies.rules.buckets import is_weak_cipher

SSL_URL = "https://developers.cloudflare.com/ssl/"
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
WANTED = {
    "always_use_https": ("on",),
    "tls_1_3": ("on", "zrt"),
    "automatic_https_rewrites": ("on",),
    "development_mode": ("off",),
    "browser_check": ("on",),
}
WEAK_SECURITY = ("off", "essentially_off")
SWITCHED_ON = ("waf", "replace_insecure_js", "server_side_exclude")
"""Older switches: off weakens the zone, absent is as the plan has it."""
HALF_YEAR, YEAR = 15_768_000, 31_536_000


@rule(
    "zone-ssl-strict",
    on=ZONE_SETTING,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy='Set ssl to "strict"; the origin needs a public certificate, or one of Cloudflare.',
    frameworks=("Prowler: zone_ssl_strict", "Cloudflare Security Insights"),
    url=f"{SSL_URL}origin-configuration/ssl-modes/full-strict/",
)
def zone_ssl_strict(setting: Resource) -> Findings:
    """Any other mode reaches the origin in the clear, or an origin that is not checked."""
    value = setting["value"]
    if setting["settingId"].equals("ssl") and value.differs("strict", "origin_pull"):
        yield value.problem(f"is {value}")


@rule(
    "zone-min-tls",
    on=(ZONE_SETTING, HOSTNAME_TLS),
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Set min_tls_version to 1.2 or 1.3.",
    frameworks=("Prowler: zone_min_tls_version_secure", "turbot: Cloudflare compliance"),
    url=f"{SSL_URL}edge-certificates/additional-options/minimum-tls/",
    settings={
        "minimum": Setting(
            {"type": "string", "enum": list(TLS_VERSIONS)}, "1.2", "Lowest version accepted."
        )
    },
)
def zone_min_tls(setting: Resource, settings: Settings) -> Findings:
    """A visitor who may fall back to an old version can be made to."""
    value, minimum = setting["value"], settings["minimum"]
    accepted = TLS_VERSIONS[TLS_VERSIONS.index(minimum) :]
    if setting["settingId"].equals("min_tls_version") and value.differs(*accepted):
        yield value.problem(f"is {value}; at least {minimum} is wanted")


@rule(
    "zone-https-only",
    on=(ZONE_SETTING, HOSTNAME_TLS, UNIVERSAL_SSL, ZONE),
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Set it to the value that the documents of Cloudflare recommend for every zone.",
    frameworks=("Prowler: seven zone checks", "Cloudflare Security Insights"),
    url=f"{SSL_URL}edge-certificates/additional-options/always-use-https/",
)
def zone_https_only(subject: Resource) -> Findings:
    """Plain HTTP, a paused zone and a switched-off check are what attackers hope for."""
    if subject.type == ZONE:
        if subject["paused"].is_true:
            yield subject["paused"].problem("is true: traffic goes round Cloudflare")
    elif subject.type == UNIVERSAL_SSL:
        if subject["enabled"].is_false:
            yield subject["enabled"].problem("is false: hosts lose their certificate")
    else:
        yield from _setting(subject)


def _setting(setting: Resource) -> Findings:
    name, value = setting["settingId"].text() or "", setting["value"]
    if name in WANTED and value.differs(*WANTED[name]):
        yield value.problem(f"of {name} is {value}; wanted: {' or '.join(WANTED[name])}")
    elif name == "security_level" and value.equals(*WEAK_SECURITY):
        yield value.problem(f"of {name} is {value}")
    elif name == "0rtt" and value.equals("on"):
        yield value.advice("of 0rtt is on: a request may be replayed")
    elif name in SWITCHED_ON and value.equals("off"):
        yield value.problem(f"of {name} is {value}")
    elif name == "ciphers":
        yield from _weak_ciphers(value)


def _weak_ciphers(ciphers: Value) -> Findings:
    for cipher in ciphers.items():
        if is_weak_cipher(cipher.text() or ""):
            yield cipher.problem(f"is {cipher}, without authenticated encryption")


@rule(
    "zone-hsts",
    on=ZONE_SETTING,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set strict_transport_security: enabled, include_subdomains, a max_age of a year.",
    frameworks=("Prowler: zone_hsts_enabled", "OWASP ASVS 14.4.5"),
    url=f"{SSL_URL}edge-certificates/additional-options/http-strict-transport-security/",
    settings={
        "minAgeSeconds": schema.number("Shortest max_age, in seconds.", HALF_YEAR, production=YEAR)
    },
)
def zone_hsts(setting: Resource, settings: Settings) -> Findings:
    """Without HSTS the first request of a visit may be taken over before it reaches TLS."""
    if not setting["settingId"].equals("security_header"):
        return
    hsts = setting["value"]["strict_transport_security"]
    for key in ("enabled", "include_subdomains"):
        if hsts[key].is_not_true:
            yield hsts[key].problem("is not true")
    age = hsts["max_age"]
    if age.known and (age.number() or 0) < settings["minAgeSeconds"]:
        yield age.problem(f"is {age}; at least {settings['minAgeSeconds']:.0f} is wanted")


@rule(
    "zone-dnssec",
    on=DNSSEC,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy='Set status to "active", and enter the DS record at the registrar.',
    frameworks=("Prowler: zone_dnssec_enabled", "turbot: Cloudflare compliance"),
    url="https://developers.cloudflare.com/dns/dnssec/",
)
def zone_dnssec(dnssec: Resource) -> Findings:
    """Unsigned answers of the DNS can be forged."""
    if dnssec["status"].differs("active"):
        yield dnssec["status"].problem(f"is {dnssec['status']}")
