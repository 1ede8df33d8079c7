"""A load balancer hides its origins and knows which of them live."""

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import LOAD_BALANCER, MONITOR, POOL


@rule(
    "lb-verified-and-proxied",
    on=(LOAD_BALANCER, POOL, MONITOR),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Proxy the balancer, monitor each pool, and check the certificate in the monitor.",
    frameworks=("Cloudflare Load Balancing: monitors",),
    url="https://developers.cloudflare.com/load-balancing/",
    settings={
        "plainMonitors": schema.flag(
            "Whether a monitor may use plain HTTP.", default=True, production=False
        )
    },
)
def lb_verified_and_proxied(subject: Resource, settings: Settings) -> Findings:
    """An unproxied balancer shows its origins; an unmonitored pool sends visitors to dead ones."""
    if subject.type == LOAD_BALANCER:
        yield from _balancer(subject)
    if subject.type == POOL and subject["monitor"].empty and subject["monitorGroup"].empty:
        yield subject["monitor"].problem("is missing")
    if subject.type == MONITOR:
        if subject["allowInsecure"].is_true:
            yield subject["allowInsecure"].problem("is true")
        if not settings["plainMonitors"] and subject["type"].equals(None, "http"):
            yield subject["type"].problem('is "http"')
        if any(code in ("5xx", "xxx", "500") for code in _codes(subject["expectedCodes"].text())):
            yield subject["expectedCodes"].problem("takes an error for a sign of life")


def _balancer(balancer: Resource) -> Findings:
    if balancer["proxied"].is_not_true:
        yield balancer["proxied"].problem("is not true")
    overrides = [each["overrides"] for each in balancer["rules"].items()]
    for place in (balancer.props, *overrides):
        cookie = place["sessionAffinityAttributes"]
        if cookie["secure"].equals("Never"):
            yield cookie["secure"].problem('is "Never": the cookie of the session goes in clear')


def _codes(text: str | None) -> list[str]:
    return [code.strip().lower() for code in (text or "").split(",")]
