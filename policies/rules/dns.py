"""DNS records show no origin, no inner address, and nothing that somebody else may take over."""

import re

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.hosts import is_claimable, is_inner
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import DNS_RECORD
from policies.pack.value import Value

DNS_URL = "https://developers.cloudflare.com/dns/"
ADDRESSES = ("A", "AAAA")
TUNNELS = ".cfargotunnel.com"
LEADS_BY = {
    "CNAME": "content",
    "DNAME": "content",
    "NS": "content",
    "MX": "content",
    "SRV": "data.target",
    "HTTPS": "data.target",
    "SVCB": "data.target",
    "URI": "data.target",
}
"""Types of records that name another host, and where."""

HINTS = re.compile(r"(?i)\bipv[46]hint=")
OPEN_SPF = re.compile(r"(?i)^v=spf1\b.*(?:^|\s)[+?]?all\b")
IDLE_DMARC = re.compile(r"(?i)^v=dmarc1\b.*;\s*p\s*=\s*none\b")


def _type(record: Resource) -> str:
    return (record["type"].text() or "").strip().upper()


def _content(record: Resource) -> str:
    return (record["content"].text() or "").strip().strip('"').lower().rstrip(".")


def _target(record: Resource) -> Value:
    """Return where a record leads; absent for a type that leads nowhere."""
    place = record.props
    for key in LEADS_BY.get(_type(record), "content").split("."):
        place = place[key]
    return place


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
            "First words of names that mail, certificates and the like need in the open.",
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
    if not record["name"].known or not record["type"].known:
        return
    name = (record["name"].text() or "").lower()
    is_web = _type(record) in (*ADDRESSES, "CNAME")
    listed = any(_is_called(name, each) for each in settings["unproxied"])
    if listed or "._domainkey" in name or "_acme-challenge" in name:
        return
    if is_web and record["proxied"].is_not_true:
        yield record["proxied"].problem("is not true")
    hints = record["data"]["value"]
    if _type(record) in ("HTTPS", "SVCB") and HINTS.search(hints.text() or ""):
        yield hints.problem("holds an address, past the proxy")


def _is_called(name: str, listed: str) -> bool:
    """Return whether *name* is *listed*, or its first label is that word: `mail2`, `mail-eu`."""
    first = name.partition(".")[0]
    rest = first.removeprefix(listed)
    begins = first != rest and (listed == "_" or not rest or not rest[0].isalpha())
    return name == listed or begins


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
    private = record["privateRouting"].is_true and record["proxied"].is_true
    if not private and _type(record) in (*ADDRESSES, *LEADS_BY) and is_inner(_content(record)):
        yield record["content"].problem(f"is {record['content']}, an inner address")


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
    name = (record["name"].text() or "").strip()
    if name.startswith("*") and name not in settings["wildcards"]:
        yield record["name"].problem(f"is {record['name']}")
    target = _target(record)
    host = (target.text() or "").strip().lower().rstrip(".")
    leads = _type(record) in LEADS_BY and host not in settings["allowedTargets"]
    if leads and is_claimable(host):
        yield target.problem(f"is {target}, where others may claim names")


@rule(
    "dns-mail-policy",
    on=DNS_RECORD,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="End the SPF record by -all or ~all; have DMARC quarantine or reject.",
    frameworks=("Prowler: zone_record_spf_exists, dmarc", "RFC 7208", "RFC 7489"),
    url="https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/",
)
def dns_mail_policy(record: Resource) -> Findings:
    """A policy for mail that lets everybody send in the name of the domain is an invitation."""
    if _type(record) != "TXT":
        return
    if OPEN_SPF.search(_content(record)):
        yield record["content"].problem("lets everybody send mail in the name of the domain")
    elif IDLE_DMARC.search(_content(record)):
        yield record["content"].advice("asks nobody to refuse forged mail (p=none)")
