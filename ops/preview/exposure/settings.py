"""Settings of a zone and of single hosts that guard who asks: from the weakest value to the best.

Needs nothing but Python.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ops.preview.inputs import at, listed
from ops.preview.plan_steps import Step
from ops.preview.shown_values import Told, tell

ON = ("off", "on")
OFF = ("on", "off")

LEVELS: Mapping[str, tuple[str, ...]] = {
    "0rtt": OFF,
    "always_use_https": ON,
    "automatic_https_rewrites": ON,
    "browser_check": ON,
    "email_obfuscation": ON,
    "hotlink_protection": ON,
    "min_tls_version": ("1.0", "1.1", "1.2", "1.3"),
    "security_level": ("off", "essentially_off", "low", "medium", "high", "under_attack"),
    "ssl": ("off", "flexible", "full", "strict", "origin_pull"),
    "tls_1_3": ("off", "zrt", "on"),
    "tls_client_auth": ON,
    "waf": ON,
    "websockets": OFF,
}
"""Values of a setting, from what lets in most; `zrt` takes requests that may be repeated."""

NO_GUARD: Mapping[str, str] = {
    "always_online": "shows pages that were public already",
    "browser_cache_ttl": "is about copies that a visitor has anyway",
    "cache_level": "is about which addresses share a copy",
    "challenge_ttl": "is how long a visitor who passed is not asked again",
    "development_mode": "turns the cache off for three hours",
    "early_hints": "is speed",
    "h2_prioritization": "is speed",
    "http2": "is a protocol for who gets in anyway",
    "http3": "is a protocol for who gets in anyway",
    "ip_geolocation": "is a header for the origin",
    "ipv6": "is a protocol for who gets in anyway",
    "opportunistic_encryption": "is a protocol for who gets in anyway",
    "opportunistic_onion": "is a way for who gets in anyway",
    "origin_error_page_pass_thru": "is which page of an error is shown",
    "polish": "is speed",
    "prefetch_preload": "is speed",
    "privacy_pass": "is no longer asked",
    "pseudo_ipv4": "is a header for the origin",
    "response_buffering": "is speed",
    "rocket_loader": "is speed",
    "sort_query_string_for_cache": "is about which addresses share a copy",
    "true_client_ip_header": "is a header for the origin",
    "webp": "is speed",
}
"""Settings that let nobody in or out, and why."""

SAFE = {"min_tls_version": "1.2", "security_level": "medium", "ssl": "strict"}
"""What a setting may begin with without a word, where that is not its best value."""

HSTS = "strict_transport_security"
OWN = "the zone has what it had before this stack"
HOST = "the host has what its zone has"


def zone_setting(step: Step) -> Told | None:
    """Say whether a setting of a zone lets in more or fewer than before."""
    return _of(step, step.after or step.before, OWN)


def signatures(step: Step) -> Told | None:
    """Say whether answers of DNS are signed no longer."""
    was, will = step.before.get("status"), step.after.get("status")
    if step.op == "delete" or (was == "active" and will != was):
        return f"answers of its DNS are signed no longer by this stack: {OWN}"
    return None


def host_setting(step: Step) -> Told | None:
    """Say whether TLS of a single host lets in more or fewer than before."""
    return _of(step, step.after or step.before, HOST)


def _of(step: Step, inputs: Mapping[str, Any], otherwise: str) -> Told | None:
    name = str(inputs.get("settingId"))
    host = inputs.get("hostname")
    where = f"{name} of {host}" if host else name
    before, after = step.before.get("value"), step.after.get("value")
    if name in NO_GUARD:
        return None
    if step.op == "delete":
        return lambda: f"{tell(where)} is {_shown(before)} no longer: {otherwise}"
    if before == after:
        return None
    compare = COMPARED.get(name, _by_level)
    change = compare(name, before, after)
    if change is None:
        return None
    return lambda: f"{change}: {tell(where)} is {_shown(after)}, {_was(before)}"


def _was(before: object) -> str:
    return "whatever it was" if before is None else f"{_shown(before)} before"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(tell, value[:3])) + (" …" if len(value) > len(value[:3]) else "")
    return tell(value)


WEAKER, STRONGER, OTHER = "lets in more", "lets in fewer", "lets in others"


def _by_level(name: str, before: object, after: object) -> str | None:
    levels = LEVELS.get(name, ())
    if after not in levels:
        return OTHER  # a setting or a value that nobody has thought of, secret or known later
    if before is None:
        safe = SAFE.get(name, levels[-1])
        return WEAKER if levels.index(str(after)) < levels.index(safe) else None
    if before not in levels:
        return OTHER
    return WEAKER if levels.index(str(after)) < levels.index(str(before)) else STRONGER


def _ciphers(_name: str, before: object, after: object) -> str | None:
    if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
        return OTHER
    if before is None:
        return None if after else WEAKER  # a list that is named stands for an intent
    old = {str(each) for each in listed(before)}
    if not after or (old and set(after) - old):
        return WEAKER  # none is Cloudflare's own list, which is the longest
    return STRONGER


def _hsts(_name: str, before: object, after: object) -> str | None:
    if not isinstance(after, Mapping):
        return OTHER
    was, will = ([at(each, f"{HSTS}.{key}") for key in HSTS_KEYS] for each in (before, after))
    pairs = [(_number(old), _number(new)) for old, new in zip(was, will, strict=True)]
    if before is None:
        return WEAKER if not will[0] else None
    if any(new < old for old, new in pairs):
        return WEAKER
    return STRONGER if pairs else None


HSTS_KEYS = ("enabled", "include_subdomains", "max_age", "nosniff", "preload")


def _number(value: object) -> float:
    return float(value) if isinstance(value, (bool, int, float)) else 0.0


COMPARED: Mapping[str, Callable[[str, object, object], str | None]] = {
    "ciphers": _ciphers,
    "security_header": _hsts,
}
"""Settings whose values are no plain words."""
