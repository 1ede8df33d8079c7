"""What stands guard: policies and groups of Access, rules of zones, lists of addresses, CORS.

Needs nothing but Python.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from ops.preview.exposure.addresses import named
from ops.preview.inputs import at, differ, listed, mapping, records
from ops.preview.plan_steps import Inputs, Step
from ops.preview.shown_values import (
    Told,
    is_unreadable,
    spoken,
    tell,
)

MAY_OPEN = "what it guards may open"
"""What is said where a plan does not show how a guard changes."""

NAMES = frozenset({"name", "description", "tags", "logoUrl", "appLauncherVisible", "customPages"})
"""Inputs of a guard by which nobody gets in."""

ALL = {"everyone": "everybody", "any_valid_service_token": "every service token of the account"}
ALL |= {"anyValidServiceToken": ALL["any_valid_service_token"]}
"""Selectors that name nobody, and whom they mean."""

PASSES = frozenset({"bypass"})
"""Decisions by which nobody is asked who they are."""

FACTORS = ("mfaConfig", "approvalRequired", "isolationRequired", "purposeJustificationRequired")
"""Inputs of a policy that ask for more than a login."""

SIDES = (
    ("includes", "lets in", "lets in no longer"),
    ("requires", "also requires", "requires no longer"),
    ("excludes", "keeps out", "keeps out no longer"),
)
"""Selectors of a policy, and what it does by those that are added and taken away."""

Selector = tuple[str, str]
"""Kind and value of whom a policy means."""

SERVICE_TOKEN = "ZeroTrustAccessServiceToken"  # noqa: S105 - a type
ANOTHER_SECRET = frozenset({"clientSecretVersion", "previousClientSecretExpiresAt"})
"""Inputs of a service token by which it gets another secret, and opens nothing more."""

PASSING = frozenset({"skip", "allow", "log"})
"""Actions of a rule that let in what it names."""

SILENT = frozenset({"description", "id", "version", "lastUpdated", "categories", "logging"})
"""Fields of a rule by which nobody gets in."""


def is_rotation(step: Step) -> bool:
    """Return whether *step* gives a service token another secret, and does nothing else."""
    changed = differ(step)
    is_changed = step.op == "update" and bool(changed)
    return step.short == SERVICE_TOKEN and is_changed and changed <= ANOTHER_SECRET


def service_token(step: Step) -> Told | None:
    """Say whether a machine is let in for longer, or no longer."""
    if step.op == "create" or is_rotation(step) or _is_named_anew(step):
        return None  # policies say what it may do
    return "its machine is let in no longer" if step.op == "delete" else MAY_OPEN


def api_token(step: Step) -> Told | None:
    """Say whether whoever has a token of the account may do more or less with it."""
    if _is_named_anew(step):
        return None
    said = {"create": "lets in whoever has this token", "delete": "its token is taken no longer"}
    return said.get(step.op, "what its token may do changes")


def guard(step: Step) -> Told | None:
    """Say that a guard changes, where nothing more is known of its type."""
    return None if step.op == "create" or _is_named_anew(step) else MAY_OPEN


def policy(step: Step) -> Told | None:
    """Say whom a policy or a group of Access lets in that it did not, and whom no longer."""
    if step.op == "delete":
        return MAY_OPEN
    if step.op == "create":
        wide = list(_wide(step.after))
        return f"lets {' and '.join(wide)} in wherever it is asked" if wide else None
    if _is_named_anew(step):
        return None
    said = list(_policy_changes(step)) or [MAY_OPEN]
    return lambda: "; ".join(map(spoken, said))


def _wide(inputs: Inputs) -> Iterator[str]:
    if inputs.get("decision") in PASSES:
        yield "whom it names without a login"
    if inputs.get("decision") != "deny":
        yield from (ALL[kind] for kind, _ in _selectors(inputs.get("includes")) if kind in ALL)


def _policy_changes(step: Step) -> Iterator[Told]:
    before, after = step.before, step.after
    if before.get("decision") != after.get("decision"):
        was, will = before.get("decision"), after.get("decision")
        yield lambda: f"decides {tell(will)} instead of {tell(was)}"
    for name, more, less in SIDES:
        old, new = _selectors(before.get(name)), _selectors(after.get(name))
        if came := [each for each in new if each not in old]:
            yield _selected(more, came)
        if left := [each for each in old if each not in new]:
            yield _selected(less, left)
    for name in FACTORS:
        if before.get(name) and before.get(name) != after.get(name):
            yield f"changes what it asks for beside a login ({name})"
    others = differ(step) - {"decision", "includes", "requires", "excludes", *FACTORS, *NAMES}
    if others:
        yield f"{MAY_OPEN}: {', '.join(sorted(others)[:3])}"


def _selected(word: str, selectors: list[Selector]) -> Told:
    return lambda: f"{word} {named(selectors, _who)}"


def _who(selector: Selector) -> str:
    kind, what = selector
    return ALL.get(kind) or f"{tell(kind)} {tell(what)}"


def _selectors(value: object) -> dict[Selector, None]:
    """Return kind and value of each selector: `{"email": {"email": "a@b"}}`."""
    if is_unreadable(value):
        return {("what", "the plan does not show"): None}
    return {
        (str(kind), ", ".join(str(each) for each in mapping(inner).values())): None
        for each in records(value)
        for kind, inner in each.items()
        if inner is not None
    }


def application(step: Step) -> Told | None:
    """Say where an application of Access stands, or by what it changes who gets in there."""
    if step.op == "create":
        where = step.after.get("domain") or step.after.get("name")
        return lambda: f"says who gets in at {tell(where)}, whoever did before"
    changed = differ(step) - NAMES
    if step.op == "delete" or not differ(step):
        return MAY_OPEN
    said = f"{MAY_OPEN}: changes {', '.join(sorted(changed)[:5])}"
    return said if changed else None


def _is_named_anew(step: Step) -> bool:
    changed = differ(step)
    return step.op == "update" and bool(changed) and changed <= NAMES


def rules(step: Step) -> Told | None:
    """Say which rules of a zone are gone, weaker, or let past others."""
    new = records(step.after.get("rules"))
    if step.op == "create":
        return _let_past(new)
    if step.op == "delete" or not _is_shown(step):
        return MAY_OPEN
    olds, news = _by_ref(step.before.get("rules")), _by_ref(step.after.get("rules"))
    gone = [ref for ref, each in olds.items() if _acts(each) and not _acts(news.get(ref))]
    kept = [ref for ref in olds if ref in news]
    groups = {
        "is gone": gone,
        "says otherwise": [r for r in kept if _acts(news[r]) and _differs(olds[r], news[r])],
        "is new and lets past others": [
            ref
            for ref, each in news.items()
            if ref not in olds and _acts(each) and each.get("action") in PASSING
        ],
    }
    said = [(word, refs) for word, refs in groups.items() if refs]
    if not said:
        moved = kept != [ref for ref in news if ref in olds]
        return f"{MAY_OPEN}: its rules are in another order" if moved else None
    return lambda: f"{MAY_OPEN}: " + "; ".join(f"rule {named(refs)} {word}" for word, refs in said)


def _let_past(new: Iterable[Inputs]) -> Told | None:
    skips = any(_acts(rule) and rule.get("action") == "skip" for rule in new)
    return "lets what it names past other rules" if skips else None


def _is_shown(step: Step) -> bool:
    return all(isinstance(inputs.get("rules"), list) for inputs in (step.before, step.after))


def _by_ref(value: object) -> dict[str, Inputs]:
    """Return rules by their ref; one without is known by all that it says."""
    return {_known_by(each, "ref"): each for each in records(value)}


def _known_by(record: Inputs, key: str) -> str:
    return str(record.get(key) or json.dumps(record, sort_keys=True, default=str))


def _acts(rule: Inputs | None) -> bool:
    return rule is not None and rule.get("enabled") is not False


def _differs(old: Inputs, new: Inputs) -> bool:
    return any(old.get(name) != new.get(name) for name in (old.keys() | new.keys()) - SILENT)


def addresses(step: Step) -> Told | None:
    """Say which addresses come to a list that rules ask, and which leave it."""
    if step.op == "create":
        return None  # a rule that names it says so itself
    before, after = (_texts(inputs.get("items")) for inputs in (step.before, step.after))
    came, left = [x for x in after if x not in before], [x for x in before if x not in after]
    if step.op == "delete" or not differ(step) or is_unreadable(step.after.get("items")):
        return "what rules say of its addresses changes"
    if not came and not left:
        return None
    said = [("has more", came), ("has no longer", left)]
    return lambda: (
        "what rules say of its addresses changes: "
        + "; ".join(f"it {word}: {named(found)}" for word, found in said if found)
    )


def _texts(value: object) -> dict[str, None]:
    return {_known_by(each, "ip"): None for each in records(value)}


def cors(step: Step) -> Told | None:
    """Say pages of which origins may do what with the objects of a bucket."""
    before, after = _origins(step.before), _origins(step.after)
    if step.op == "delete":
        after = {}
    if is_unreadable(at(step.after, "rules")):
        return "which pages may read its objects changes"
    came, left = [x for x in after if x not in before], [x for x in before if x not in after]
    said = [("lets pages of", came), ("no longer lets pages of", left)]
    if not came and not left:
        return None
    return lambda: "; ".join(f"{word} {named(found)}" for word, found in said if found)


def _origins(inputs: Inputs) -> Mapping[str, None]:
    """Return each origin with a method that it may use: `https://a.example GET`."""
    pairs: dict[str, None] = {}
    for rule in records(at(inputs, "rules")):
        allowed = mapping(rule.get("allowed"))
        for origin in listed(allowed.get("origins")):
            whose = "every origin" if origin == "*" else origin
            methods = listed(allowed.get("methods")) or ["any method"]
            pairs |= {f"{whose} {each}": None for each in methods}
    return pairs
