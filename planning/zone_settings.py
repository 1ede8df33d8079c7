"""Settings of a zone: what each may be, what a new zone has, and which plan can change it.

Sources: the types of the `cloudflare` SDK 5.9.0 (names, values), the pages of each setting in
Cloudflare's documentation (plans), 2026-11-29.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planning.discontinued import SETTING, ended
from planning.plans import ZONE_PLANS, ZonePlan
from planning.refusals import RefusedError

YEAR = 31_536_000
"""Seconds. Lists of browsers that preload HSTS take no shorter time."""

HSTS_KEYS = ("enabled", "include_subdomains", "max_age", "nosniff", "preload")
"""What `security_header` has, all of it each time: what is left out counts as off."""

TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
ON_OFF = ("on", "off")

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
"""Ciphers of TLS 1.2 with forward secrecy and authenticated encryption: what Cloudflare names
modern. Those of TLS 1.3 cannot be chosen."""

OLDER_CIPHERS = (
    "AES128-GCM-SHA256",
    "AES128-SHA",
    "AES128-SHA256",
    "AES256-GCM-SHA384",
    "AES256-SHA",
    "AES256-SHA256",
    "DES-CBC3-SHA",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA384",
)
"""What Cloudflare takes beside, for old clients. Health checks lose some of them on 2027-02-01."""


@dataclass(frozen=True)
class Setting:
    """One setting of a zone."""

    first: Any
    """What a new zone has."""

    values: tuple[Any, ...] = ON_OFF
    """What it may be; empty where `check_value` looks at its form. Default: on and off."""

    plan: ZonePlan = "free"
    """Plan of the zone that can change it. Default: every plan can."""


_NO_HSTS = {
    "strict_transport_security": {
        "enabled": False,
        "include_subdomains": False,
        "max_age": 0,
        "nosniff": False,
        "preload": False,
    }
}

SETTINGS: Mapping[str, Setting] = {
    "0rtt": Setting("off"),
    "always_online": Setting("off"),
    "always_use_https": Setting("off"),
    "automatic_https_rewrites": Setting("on"),
    "browser_cache_ttl": Setting(14_400, ()),
    "browser_check": Setting("on"),
    "cache_level": Setting("aggressive", ("aggressive", "basic", "simplified")),
    "challenge_ttl": Setting(1800, ()),
    "ciphers": Setting([], ()),
    "development_mode": Setting("off"),
    "early_hints": Setting("off"),
    "email_obfuscation": Setting("on"),
    "h2_prioritization": Setting("off", ("on", "off", "custom"), "pro"),
    "hotlink_protection": Setting("off"),
    "http2": Setting("on"),
    "http3": Setting("on"),
    "ip_geolocation": Setting("on"),
    "ipv6": Setting("on"),
    "min_tls_version": Setting("1.0", TLS_VERSIONS),
    "opportunistic_encryption": Setting("on"),
    "opportunistic_onion": Setting("on"),
    "origin_error_page_pass_thru": Setting("off", plan="enterprise"),
    "polish": Setting("off", ("off", "lossless", "lossy"), "pro"),
    "prefetch_preload": Setting("off", plan="enterprise"),
    "privacy_pass": Setting("on"),
    "pseudo_ipv4": Setting("off", ("off", "add_header", "overwrite_header")),
    "response_buffering": Setting("off", plan="enterprise"),
    "rocket_loader": Setting("off"),
    "security_header": Setting(_NO_HSTS, ()),
    "security_level": Setting(
        "medium", ("off", "essentially_off", "low", "medium", "high", "under_attack")
    ),
    "sort_query_string_for_cache": Setting("off", plan="enterprise"),
    "ssl": Setting("full", ("off", "flexible", "full", "strict", "origin_pull")),
    "tls_1_3": Setting("on", ("on", "off", "zrt")),
    "tls_client_auth": Setting("off"),
    "true_client_ip_header": Setting("off", plan="enterprise"),
    "waf": Setting("off", plan="pro"),
    "webp": Setting("off", plan="pro"),
    "websockets": Setting("on"),
}
"""Settings that are known, by the names of the API."""


def setting(name: str) -> Setting:
    """Return what is known of the setting *name*; `RefusedError` names those there are."""
    if gone := ended(f"{SETTING}{name}"):
        raise RefusedError(f"{name} ended on {gone.day}: {gone.instead}; remove it")
    if name not in SETTINGS:
        raise RefusedError(f"{name} is no setting of a zone; known are {', '.join(SETTINGS)}")
    return SETTINGS[name]


def check_value(name: str, value: Any) -> None:
    """Refuse a *value* that the setting *name* cannot have. Raises `RefusedError`."""
    known = setting(name)
    if name == "security_header":
        _check_hsts(value)
    elif name == "ciphers":
        _check_ciphers(value)
    elif not known.values:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise RefusedError(f"{name} is {value!r}; it is a whole number of seconds")
    elif isinstance(value, bool) or value not in known.values:
        # On and off are texts: a switch of YAML is none.
        allowed = ", ".join(f'"{each}"' for each in known.values)
        raise RefusedError(f"{name} is {value!r}; it is one of {allowed}")


def can_change(name: str, plan: ZonePlan) -> bool:
    """Say whether a zone on *plan* can change the setting *name*."""
    return ZONE_PLANS.index(plan) >= ZONE_PLANS.index(setting(name).plan)


def hsts(
    *, max_age: int = YEAR, include_subdomains: bool = True, preload: bool = False
) -> dict[str, Any]:
    """Return the value of `security_header`: HSTS for *max_age* seconds, and `nosniff`."""
    header = {
        "enabled": True,
        "include_subdomains": include_subdomains,
        "max_age": max_age,
        "nosniff": True,
        "preload": preload,
    }
    return {"strict_transport_security": header}


def hsts_header(value: Mapping[str, Any]) -> str | None:
    """Return the header that `security_header` puts on answers; `None` where it is off."""
    told = value["strict_transport_security"]
    if not told["enabled"]:
        return None
    parts = [f"max-age={told['max_age']}"]
    parts += ["includeSubDomains"] if told["include_subdomains"] else []
    parts += ["preload"] if told["preload"] else []
    return "; ".join(parts)


def check_ciphers(ciphers: tuple[str, ...], minimum: str) -> None:
    """Refuse *ciphers* that are not modern, or that a *minimum* of TLS 1.3 never uses (PA-10)."""
    if ciphers and minimum == "1.3":
        raise RefusedError(
            "ciphers are of TLS 1.2, and the minimum is 1.3; leave them out, or take 1.2"
        )
    for cipher in ciphers:
        if cipher not in CIPHERS:
            raise RefusedError(f"{cipher} is none of {', '.join(CIPHERS)}")


def _check_ciphers(value: Any) -> None:
    known = {*CIPHERS, *OLDER_CIPHERS}
    if not isinstance(value, list) or not all(each in known for each in value):
        raise RefusedError(f"ciphers is {value!r}; it is a list of {', '.join(sorted(known))}")


def _check_hsts(value: Any) -> None:
    told = value.get("strict_transport_security") if isinstance(value, dict) else None
    if not isinstance(told, dict) or set(told) != set(HSTS_KEYS):
        raise RefusedError(
            f"security_header has strict_transport_security with {', '.join(HSTS_KEYS)}, each"
        )
    age = told["max_age"]
    if isinstance(age, bool) or not isinstance(age, int) or age < 0:
        raise RefusedError(f"max_age is {age!r}; it is a whole number of seconds")
    for name in set(HSTS_KEYS) - {"max_age"}:
        if not isinstance(told[name], bool):
            raise RefusedError(f"{name} of security_header is {told[name]!r}; it is true or false")


def check_preload(max_age: int, *, include_subdomains: bool, preload: bool) -> None:
    """Refuse HSTS that asks to be preloaded and could not be: a year, and all hosts below."""
    if preload and (max_age < YEAR or not include_subdomains):
        raise RefusedError(
            f"preload takes a max_age of {YEAR} seconds or more, and include_subdomains"
        )
