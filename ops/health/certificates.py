"""How much of its lifetime the certificate of an address has left (PA-10)."""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

OVERDUE = 0.15
"""Share of a lifetime. Lifetimes differ (14 to 90 days, and get shorter), so days say little; what
renews itself does so earlier than this, whichever lifetime it has."""

DAY = 86_400


@dataclass(frozen=True)
class Certificate:
    """From when to when a certificate holds, in seconds since 1970."""

    begins: float
    ends: float

    def left(self, now: float) -> float:
        """Return which share of its lifetime is left at *now*, 0 to 1."""
        return min(1.0, max(0.0, (self.ends - now) / (self.ends - self.begins)))

    def overdue(self, now: float) -> str:
        """Say that it should have been renewed by *now*; "" where it need not have been."""
        left = self.left(now)
        if left >= OVERDUE:
            return ""
        days, lifetime = (self.ends - now) / DAY, (self.ends - self.begins) / DAY
        return (
            f"its certificate has {left:.0%} of its lifetime left ({days:.0f} of {lifetime:.0f} "
            f"days), and is renewed before {OVERDUE:.0%}; see which validation it waits for "
            "(SSL/TLS, Edge Certificates)"
        )


def shown_by(response: httpx.Response) -> Certificate | None:
    """Return the certificate of the server that sent *response*; `None` for plain http."""
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    shown: Mapping[str, Any] = {}
    with suppress(OSError, ValueError):  # a server that has closed the connection shows it no more
        shown = (tls.getpeercert() if tls else None) or {}
    if not {"notBefore", "notAfter"} <= set(shown):
        return None
    times = (ssl.cert_time_to_seconds(shown[name]) for name in ("notBefore", "notAfter"))
    return Certificate(*times)
