"""The plans of zones: what a zone is subscribed to decides which settings it can change."""

from typing import cast

from local.records.records import Kind, Records
from planning.plans import ZonePlan

UNSET: ZonePlan = "enterprise"
"""A zone that was told no plan may do everything: the local Cloudflare sells nothing."""


def plan_of(records: Records, zone_id: str) -> ZonePlan:
    """Return the plan of the zone; `UNSET` where it was told none."""
    kept = records.get(Kind.ZONE_PLAN, zone_id)
    return cast("ZonePlan", kept["plan"]) if kept else UNSET


def told_plan(records: Records, zone_id: str) -> ZonePlan | None:
    """Return the plan that the zone was told; `None` for none."""
    return plan_of(records, zone_id) if records.get(Kind.ZONE_PLAN, zone_id) else None
