"""How things of load balancing are kept, with the times of their changes, and who refers to one."""

from collections.abc import Iterable

from common.json_types import Json
from local.records.records import Kind, Records


def kept(records: Records, kind: Kind, body: Json, now: str, former: Json | None = None) -> Json:
    """Keep *body* under its id, made when *former* was; return it."""
    created = (former or {}).get("created_on", now)
    return records.put(kind, body["id"], {**body, "created_on": created, "modified_on": now})


def merged(former: Json, changes: object) -> Json:
    """Return *former* with *changes*, which a `PATCH` has sent."""
    return {**former, **(changes if isinstance(changes, dict) else {})}


def references(kind: str, referrers: Iterable[Json]) -> list[Json]:
    """List *referrers*, all of one *kind* in the API's words, as what refers to something."""
    return [
        {
            "reference_type": "referrer",
            "resource_id": each["id"],
            "resource_name": each["name"],
            "resource_type": kind,
        }
        for each in referrers
    ]
