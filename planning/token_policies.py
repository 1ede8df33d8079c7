"""What the policies of an API token allow (FW-11).

Policies are those of Cloudflare's API: `{effect, permission_groups: [{id}], resources}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planning.permission_groups import SCOPES, Family, Right

Policy = Mapping[str, Any]

ALLOW, DENY = "allow", "deny"
ALL = "*"


def allows(
    policies: Sequence[Policy], family: Family, right: Right, account: str, place: str
) -> bool:
    """Return whether *policies* give *right* of *family* in *place*, the id of an account or zone.

    A policy that denies it wins over all that allow it.
    """
    reaching = [policy for policy in policies if _reaches(policy, family, account, place)]
    wanted = family.id(right)
    denied = any(wanted in _group_ids(each) for each in reaching if each.get("effect") == DENY)
    enough = {wanted, family.write_id} - {""}
    given = any(
        not enough.isdisjoint(_group_ids(each)) for each in reaching if each.get("effect") == ALLOW
    )
    return given and not denied


def _group_ids(policy: Policy) -> Iterator[str]:
    groups = policy.get("permission_groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, Mapping):
            yield str(group.get("id"))


def _reaches(policy: Policy, family: Family, account: str, place: str) -> bool:
    resources = policy.get("resources")
    if not isinstance(resources, Mapping):
        return False
    if _names(resources, f"{SCOPES[family.scope]}.{place}"):
        return True
    if family.scope != "zone":
        return False
    return any(
        _names(value, f"{SCOPES['zone']}.{place}")
        for key, value in resources.items()
        if key in {f"{SCOPES['account']}.{account}", f"{SCOPES['account']}.{ALL}"}
    )


def _names(resources: object, resource: str) -> bool:
    if not isinstance(resources, Mapping):
        return False
    everything = f"{resource.rpartition('.')[0]}.{ALL}"
    return ALL in (resources.get(resource), resources.get(everything))
