"""What Cloudflare can notify of, as far as this project asks for it.

Sources: the types of the `cloudflare` SDK 5.9.0 (alert types, destinations), the documentation of
`cloudflare_notification_policy` in Cloudflare's Terraform provider (products), and that of webhook
payloads (alerts of Workers, plans).
"""

import re
from typing import Literal

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
