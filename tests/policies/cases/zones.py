"""Zones and their records as they should be, and what breaks them."""

from policies.pack.type_tokens import (
    DNS_RECORD,
    DNSSEC,
    HOSTNAME_TLS,
    UNIVERSAL_SSL,
    ZONE,
    ZONE_SETTING,
)
from tests.policies.support import ABSENT, Case


def setting(rule: str, kind: str, name: str, values: tuple[str, ...], **settings: str) -> Case:
    good, *bad = values
    props = {"settingId": name, "value": good}
    return Case(rule, kind, props, [("value", value) for value in bad], settings=settings)


HSTS = {
    "settingId": "security_header",
    "value": {
        "strict_transport_security": {
            "enabled": True,
            "max_age": 31_536_000,
            "include_subdomains": True,
        }
    },
}
HEADER = "value.strict_transport_security"
RECORD = {"name": "connect.chitty.cc", "type": "CNAME", "content": "origin.example.net"}
PROXIED = {**RECORD, "proxied": True}

CASES = [
    setting("zone-ssl-strict", ZONE_SETTING, "ssl", ("strict", "full", "flexible", "off")),
    setting("zone-min-tls", ZONE_SETTING, "min_tls_version", ("1.2", "1.0", "1.1")),
    setting("zone-min-tls", HOSTNAME_TLS, "min_tls_version", ("1.2", "1.0", "1.1")),
    setting("zone-min-tls", HOSTNAME_TLS, "min_tls_version", ("1.3", "1.2"), minimum="1.3"),
    *[
        setting("zone-https-only", ZONE_SETTING, name, (good, bad))
        for name, good, bad in (
            ("always_use_https", "on", "off"),
            ("tls_1_3", "zrt", "off"),
            ("automatic_https_rewrites", "on", "off"),
            ("development_mode", "off", "on"),
            ("browser_check", "on", "off"),
            ("security_level", "medium", "essentially_off"),
            ("0rtt", "off", "on"),
        )
    ],
    Case("zone-https-only", UNIVERSAL_SSL, {"enabled": True}, [("enabled", False)]),
    Case("zone-https-only", ZONE, {"paused": False}, [("paused", True)]),
    Case(
        "zone-hsts",
        ZONE_SETTING,
        HSTS,
        [
            (f"{HEADER}.enabled", False),
            (f"{HEADER}.max_age", 86_400),
            (f"{HEADER}.max_age", ABSENT),
            (f"{HEADER}.include_subdomains", ABSENT),
        ],
    ),
    Case("zone-dnssec", DNSSEC, {"status": "active"}, [("status", "disabled"), ("status", ABSENT)]),
    Case("dns-proxied", DNS_RECORD, PROXIED, [("proxied", False), ("proxied", ABSENT)]),
    Case(
        "dns-proxied",
        DNS_RECORD,
        {**RECORD, "name": "_acme-challenge.connect.chitty.cc", "proxied": False},
        [("name", "connect.chitty.cc")],
    ),
    Case(
        "dns-tunnel-proxied",
        DNS_RECORD,
        {**PROXIED, "content": "0a.cfargotunnel.com"},
        [("proxied", False), ("proxied", ABSENT)],
    ),
    Case(
        "dns-tunnel-proxied",
        DNS_RECORD,
        {**RECORD, "proxied": False},
        [("content", "0a.CFargotunnel.com.")],
    ),
    *[
        Case(
            "dns-no-internal-ip",
            DNS_RECORD,
            {"type": kind, "name": "a.chitty.cc", "content": good},
            [("content", bad) for bad in bads],
        )
        for kind, good, bads in (
            ("A", "203.0.114.1", ("10.0.0.1", "127.0.0.1", "169.254.1.1", "100.64.0.1")),
            ("AAAA", "2606:4700::1", ("fd00::1", "::1", "fe80::1")),
        )
    ],
    Case(
        "dns-no-wildcard-or-dangling",
        DNS_RECORD,
        RECORD,
        [
            ("name", "*.chitty.cc"),
            ("content", "pub-1.r2.dev"),
            ("content", "x.workers.dev"),
            ("content", "someone.github.io"),
        ],
        settings={"allowedTargets": ["chitty.github.io"], "wildcards": ["*.lab.chitty.cc"]},
    ),
    Case(
        "dns-no-wildcard-or-dangling",
        DNS_RECORD,
        {"type": "CNAME", "name": "*.lab.chitty.cc", "content": "chitty.github.io"},
        [("name", "*.chitty.cc"), ("content", "other.github.io")],
        settings={"allowedTargets": ["chitty.github.io"], "wildcards": ["*.lab.chitty.cc"]},
    ),
    Case(
        "dns-mail-policy",
        DNS_RECORD,
        {"type": "TXT", "name": "chitty.cc", "content": "v=spf1 mx ~all"},
        [("content", "v=spf1 mx +all")],
    ),
    Case(
        "dns-proxied",
        DNS_RECORD,
        {"type": "HTTPS", "name": "chitty.cc", "data": {"value": 'alpn="h3"'}},
        [("data.value", 'ipv4hint="203.0.114.5"')],
    ),
    Case(
        "dns-no-wildcard-or-dangling",
        DNS_RECORD,
        {"type": "SRV", "name": "_x._tcp.chitty.cc", "data": {"target": "a.chitty.cc"}},
        [("data.target", "a.github.io")],
    ),
]
