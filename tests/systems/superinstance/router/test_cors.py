"""Which pages may read what the router answers (SI-2)."""

import pytest

pytestmark = pytest.mark.workerd

PREFLIGHT = {"Access-Control-Request-Method": "POST"}


def test_the_pages_of_the_configuration_may_ask(router):
    """SI-A10."""
    allowed, other = (
        router.ask(None, "OPTIONS", "/v1/escalate", headers={"Origin": origin, **PREFLIGHT})
        for origin in ("https://claude.ai", "https://elsewhere.example")
    )

    assert allowed.headers["access-control-allow-origin"] == "https://claude.ai"
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    # A browser compares it with the page that asks.
    assert other.headers["access-control-allow-origin"] == "https://claude.ai"
