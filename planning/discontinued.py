"""What Cloudflare's API took once and takes no longer, or will not from a day that is known."""

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Ended:
    """Requests to a *path* and all below it, which end on *day*, and what to do instead."""

    path: str
    day: date
    instead: str


SETTING = "/zones/{zone_id}/settings/"
ENDED = (
    Ended("/accounts/{account_id}/workers/namespaces", date(2026, 5, 12), "storage/kv/namespaces"),
    Ended("/accounts/{account_id}/teamnet/routes/network", date(2026, 10, 5), "routes by their id"),
    Ended("/zones/{zone_id}/firewall/rules", date(2025, 6, 15), "a ruleset of custom rules"),
    Ended("/zones/{zone_id}/filters", date(2025, 6, 15), "the expression of a rule"),
    Ended("/zones/{zone_id}/firewall/waf", date(2025, 6, 15), "managed rulesets"),
    Ended("/accounts/{account_id}/devices/revoke", date(2025, 11, 11), "registrations"),
    Ended(f"{SETTING}mirage", date(2026, 1, 31), "Cloudflare has it no more"),
    Ended(f"{SETTING}minify", date(2024, 8, 5), "Cloudflare has it no more"),
    Ended(f"{SETTING}mobile_redirect", date(2024, 6, 30), "a redirect rule"),
    Ended(f"{SETTING}brotli", date(2024, 6, 14), "it is on for every zone"),
    Ended(f"{SETTING}server_side_exclude", date(2024, 6, 14), "Cloudflare has it no more"),
)
"""Source: developers.cloudflare.com/fundamentals/api/reference/deprecations, 2026-11-29, and the
changes of its text (cloudflare-docs#30756, #31879, #26248). Routes of KV are deprecated since the
day named; when they end is not said."""

_PLACE = re.compile(r"{[^}]*}")


def ended(path: str) -> Ended | None:
    """Return what *path* is of that ended; `{name}` stands for any one part of it."""
    asked = f"{_PLACE.sub('{}', path)}/"
    return next((it for it in ENDED if asked.startswith(f"{_PLACE.sub('{}', it.path)}/")), None)
