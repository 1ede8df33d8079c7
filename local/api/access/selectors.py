"""Rules of policies and groups: taken only where the edge can tell whom they are about."""

from collections.abc import Iterator
from typing import Any

from common.json_types import Json
from local.api.access import errors
from local.api.errors import not_emulated
from local.records.records import Kind, Records
from planning.access import check_address
from planning.refusals import RefusedError

SIDES = ("include", "exclude", "require")
FIELDS = {
    "email": "email",
    "email_domain": "domain",
    "everyone": None,
    "ip": "ip",
    "geo": "country_code",
    "group": "id",
    "service_token": "token_id",
    "any_valid_service_token": None,
    "login_method": "id",
}
"""Selectors that the edge knows, and the one field that each of them has."""

KINDS = {"group": Kind.ACCESS_GROUP, "service_token": Kind.ACCESS_TOKEN}


def checked(records: Records, sides: Json, own: str | None = None) -> Json:
    """Return the three *sides* as they are kept: addresses with their prefix.

    Refused: a selector with other than one key, one that names what is not there, a group *own*
    that is its own member; 501 for selectors that nothing here can tell.
    """
    if not sides["include"]:
        raise errors.invalid("include: at least one rule is needed")
    return {
        side: [_rule(records, rule, f"{side}.{index}", own) for index, rule in _listed(sides[side])]
        for side in SIDES
    }


def members(sides: Json, selector: str) -> Iterator[str]:
    """Yield the ids that *sides* name by *selector*, `group` or `service_token`."""
    for side in SIDES:
        for rule in sides.get(side) or ():
            if selector in rule:
                yield str(rule[selector][FIELDS[selector]])


def _listed(rules: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rules))


def _rule(records: Records, rule: Json, place: str, own: str | None) -> Json:
    if len(rule) != 1:
        raise errors.invalid(f"{place}: a rule has one selector, this one has {len(rule)}")
    ((selector, value),) = rule.items()
    if selector not in FIELDS:
        raise not_emulated(f"selector {selector} of Access, at {place}")
    field = FIELDS[selector]
    if field is None:
        return {selector: {}}
    given = value.get(field) if isinstance(value, dict) else None
    if not isinstance(given, str) or not given:
        raise errors.invalid(f"{place}.{selector}.{field}: a text is missing")
    _must_be_there(records, selector, given, place, own)
    return {selector: {field: _written(selector, given, place)}}


def _must_be_there(
    records: Records, selector: str, given: str, place: str, own: str | None
) -> None:
    kind = KINDS.get(selector)
    if kind and (given == own or records.get(kind, given) is None):
        raise errors.invalid(f"{place}.{selector}: this account has no {selector} {given}")
    group = records.get(Kind.ACCESS_GROUP, given) if selector == "group" and own else None
    if group and own in _all_groups(records, group):
        raise errors.invalid(f"{place}.group: {given} has this group as a member itself")


def _all_groups(records: Records, group: Json) -> set[str]:
    """Return the ids of *group*'s groups, of theirs, and so on."""
    found: set[str] = set()
    waiting = list(members(group, "group"))
    while waiting:
        one = waiting.pop()
        inner = records.get(Kind.ACCESS_GROUP, one)
        if one not in found and inner:
            found.add(one)
            waiting += members(inner, "group")
    return found


def _written(selector: str, given: str, place: str) -> str:
    if selector in ("email", "email_domain"):
        return given.lower()
    if selector != "ip":
        return given
    try:
        return check_address(given)
    except RefusedError as error:
        raise errors.invalid(f"{place}.ip: {error}") from error
