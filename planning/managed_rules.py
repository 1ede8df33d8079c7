"""Rulesets that Cloudflare writes: which there are, and how a zone runs them.

Their rules are not public. What can be said of one is that it runs, and what is done otherwise than
Cloudflare does by itself: overrides.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from planning.refusals import refuse_all

MANAGED_PHASE = "http_request_firewall_managed"
DDOS_PHASE = "ddos_l7"
Managed = Literal["cloudflare", "owasp", "exposed_credentials", "ddos"]


@dataclass(frozen=True)
class ManagedRuleset:
    """One ruleset of Cloudflare's own."""

    id: str
    """Its id, the same for every account."""

    title: str
    """Its name for people."""

    phase: str = MANAGED_PHASE
    """Phase that it runs in."""


RULESETS: Mapping[Managed, ManagedRuleset] = {
    "cloudflare": ManagedRuleset("efb7b8c949ac4650a09736fc376e9aee", "Cloudflare Managed Ruleset"),
    "owasp": ManagedRuleset("4814384a9e5d4991b9815dcfc25d2f1f", "OWASP Core Ruleset"),
    "exposed_credentials": ManagedRuleset(
        "c2e184081120413c86c3ab7e14069605", "Exposed Credentials Check"
    ),
    "ddos": ManagedRuleset(
        "4d21379b4f9f4bb088e0729962c8b3cf", "HTTP DDoS Attack Protection", DDOS_PHASE
    ),
}
"""What a zone can run."""


def of_id(ruleset_id: str) -> ManagedRuleset | None:
    """Return the ruleset with this id; `None` for one that is not known."""
    return next((each for each in RULESETS.values() if each.id == ruleset_id), None)


def check_managed(phase: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the `action_parameters` of a rule that runs a managed ruleset."""
    ruleset = of_id(str(parameters.get("id")))
    if ruleset is None:
        known = ", ".join(f"{each.id} ({each.title})" for each in RULESETS.values())
        yield f"action_parameters.id is {parameters.get('id')}; known are {known}"
    elif ruleset.phase != phase:
        yield f"{ruleset.title} runs in {ruleset.phase}, and this is a rule of {phase}"
    elif phase == MANAGED_PHASE and _sensitive(parameters.get("overrides") or {}):
        yield "sensitivity_level is for the DDoS ruleset; remove it"


Told = tuple[str, bool | None, bool]
"""Of an override: what it names, whether it switches that on, and whether it says nothing."""


def check_overrides(
    *, others: str, rules: Sequence[Told] = (), categories: Sequence[Told] = ()
) -> None:
    """Refuse overrides by which nothing at all would be looked for (incident 18).

    Refused as well are two for one thing, and one that changes nothing.
    """
    refuse_all(_wrong(others, rules, categories))


def _wrong(others: str, rules: Sequence[Told], categories: Sequence[Told]) -> Iterator[str]:
    if others == "off" and not any(enabled for _, enabled, _ in (*rules, *categories)):
        yield (
            "switches all rules off and none on; give rules or categories `enabled: true`, "
            "or leave out others: off"
        )
    for what, told in (("rule", rules), ("category", categories)):
        for name, count in Counter(name for name, _, _ in told).items():
            if count > 1:
                yield f"overrides the {what} {name} {count} times; name it once"
        for name, _, is_empty in told:
            if is_empty:
                yield f"overrides the {what} {name} and says nothing of it; give it an action"


def effective(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Say what *rule*, in the form of the API, leaves of its managed ruleset.

    What its rules are is not public: *others* says what becomes of those that no override names.
    """
    parameters = rule.get("action_parameters") or {}
    ruleset = of_id(str(parameters.get("id")))
    overrides = parameters.get("overrides") or {}
    whole = {name: overrides[name] for name in ("action", "sensitivity_level") if name in overrides}
    return {
        "ruleset": ruleset.title if ruleset else str(parameters.get("id")),
        "others": _OTHERS[overrides.get("enabled")],
        "for_all": whole,
        "categories": list(overrides.get("categories") or []),
        "rules": list(overrides.get("rules") or []),
    }


_OTHERS: Mapping[bool | None, str] = {
    None: "as Cloudflare has them",
    True: "on, those too that Cloudflare leaves off",
    False: "off",
}


def _sensitive(overrides: Mapping[str, Any]) -> bool:
    parts = [overrides, *(overrides.get("rules") or ()), *(overrides.get("categories") or ())]
    return any(part.get("sensitivity_level") for part in parts)
