"""What an event is called in a sentence. Cloudflare's own wording is published nowhere."""

from collections.abc import Mapping

_SENTENCES = {
    "health_check_status_notification": "Health check {health_check_name} is {new_health}",
    "load_balancing_health_alert": "{event_source} {pool_name} is {new_health}",
    "tunnel_health_event": "Tunnel {tunnel_name} is {new_status}",
    "tunnel_update_event": "Tunnel {tunnel_name} was {event_type}",
    "expiring_service_token_alert": "Service token {token_name} ends at {expires_at}",
    "universal_ssl_event_type": "Certificate of {zone_name}: {event_type}",
    "dedicated_ssl_certificate_event_type": "Certificate of {zone_name}: {event_type}",
    "failing_logpush_job_disabled_alert": "Logpush job {job_name} was disabled",
    "security_insights_alert": "Security insight: {insight_class}",
    "billing_usage_alert": "Usage of {product} is {usage}",
}


class _Known(dict[str, object]):
    """Values by their names; one that is not known is called by its name."""

    def __missing__(self, name: str) -> str:
        return f"({name} not known)"


def text_of(alert_type: str, about: Mapping[str, object]) -> str:
    """Return one sentence of what happened, with what is known of it."""
    if sentence := _SENTENCES.get(alert_type):
        return sentence.format_map(_Known(about))
    known = ", ".join(f"{name} {value}" for name, value in about.items())
    return f"{alert_type}: {known}" if known else alert_type
