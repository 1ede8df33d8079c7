"""Single rules of a ruleset: added, changed, moved, removed. Each answers the whole ruleset."""

from collections.abc import Callable
from typing import Any

from common.json_types import Json
from local.api.http.call import Call
from local.api.http.grants import need_phase
from local.api.http.routing import Family
from local.api.rulesets import errors, versions
from local.api.rulesets.bodies import NewRule, Position, Rule, RuleChange
from local.api.rulesets.checks import check
from local.api.rulesets.rulesets import NOTE, RULESET
from local.api.workers.addresses import zone_of
from local.records.records import Records

RULES = f"{RULESET}/rules"
RULE = f"{RULES}/{{rule_id}}"

family = Family("Rules of rulesets", errors.BODY)


@family("POST", RULES, extent="partial", note=NOTE)
async def create_rule(call: Call) -> Json:
    body = await call.read(NewRule)
    present = _ruleset(call, call.state.records)
    await check(call.state, present["phase"], [*map(_read, present["rules"]), body])

    def add(former: Json) -> list[Json]:
        return _placed(former["rules"], versions.rule_of(call.state, former, body), body.position)

    return await _change(call, add)


@family("PATCH", RULE, extent="partial", note=NOTE)
async def change_rule(call: Call) -> Json:
    body = await call.read(RuleChange)
    present = _ruleset(call, call.state.records)
    changed = _changed(_rule(call, present), body)
    others = [_read(each) for each in present["rules"] if each["id"] != changed.id]
    await check(call.state, present["phase"], [*others, changed])

    def change(former: Json) -> list[Json]:
        _rule(call, former)
        made = versions.rule_of(call.state, former, changed)
        if body.position is not None:
            rest = [each for each in former["rules"] if each["id"] != made["id"]]
            return _placed(rest, made, body.position)
        return [made if each["id"] == made["id"] else each for each in former["rules"]]

    return await _change(call, change)


@family("DELETE", RULE)
async def delete_rule(call: Call) -> Json:
    def remove(former: Json) -> list[Json]:
        gone = _rule(call, former)
        return [each for each in former["rules"] if each["id"] != gone["id"]]

    return await _change(call, remove)


async def _change(call: Call, edited: Callable[[Json], list[Json]]) -> Json:
    """Put the ruleset with the rules that *edited* makes of it."""

    def edit(records: Records) -> Json:
        former = _ruleset(call, records)
        return versions.put(records, call.state, former, rules=edited(former))

    return versions.shown(await call.state.change(edit))


def _ruleset(call: Call, records: Records) -> Json:
    found = versions.of_id(records, zone_of(call), call.params["ruleset_id"])
    need_phase(call, found["phase"])
    return found


def _rule(call: Call, ruleset: Json) -> Json:
    rule_id = call.params["rule_id"]
    for rule in ruleset["rules"]:
        if rule["id"] == rule_id:
            return dict(rule)
    raise errors.not_found("rule", rule_id)


def _read(rule: Json) -> Rule:
    return Rule.model_validate(rule)


def _changed(rule: Json, body: RuleChange) -> Rule:
    given: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"position"})
    return Rule.model_validate({**rule, **given})


def _placed(rules: list[Json], rule: Json, position: Position | None) -> list[Json]:
    """Put *rule* among the others: before or after one of them, at an index from 1, or last."""
    place = len(rules) if position is None else _place([each["id"] for each in rules], position)
    return [*rules[:place], rule, *rules[place:]]


def _place(ids: list[str], position: Position) -> int:
    given = position.model_dump(exclude_none=True)
    if len(given) != 1:
        raise errors.invalid(str(given), "position", "it has one of before, after and index")
    if position.index is not None:
        return min(position.index - 1, len(ids))
    if position.before == "":
        return 0
    if position.after == "":
        return len(ids)
    other = position.before or position.after
    if other not in ids:
        raise errors.not_found("rule", str(other))
    return ids.index(other) + (position.before is None)
