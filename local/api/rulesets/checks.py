"""Whether the rules of a phase can be: Cloudflare's grammar, and what the edge here can run."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import parse as read
from local.api.rulesets import errors
from local.api.rulesets.bodies import HeaderChange, Response, Rule
from local.api.state.runtime_port import RuntimePort, ask
from local.api.state.state import State
from local.records.model import EXECUTED_PHASES
from local.records.records import Kind
from planning import expressions
from planning.cache_rules import check_cache
from planning.refusals import RefusedError
from planning.rule_checks import ACTIONS, CACHE, HEADERS, LIMITS

MOST_RULES = 1_000
"""Rules of a phase that the largest plan has. What a zone's own plan has is not known here."""


MANAGED = "cf."
"""How names of lists begin that Cloudflare itself keeps."""


async def check(state: State, phase: str, rules: Iterable[Rule]) -> None:
    """Refuse *rules* with the code of the first that cannot be, or that cannot run here."""
    given = list(rules)
    _together(given)
    known = frozenset(each["name"] for each in state.records.all(Kind.LIST))
    for place, rule in enumerate(given):
        _check(phase, rule, f"rules.{place}", known)
    if phase in EXECUTED_PHASES:
        await _check_running(state.runtime, phase, given)


def _together(rules: list[Rule]) -> None:
    if len(rules) > MOST_RULES:
        raise errors.invalid(str(len(rules)), "rules", f"a phase takes {MOST_RULES} rules at most")
    named = Counter(rule.ref for rule in rules if rule.ref)
    for place, rule in enumerate(rules):
        if rule.ref and named[rule.ref] > 1:
            raise errors.invalid(rule.ref, f"rules.{place}.ref", "another rule has it")


def _check(phase: str, rule: Rule, place: str, lists: frozenset[str]) -> None:
    for field, text in _expressions(rule):
        try:
            found = expressions.parse(text)
        except RefusedError as error:
            raise errors.invalid_expression(text, f"{place}.{field}", str(error)) from None
        _check_lists(found, f"{place}.{field}", lists)
    allowed = ACTIONS.get(phase)
    if allowed is not None and rule.action not in allowed:
        reason = f"the phase {phase} takes {', '.join(allowed)}"
        raise errors.invalid(rule.action, f"{place}.action", reason)
    _check_parameters(phase, rule, place)


def _check_lists(found: expressions.Expression, place: str, known: frozenset[str]) -> None:
    for name in sorted(found.lists - known):
        if name.startswith(MANAGED):
            raise not_emulated(f"${name}, a list of Cloudflare's own")
        raise errors.invalid_expression(
            found.text, place, f"names ${name}, and the account has no such list"
        )


def _expressions(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "expression", rule.expression
    if rule.ratelimit and rule.ratelimit.counting_expression:
        yield "ratelimit.counting_expression", rule.ratelimit.counting_expression


def _check_parameters(phase: str, rule: Rule, place: str) -> None:
    parameters: Json = rule.action_parameters or {}
    if (phase == LIMITS) != (rule.ratelimit is not None):
        has = "is missing" if rule.ratelimit is None else f"is for {LIMITS}"
        raise errors.invalid(rule.action, f"{place}.ratelimit", f"it {has}")
    if parameters.get("response") is not None:
        read(Response, parameters["response"], errors.BODY)
    if phase == CACHE:
        for problem in check_cache(parameters):
            raise errors.invalid(rule.action, f"{place}.action_parameters", problem)
    if rule.action == "execute" and not parameters.get("id"):
        reason = "it names the managed ruleset that is run"
        raise errors.invalid("", f"{place}.action_parameters.id", reason)
    if phase == HEADERS:
        _check_headers(parameters.get("headers"), f"{place}.action_parameters.headers")


def _check_headers(headers: Any, place: str) -> None:
    if not isinstance(headers, dict) or not headers:
        raise errors.invalid("", place, "it names each header and what is done to it")
    for name, change in headers.items():
        found = read(HeaderChange, change, errors.BODY)
        given = [each for each in (found.value, found.expression) if each is not None]
        if len(given) != (found.operation != "remove"):
            reason = "set and add take a value or an expression, and remove neither"
            raise errors.invalid(name, place, reason)


async def _check_running(runtime: RuntimePort, phase: str, rules: list[Rule]) -> None:
    """Have the edge compile them: what it cannot is refused by name, never let pass in silence."""
    body = {"phase": phase, "rules": [rule.model_dump(exclude_none=True) for rule in rules]}
    content = json.dumps(body).encode()
    answer = await ask(runtime, "POST", "edge", "problems", content=content)
    for rule, problem in zip(rules, answer.json(), strict=True):
        if problem is not None:
            raise not_emulated(f"rule {rule.ref or rule.expression}: {problem}")
