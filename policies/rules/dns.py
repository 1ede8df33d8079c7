"""DNS records show no origin, no inner address, and nothing that somebody else may take over."""

import ipaddress
import re

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, PRODUCTION, Settings, Severity, rule
from policies.pack.tokens import DNS_RECORD

DNS_URL = "https://developers.cloudflare.com/dns/"
ADDRESSES = ("A", "AAAA")
TUNNELS = ".cfargotunnel.com"
SHARED_NAT = ipaddress.ip_network("100.64.0.0/10")
TAKEOVER = [
    "r2.dev",
    "workers.dev",
    "pages.dev",
    "github.io",
    "herokuapp.com",
    "herokudns.com",
    "azurewebsites.net",
    "cloudapp.net",
    "cloudapp.azure.com",
    "trafficmanager.net",
    "s3.amazonaws.com",
    "elasticbeanstalk.com",
    "netlify.app",
    "vercel.app",
    "surge.sh",
    "readthedocs.io",
    "ghost.io",
    "fastly.net",
    "bitbucket.io",
]


def _content(record: Resource) -> str:
    return (record["content"].text() or "").lower().rstrip(".")


@rule(
    "dns-proxied",
    on=DNS_RECORD,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set proxied to true, or declare the name under unproxied.",
    frameworks=("Prowler: dns_record_proxied", "Cloudflare Security Insights"),
    url=f"{DNS_URL}proxy-status/",
    settings={
        "unproxied": schema.texts(
            "Names, or beginnings of names, that mail, certificates and the like need in the open.",
            "_",
            "mail",
            "smtp",
            "imap",
            "autodiscover",
            "autoconfig",
        )
    },
)
def dns_proxied(record: Resource, settings: Settings) -> Findings:
    """An unproxied record tells everybody where the origin is, past every protection."""
    name = record["name"].text() or ""
    first, proxied = re.split(r"[.]", name, maxsplit=1)[0], record["proxied"]
    listed = any(first.startswith(each) or name == each for each in settings["unproxied"])
    is_web = record["type"].equals(*ADDRESSES, "CNAME") and record["name"].known
    domain_key = "._domainkey" in name or "_acme-challenge" in name
    if is_web and proxied.is_not_true and not (listed or domain_key):
        yield proxied.problem("is not true")


@rule(
    "dns-tunnel-proxied",
    on=DNS_RECORD,
    severity=Severity.HIGH,
    levels=ALWAYS,
    remedy="Set proxied to true.",
    frameworks=("Cloudflare Tunnel: DNS records",),
    url=f"{DNS_URL}proxy-status/",
)
def dns_tunnel_proxied(record: Resource) -> Findings:
    """A tunnel is reached through the proxy only; an unproxied record shows its identifier."""
    if _content(record).endswith(TUNNELS) and record["proxied"].is_not_true:
        yield record["proxied"].problem("is not true while the record leads to a tunnel")


@rule(
    "dns-no-internal-ip",
    on=DNS_RECORD,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Reach inner hosts through a tunnel; take the address out of the public DNS.",
    frameworks=("Prowler: dns_record_no_internal_ip",),
    url=DNS_URL,
)
def dns_no_internal_ip(record: Resource) -> Findings:
    """An inner address in the public DNS tells the layout of the network, or leads nowhere."""
    if record["type"].equals(*ADDRESSES) and _is_internal(_content(record)):
        yield record["content"].problem(f"is {record['content']}, an inner address")


def _is_internal(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    shared = address.version == 4 and address in SHARED_NAT  # noqa: PLR2004
    return address.is_private or address.is_loopback or address.is_link_local or shared


@rule(
    "dns-no-wildcard-or-dangling",
    on=DNS_RECORD,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Name the hosts; point records at hosts that this stack owns, or declare the target.",
    frameworks=("Prowler: dns_record_no_wildcard", "Cloudflare Security Insights: dangling DNS"),
    url=DNS_URL,
    settings={
        "allowedTargets": schema.texts("Hosts of others that records may point at."),
        "wildcards": schema.texts("Wildcard names that are meant."),
    },
)
def dns_no_wildcard_or_dangling(record: Resource, settings: Settings) -> Findings:
    """A wildcard, or a name that points at a host anybody may claim, is a subdomain to be taken."""
    name = record["name"].text() or ""
    if name.startswith("*") and name not in settings["wildcards"]:
        yield record["name"].problem(f"is {record['name']}")
    target = _content(record)
    claimed = record["type"].equals("CNAME") and target not in settings["allowedTargets"]
    if claimed and any(target.endswith(f".{suffix}") for suffix in TAKEOVER):
        yield record["content"].problem(f"is {record['content']}, where others may claim names")
