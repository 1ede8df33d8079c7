"""The records of rulesets: one a zone and phase, and the versions before the present one.

A rule keeps its id as long as it keeps its `ref`, or is sent with its id. Without either it is a
new one. Its version goes up by one whenever something of it changes; so does that of its ruleset.
"""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from common.json_types import Json
from local.api.rulesets import errors
from local.api.rulesets.bodies import Rule
from local.api.state.state import State, Zone
from local.records.records import Kind, Records

MOST_VERSIONS = 50
"""Versions before the present one that are kept."""

_OF_THE_API = ("id", "version", "last_updated", "categories")


def all_of(records: Records, zone: Zone) -> list[Json]:
    """Return the records of the rulesets of *zone*."""
    return [each for each in records.all(Kind.RULESET) if each["zone_id"] == zone.id]


def of_phase(records: Records, zone: Zone, phase: str) -> Json | None:
    """Return the ruleset of *zone* in *phase*; `None` where there is none."""
    return next((each for each in all_of(records, zone) if each["phase"] == phase), None)


def of_id(records: Records, zone: Zone, ruleset_id: str) -> Json:
    """Return the ruleset of *zone* with this id; refused when there is none."""
    found = records.get(Kind.RULESET, ruleset_id)
    if found is None or found["zone_id"] != zone.id:
        raise errors.not_found("ruleset", ruleset_id)
    return found


def new(zone: Zone, phase: str, name: str) -> Json:
    """Make the record of a ruleset that has no version yet."""
    return {
        "id": uuid4().hex,
        "zone_id": zone.id,
        "name": name or "default",
        "description": "",
        "kind": "zone",
        "phase": phase,
        "version": "0",
        "rules": [],
        "versions": [],
    }


def put(records: Records, state: State, former: Json, **changed: Any) -> Json:
    """Keep *former* with *changed* as its next version."""
    now = state.now()
    kept = [*former["versions"], _version(former)] if former["version"] != "0" else []
    made = {
        **former,
        **changed,
        "version": str(int(former["version"]) + 1),
        "last_updated": now,
        "versions": kept[-MOST_VERSIONS:],
    }
    return records.put(Kind.RULESET, made["id"], made)


def shown(record: Json, *, rules: bool = True) -> Json:
    """Return a ruleset as the API shows it."""
    hidden = {"zone_id", "versions"} | (set() if rules else {"rules"})
    return {name: value for name, value in record.items() if name not in hidden}


def rules_of(state: State, former: Json, sent: Iterable[Rule]) -> list[Json]:
    """Make the rules that *sent* gives, in the place of those of *former*."""
    return [rule_of(state, former, rule) for rule in sent]


def rule_of(state: State, former: Json, rule: Rule) -> Json:
    """Make a rule; what it changes is held against the one that it takes the place of."""
    before = _before(former, rule)
    given = rule.model_dump(exclude_none=True, exclude={*_OF_THE_API, "position"})
    rule_id = before["id"] if before else uuid4().hex
    made = {**given, "id": rule_id, "ref": rule.ref or rule_id}
    if before and _essence(before) == _essence(made):
        return before
    version = int(before["version"]) + 1 if before else 1
    return {**made, "version": str(version), "last_updated": state.now()}


def _before(former: Json, rule: Rule) -> Json | None:
    """Find the rule that *rule* is a new version of: by its id, else by its ref."""
    for key, value in (("id", rule.id), ("ref", rule.ref)):
        found = next((each for each in former["rules"] if value and each[key] == value), None)
        if found is not None:
            return dict(found)
    return None


def _essence(rule: Json) -> Json:
    return {key: value for key, value in rule.items() if key not in _OF_THE_API}


def _version(record: Json) -> Json:
    return {key: value for key, value in record.items() if key != "versions"}
