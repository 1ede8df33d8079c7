"""Waivers and approvals: what somebody accepted, for a reason, until a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common.reasons import is_reason
from policies.pack import clock
from policies.pack.enforcement import Enforcement, LevelsError
from policies.pack.finding import Finding, Findings, Subject
from policies.pack.resource import Stack
from policies.pack.rule import Registry

RULE = "meta-waivers"
"""The rule whose settings hold the waivers, and that checks them."""

URN = "urn:pulumi:"

STACK = "stack"
"""Names the stack as a whole where a resource is asked for."""

SYSTEM = "chittyos:system:"
"""Begins the types of the components that systems are."""


@dataclass(frozen=True)
class Waiver:
    """One accepted violation. *resource* is a URN, a resource's name, or "stack"."""

    rule: str
    resource: str
    reason: str
    expires: dt.date
    system: str = ""
    """System that it is about: a stack without that one is not asked to need it. Default: every
    stack is, but where *resource* is a URN of another."""

    @property
    def is_current(self) -> bool:
        return self.expires >= clock.today()

    def covers(self, rule_id: str, resource: Subject | None) -> bool:
        """Whether this is about *rule_id* at *resource* (None: the stack)."""
        names = (resource.urn, resource.name) if resource else (STACK,)
        return rule_id == self.rule and self.resource in names

    def is_of(self, stack: Stack) -> bool:
        """Whether it is about *stack*: that has its system, and is the one in its URN."""
        systems = [each.name for each in stack.resources if each.type.startswith(SYSTEM)]
        if self.system and self.system not in systems:
            return False
        stacks = {_stack_of(each.urn) for each in stack.resources}
        return not (stacks and self.resource.startswith(URN)) or _stack_of(self.resource) in stacks

    @property
    def is_exact(self) -> bool:
        """Whether an exception of the engine can say the same: it knows URNs and the stack."""
        return self.resource == STACK or self.resource.startswith(URN)

    def __str__(self) -> str:
        return f"the waiver of {self.rule} for {self.resource}"


def _stack_of(urn: str) -> str:
    return urn.partition("::")[0]


def approved(approvals: Iterable[Mapping[str, str]], **wanted: str | None) -> bool:
    """Return whether an approval that has not expired names all of *wanted*."""
    return any(
        all(approval.get(key) == value for key, value in wanted.items()) and _is_current(approval)
        for approval in approvals
    )


def _is_current(approval: Mapping[str, str]) -> bool:
    expires = clock.day(approval.get("expires"))
    in_time = expires is not None and expires >= clock.today()
    return in_time and is_reason(approval.get("reason", ""))


class Waivers:
    """The waivers of a run, and which of them were needed."""

    def __init__(
        self, waivers: Iterable[Waiver], *, max_days: float, listed: bool, exempted: bool = False
    ) -> None:
        self._waivers = list(waivers)
        self._latest = clock.today() + dt.timedelta(days=max_days)
        self._max_days = max_days
        self._listed = listed
        self._exempted = exempted
        self._needed: set[Waiver] = set()

    def waive(self, rule_id: str, resource: Subject | None) -> bool:
        """Whether a current waiver covers the violation; every waiver it meets was needed."""
        met = [waiver for waiver in self._waivers if waiver.covers(rule_id, resource)]
        self._needed.update(met)
        return any(waiver.is_current for waiver in met)

    def are_told(self, rule_id: str, resource: Subject | None) -> bool:
        """Whether a waived violation is told all the same, for the engine to show as exempted."""
        return self._exempted and any(
            waiver.is_exact and waiver.is_current and waiver.covers(rule_id, resource)
            for waiver in self._waivers
        )

    def findings(self, stack: Stack) -> Findings:
        """Yield what is wrong with the waivers themselves, after all of *stack* was looked at."""
        for waiver in self._waivers:
            if waiver not in self._needed:
                if waiver.is_of(stack):
                    yield Finding(None, f"{waiver} was not needed; take it away")
            elif not waiver.is_current:
                yield Finding(None, f"{waiver} expired on {waiver.expires}")
            elif waiver.expires > self._latest:
                yield Finding(None, f"{waiver} ends more than {self._max_days:.0f} days ahead")
            elif self._listed:
                until = f"in force until {waiver.expires}: {waiver.reason}"
                yield Finding(None, f"{waiver} is {until}", advice=True)


def waivers_of(enforcement: Enforcement, registry: Registry) -> Waivers:
    """Read the waivers out of the settings; raises LevelsError where one is malformed."""
    if RULE not in registry:
        return Waivers((), max_days=0, listed=False)
    settings = enforcement[RULE].settings
    waivers = [_waiver(entry, registry) for entry in settings["waivers"]]
    return Waivers(
        waivers,
        max_days=settings["maxDays"],
        listed=settings["listed"],
        exempted=settings["exempted"],
    )


def _waiver(entry: Mapping[str, str], registry: Registry) -> Waiver:
    expires = clock.day(entry.get("expires"))
    rule_id, reason = entry.get("rule", ""), entry.get("reason", "").strip()
    if rule_id not in registry or rule_id == RULE:
        raise LevelsError(
            f"a waiver names the rule {rule_id!r}, which the pack does not have or cannot waive"
        )
    if not is_reason(reason) or not entry.get("resource"):
        raise LevelsError(
            f"the waiver of {rule_id} needs the name of a resource and a reason, two words or more"
        )
    if expires is None:
        raise LevelsError(f"the waiver of {rule_id} needs a day of expiry such as 2027-01-31")
    return Waiver(rule_id, entry["resource"], reason, expires, entry.get("system", ""))
