"""What Cloudflare can notify of, as far as this project asks for it.

Sources: the types of the `cloudflare` SDK 5.9.0 (alert types, destinations), the documentation of
`cloudflare_notification_policy` in Cloudflare's Terraform provider (products), and that of webhook
payloads (alerts of Workers, plans).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from common.credential_values import known_form
from planning.refusals import RefusedError

BILLING_USAGE = "billing_usage_alert"
"""The alert that usage of one product went over a limit. It needs a zone on the Pro plan."""

Product = Literal[
    "worker_requests",
    "worker_durable_objects_requests",
    "worker_durable_objects_duration",
    "worker_durable_objects_data_transfer",
    "worker_durable_objects_stored_data",
    "worker_durable_objects_storage_deletes",
    "worker_durable_objects_storage_writes",
    "worker_durable_objects_storage_reads",
]
"""What usage can be notified of. Workers KV is not among it."""

ALERT_TYPES = frozenset(
    {
        "abuse_report_alert",
        "access_custom_certificate_expiration_type",
        "advanced_ddos_attack_l4_alert",
        "advanced_ddos_attack_l7_alert",
        "advanced_http_alert_error",
        "bgp_hijack_notification",
        "billing_usage_alert",
        "block_notification_block_removed",
        "block_notification_new_block",
        "block_notification_review_rejected",
        "bot_traffic_basic_alert",
        "brand_protection_alert",
        "brand_protection_digest",
        "clickhouse_alert_fw_anomaly",
        "clickhouse_alert_fw_ent_anomaly",
        "cloudforce_one_request_notification",
        "cni_maintenance_notification",
        "custom_analytics",
        "custom_bot_detection_alert",
        "custom_ssl_certificate_event_type",
        "dedicated_ssl_certificate_event_type",
        "device_connectivity_anomaly_alert",
        "dos_attack_l4",
        "dos_attack_l7",
        "expiring_service_token_alert",
        "failing_logpush_job_disabled_alert",
        "fbm_auto_advertisement",
        "fbm_dosd_attack",
        "fbm_volumetric_attack",
        "health_check_status_notification",
        "hostname_aop_custom_certificate_expiration_type",
        "http_alert_edge_error",
        "http_alert_origin_error",
        "image_notification",
        "image_resizing_notification",
        "incident_alert",
        "load_balancing_health_alert",
        "load_balancing_pool_enablement_alert",
        "logo_match_alert",
        "magic_tunnel_health_check_event",
        "magic_wan_tunnel_health",
        "maintenance_event_notification",
        "mtls_certificate_store_certificate_expiration_type",
        "pages_event_alert",
        "radar_notification",
        "real_origin_monitoring",
        "scriptmonitor_alert_new_code_change_detections",
        "scriptmonitor_alert_new_hosts",
        "scriptmonitor_alert_new_malicious_hosts",
        "scriptmonitor_alert_new_malicious_scripts",
        "scriptmonitor_alert_new_malicious_url",
        "scriptmonitor_alert_new_max_length_resource_url",
        "scriptmonitor_alert_new_resources",
        "secondary_dns_all_primaries_failing",
        "secondary_dns_primaries_failing",
        "secondary_dns_warning",
        "secondary_dns_zone_successfully_updated",
        "secondary_dns_zone_validation_warning",
        "security_insights_alert",
        "sentinel_alert",
        "stream_live_notifications",
        "synthetic_test_latency_alert",
        "synthetic_test_low_availability_alert",
        "traffic_anomalies_alert",
        "tunnel_health_event",
        "tunnel_update_event",
        "universal_ssl_event_type",
        "web_analytics_metrics_update",
        "workers_alert",
        "workers_observability_alert",
        "zone_aop_custom_certificate_expiration_type",
    }
)
"""Every alert that Cloudflare has."""


@dataclass(frozen=True)
class Alert:
    """An alert that this project asks for: what it tells of, and what it may be narrowed by."""

    what: str
    filters: tuple[str, ...] = ()
    """Names of its filters, as the SDK has them."""

    feature: str = ""
    """What a plan has to have for anything of it to happen (`planning.plans`). Default: any has."""


ALERTS: Mapping[str, Alert] = {
    "tunnel_health_event": Alert("a tunnel is down, or up again", ("new_statuses", "tunnel_ids")),
    "tunnel_update_event": Alert("a tunnel came or went", ("event_types",)),
    "health_check_status_notification": Alert(
        "a health check fails, or passes again",
        ("health_check_ids", "new_healths", "statuses"),
        "health_checks",
    ),
    "load_balancing_health_alert": Alert(
        "a pool or an origin is not healthy, or is again",
        ("event_sources", "new_healths", "pool_ids"),
        "load_balancing",
    ),
    "load_balancing_pool_enablement_alert": Alert(
        "a pool is switched on or off", ("enableds", "pool_ids"), "load_balancing"
    ),
    "expiring_service_token_alert": Alert("a service token of Access ends soon", ("token_ids",)),
    "universal_ssl_event_type": Alert("a universal certificate is renewed, or is not"),
    "dedicated_ssl_certificate_event_type": Alert(
        "an advanced certificate is renewed, or is not", feature="advanced_certificates"
    ),
    "failing_logpush_job_disabled_alert": Alert("a Logpush job failed and is off"),
    "security_insights_alert": Alert(
        "Security Center found something in the account", ("insight_classes",)
    ),
    "incident_alert": Alert(
        "Cloudflare has an incident", ("affected_components", "incident_impacts")
    ),
    "maintenance_event_notification": Alert(
        "Cloudflare works on a data centre", ("airport_codes", "event_types")
    ),
}
"""By their names at Cloudflare. That of usage, `billing_usage_alert`, has its own configuration."""

SLACK = "hooks.slack.com"
SLACK_HERE = f"{SLACK}.localhost"
"""A look-alike of Slack on this machine, for stacks on the local Cloudflare."""

PAGERDUTY = "events.pagerduty.com"

_SLACK_PATH = re.compile(r"/services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9_-]+")
_INTERVAL = re.compile(r"[1-9]\d{0,3}[smhd]")

MOST_NAME = 100
"""Characters that a policy's name may have here, so that a mail's subject shows it whole."""

_ADDRESS = re.compile(r"[^@\s\"<>]+@[^@\s\"<>]+\.[^@\s\"<>]+")
_RESERVED = re.compile(r"(.*[.@])?example(\.(com|net|org))?|.*\.(invalid|test|example)")
"""Domains that no mail ever reaches (RFC 2606)."""


def usage_filters(product: Product, limit: int) -> dict[str, tuple[str, ...]]:
    """Return the filters, by the names of the SDK, of usage of *product* above *limit*."""
    return {"products": (product,), "limits": (str(limit),)}


def check_email(address: str) -> str:
    """Return *address*. Raises `RefusedError` for what is none, and for domains of examples."""
    if not _ADDRESS.fullmatch(address):
        raise RefusedError(f"{address!r} is no mail address (platform@chitty.cc)")
    if _RESERVED.fullmatch(address.rpartition("@")[2]):
        raise RefusedError(f"{address!r} reaches nobody; name an address that somebody reads")
    return address


def check_alert(name: str) -> str:
    """Return *name*. Raises `RefusedError` for an alert that is not among `ALERTS`."""
    if name not in ALERTS:
        raise RefusedError(f"{name!r} is no alert that this project asks for; {_known()}")
    return name


def check_interval(text: str) -> str:
    """Return *text*. Raises `RefusedError` for what is no interval such as 30m."""
    if not _INTERVAL.fullmatch(text):
        raise RefusedError(f"{text!r} is no interval; write 30m, 1h or 1d")
    return text


def check_filters(alert: str, filters: Mapping[str, tuple[str, ...]]) -> None:
    """Raise `RefusedError` for a filter that *alert* has not, and one that lets nothing pass."""
    allowed = ALERTS[alert].filters
    for name, values in filters.items():
        if name not in allowed:
            raise RefusedError(
                f"{alert} has no filter {name!r}; it has {', '.join(allowed) or 'none'}"
            )
        if not values:
            raise RefusedError(f"{alert}: the filter {name} is empty; name a value, or remove it")


def check_receiver(url: str) -> str:
    """Return *url*. Raises `RefusedError` for PagerDuty, which takes no notification as a webhook.

    An address that is a credential by itself, as Slack's are, is refused as well: it would stand in
    clear in the stack file.

    Source: developers.cloudflare.com, common errors of notifications: the test that Cloudflare
    sends is answered 400 there.
    """
    if urlsplit(url).hostname == PAGERDUTY:
        raise RefusedError(
            "PagerDuty takes no notification of Cloudflare's as a webhook; make it a destination "
            "of kind pagerduty, or mail the address of its e-mail integration"
        )
    if found := known_form(url):
        raise RefusedError(
            f"holds {found} (value not shown) and anyone could read it; Slack is kind slack, "
            f"with its address as the secret SLACK_WEBHOOK_URL; others take an address without one"
        )
    return url


def split_slack(url: str) -> tuple[str, str]:
    """Split the address of a Slack webhook into what anyone may see, and its secret.

    Cloudflare would take the secret out of the address itself, and show the rest: an address that
    is given whole would differ from then on. Raises `RefusedError`, without it, for any other.
    """
    parts = urlsplit(url)
    real = (parts.scheme, parts.netloc) == ("https", SLACK)
    here = parts.scheme == "http" and parts.hostname == SLACK_HERE
    if not (real or here) or not _SLACK_PATH.fullmatch(parts.path) or parts.query:
        raise RefusedError(f"is no address of a Slack webhook (https://{SLACK}/services/T…/B…/…)")
    base, _, secret = url.rpartition("/")
    return base, secret


def _known() -> str:
    return f"known are: {', '.join(ALERTS)}"
