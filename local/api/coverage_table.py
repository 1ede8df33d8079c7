"""What is emulated, and how far: every family, and the table for `docs/local-cloudflare.md`."""

from collections.abc import Iterable

from local.api import accounts, control
from local.api.access import applications, groups, organization, service_tokens
from local.api.access import policies as access_policies
from local.api.alerting import history, pagers, webhooks
from local.api.alerting import policies as notification_policies
from local.api.analytics import sql as analytics
from local.api.check_runner import control as checks_control
from local.api.d1 import databases, exports, imports, recovery
from local.api.dns import records as dns_records
from local.api.explorer import mirror
from local.api.health_checks import health_checks
from local.api.http.routing import Family
from local.api.kv import namespaces, values
from local.api.lists import items, lists
from local.api.live_page import page as live_page
from local.api.load_balancing import balancers, health, monitors, pools
from local.api.queues import consumers, messages, queues
from local.api.r2 import buckets, objects, policies
from local.api.receivers import (
    connect_server,
    identity_provider,
    model_providers,
    pagerduty,
    recorded_messages,
    slack,
    stripe_payments,
)
from local.api.rulesets import rules, rulesets
from local.api.tails import tails
from local.api.telemetry import query as telemetry
from local.api.tokens import tokens
from local.api.tunnels import configurations, tunnels
from local.api.workers import addresses, publish, scripts, settings, triggers, versions, workers
from local.api.workers import objects as durable_objects
from local.api.zones import certificates, hostnames, plans, switches
from local.api.zones import settings as zone_settings

FAMILIES = (
    accounts.family,
    scripts.family,
    durable_objects.family,
    settings.family,
    versions.family,
    workers.family,
    triggers.family,
    tails.family,
    telemetry.family,
    addresses.family,
    publish.family,
    namespaces.family,
    values.family,
    buckets.family,
    policies.family,
    objects.family,
    databases.family,
    exports.family,
    imports.family,
    recovery.family,
    rulesets.family,
    rules.family,
    lists.family,
    items.family,
    queues.family,
    consumers.family,
    messages.family,
    analytics.family,
    notification_policies.family,
    webhooks.family,
    pagers.family,
    history.family,
    tunnels.family,
    configurations.family,
    dns_records.family,
    applications.family,
    access_policies.family,
    groups.family,
    service_tokens.family,
    organization.family,
    zone_settings.family,
    switches.family,
    hostnames.family,
    certificates.family,
    plans.family,
    tokens.family,
    monitors.family,
    pools.family,
    health.family,
    balancers.family,
    health_checks.family,
    control.family,
    live_page.family,
    mirror.family,
    checks_control.family,
    pagerduty.family,
    slack.family,
    model_providers.family,
    connect_server.family,
    identity_provider.family,
    stripe_payments.family,
    recorded_messages.family,
)
"""Every family of resources that is emulated, in the order of the table."""


def page(families: Iterable[Family]) -> str:
    """Write one table a family, in Markdown."""
    return "\n".join(_table(family) for family in families)


def _table(family: Family) -> str:
    rows = [
        f"| `{op.method} {op.path.replace('...}', '}')}` | {op.extent} | {op.note} |"
        for op in family.operations
    ]
    head = ["", f"### {family.name}", "", "| request | how far | |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])
