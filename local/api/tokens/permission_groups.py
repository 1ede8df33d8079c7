"""What a token may be allowed to do, as far as this project asks for it (FW-11)."""

from common.json_types import Json
from planning.permission_groups import FAMILIES, SCOPES

GROUPS: tuple[Json, ...] = tuple(
    {"id": identifier, "name": f"{family.name} {right}", "scopes": [SCOPES[family.scope]]}
    for family in FAMILIES
    for right, identifier in (("Read", family.read_id), ("Write", family.write_id))
    if identifier
)
"""Permission groups with the names and ids that Cloudflare has for them."""


def of_id(group_id: str) -> Json | None:
    """Return the group with this id; `None` for one that this list has not."""
    return next((group for group in GROUPS if group["id"] == group_id), None)
