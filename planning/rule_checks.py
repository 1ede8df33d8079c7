"""What a rule of a zone may say: its expressions, its action, how it counts."""

from collections.abc import Iterator, Mapping
from typing import Any

from planning import expressions
from planning.cache_rules import check_cache, needs_of_cache
from planning.managed_rules import DDOS_PHASE, MANAGED_PHASE, check_managed
from planning.refusals import RefusedError

CUSTOM = "http_request_firewall_custom"
LIMITS = "http_ratelimit"
HEADERS = "http_response_headers_transform"
CACHE = "http_request_cache_settings"

CHALLENGES = ("managed_challenge", "js_challenge", "challenge")
ACTIONS: Mapping[str, tuple[str, ...]] = {
    CUSTOM: ("block", *CHALLENGES, "log", "skip"),
    LIMITS: ("block", *CHALLENGES, "log"),
    HEADERS: ("rewrite",),
    CACHE: ("set_cache_settings",),
    MANAGED_PHASE: ("execute", "skip"),
    DDOS_PHASE: ("execute",),
}
"""Actions that a phase takes, where it is known."""

PERIODS = (10, 60, 120, 300, 600, 3600)
"""Seconds that a rate limit may count for."""

TIMEOUTS = (0, 10, 60, 120, 300, 600, 3600, 86_400)
"""Seconds that a client may have to wait. 0: until the period is over."""

COLO = "cf.colo.id"
VISITOR = "cf.unique_visitor_id"
ADDRESS = "ip.src"
MOST_CHARACTERISTICS = 4
_OWN_STATUS = range(400, 500)
_OPERATIONS = ("set", "add", "remove")


def check_rule(phase: str, expression: str, action: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a rule that Cloudflare would refuse, or that is easily read otherwise than meant.

    *parameters* are the rest of the rule: `action_parameters`, `ratelimit`. Raises `RefusedError`
    with the part of the rule and what is allowed there.
    """
    _expression("expression", expression, phase)
    _action(phase, action)
    for problem in _problems(phase, action, parameters):
        raise RefusedError(problem)


def needs(expression: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the features of a plan (`planning.plans.FEATURES`) that a rule uses."""
    counting = _ratelimit(parameters).get("counting_expression")
    texts = [expression, *([counting] if counting else [])]
    patterns = any(expressions.parse(text).patterns for text in texts)
    counted = set(_ratelimit(parameters).get("characteristics", ())) - {ADDRESS, COLO}
    return (
        *(["regular_expressions"] if patterns else []),
        *(["advanced_rate_limits"] if counted else []),
        *(["counting_expressions"] if counting else []),
        *needs_of_cache(parameters.get("action_parameters") or {}),
    )


def _problems(phase: str, action: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from _answer(parameters.get("action_parameters") or {})
    if phase == LIMITS:
        yield from _limit(action, _ratelimit(parameters))
    elif "ratelimit" in parameters:
        yield f"ratelimit is for {LIMITS}, and this is a rule of {phase}; remove it"
    if phase == HEADERS:
        yield from _headers((parameters.get("action_parameters") or {}).get("headers") or {})
    if action == "execute":
        yield from check_managed(phase, parameters.get("action_parameters") or {})
    if phase == CACHE:
        yield from check_cache(parameters.get("action_parameters") or {})


def _ratelimit(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = parameters.get("ratelimit") or {}
    return found


def _expression(where: str, text: str, phase: str) -> None:
    try:
        expressions.check(text, phase)
    except RefusedError as error:
        raise RefusedError(f"{where} {error}") from None


def _action(phase: str, action: str) -> None:
    allowed = ACTIONS.get(phase)
    if allowed is not None and action not in allowed:
        hint = "; write skip, with what it skips" if action == "allow" else ""
        raise RefusedError(f"action is {action}, and {phase} takes {', '.join(allowed)}{hint}")


def _answer(parameters: Mapping[str, Any]) -> Iterator[str]:
    response = parameters.get("response")
    if response is not None and response.get("status_code") not in _OWN_STATUS:
        yield (
            f"action_parameters.response.status_code is {response.get('status_code')}; "
            f"an answer of one's own has one from 400 to 499"
        )


def _limit(action: str, limit: Mapping[str, Any]) -> Iterator[str]:
    if not limit:
        yield "ratelimit is missing; say what is counted, and how much of it is too much"
        return
    yield from _one_of("period", limit.get("period"), PERIODS)
    yield from _one_of("mitigation_timeout", limit.get("mitigation_timeout", 0), TIMEOUTS)
    if action in CHALLENGES and limit.get("mitigation_timeout"):
        yield f"ratelimit.mitigation_timeout goes with block and log, not with {action}; remove it"
    if not limit.get("requests_per_period"):
        yield "ratelimit.requests_per_period is missing; give how many requests are let through"
    yield from _characteristics(tuple(limit.get("characteristics") or ()))
    if counting := limit.get("counting_expression"):
        _expression("ratelimit.counting_expression", counting, "http_ratelimit_counting")


def _one_of(name: str, given: object, allowed: tuple[int, ...]) -> Iterator[str]:
    if given not in allowed:
        seconds = ", ".join(map(str, allowed))
        yield f"ratelimit.{name} is {given}; Cloudflare takes {seconds} seconds"


def _characteristics(given: tuple[str, ...]) -> Iterator[str]:
    what = "ratelimit.characteristics"
    if COLO not in given:
        yield f"{what} lack {COLO}: Cloudflare counts in each data centre by itself; add it"
    if {ADDRESS, VISITOR} <= set(given):
        yield f"{what} have both {ADDRESS} and {VISITOR}, which exclude one another; keep one"
    if len(given) > MOST_CHARACTERISTICS:
        yield f"{what} are {len(given)}, and Cloudflare takes {MOST_CHARACTERISTICS}; remove some"
    for each in given:
        if each not in (COLO, VISITOR):
            _characteristic(each)


_COMPARED = ("({}) ", '{} eq "a"', "{} eq 1", "{} eq 1.1.1.1", 'any({}[*] eq "a")')
"""The parser reads comparisons: one of these is one, of whatever type a value is."""


def _characteristic(text: str) -> None:
    """Refuse what is no value of a request, or one that this project writes otherwise."""
    forms = [form.format(text) for form in _COMPARED]
    read = next((form for form in forms if _is_read(form)), forms[1])
    try:
        expressions.check(read, "http_ratelimit_counting")
    except RefusedError as error:
        raise RefusedError(f"ratelimit.characteristics has {text}, which {error}") from None


def _is_read(text: str) -> bool:
    try:
        expressions.parse(text)
    except RefusedError:
        return False
    return True


def _headers(headers: Mapping[str, Any]) -> Iterator[str]:
    if not headers:
        yield "action_parameters.headers is missing; name the headers, and what is done to each"
    for name, change in headers.items():
        where = f"action_parameters.headers.{name}"
        operation = change.get("operation")
        if operation not in _OPERATIONS:
            yield f"{where}.operation is {operation}; it is one of {', '.join(_OPERATIONS)}"
        given = [key for key in ("value", "expression") if change.get(key) is not None]
        if len(given) != (operation != "remove"):
            has = " and ".join(given) or "neither value nor expression"
            yield f"{where} has {has}; set and add take one of them, remove takes none"
        if name.lower().startswith(("cf-", "x-cf-")) or name.lower() == "server":
            yield f"{where} is a header of Cloudflare's own, which no rule may change; remove it"
