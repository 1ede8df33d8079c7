"""The account and the zones of a stack: that they are there, and have what is said of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.deployment import Zone
from ops.cloudflare_api.answer import Answer
from ops.cloudflare_api.client import Client
from ops.preflight.verdicts import State, Verdict
from ops.stack.target import Target
from planning.plans import ZONE_PLANS

ACTIVE = "active"


def unset(wanted: Sequence[Zone], target: Target) -> Iterator[Verdict]:
    """Yield what only the owner of the account can say and has not said; *wanted*: all zones."""
    init = _init(target.name)
    if not target.account:
        yield Verdict("account", State.FAULT, "chittyos:account is not set", init)
    for zone in wanted:
        if zone.name not in target.zones:
            yield Verdict(f"zone {zone.name}", State.FAULT, "its id is not set", init)


def account(api: Client, identifier: str, stack: str) -> Verdict:
    """Say whether the account is there, and may be seen with the token."""
    answer = api.get(f"/accounts/{identifier}")
    if answer.good and isinstance(answer.result, dict):
        name = answer.result.get("name")
        return Verdict("account", State.GOOD, f"{identifier} ({name})")
    if answer.forbidden:
        said = f"{identifier} is not shown to the token ({answer.reason})"
        step = "see that chittyos:account is right, or give the token Account Settings Read"
        return Verdict("account", State.FAULT, said, step)
    if answer.silent:
        return _not_known("account", identifier, answer)
    said = f"{identifier} does not exist ({answer.reason})"
    return Verdict("account", State.FAULT, said, f"correct chittyos:account; {_init(stack)}")


def zones(api: Client, wanted: Sequence[Zone], identifier: str) -> Iterator[Verdict]:
    """Say of each zone whether it is there, in the account, active, and on the plan it is said to.

    Those of *wanted* whose ids are not set are left out.
    """
    for zone in wanted:
        subject = f"zone {zone.name}"
        answer = api.get(f"/zones/{zone.id}")
        if answer.silent:
            yield _not_known(subject, zone.id, answer)
            continue
        if not (answer.good and isinstance(answer.result, dict)):
            said = f"{zone.id} is no zone that the token is shown ({answer.reason})"
            step = "correct its id, or give the token Zone Read for it"
            yield Verdict(subject, State.FAULT, said, step)
            continue
        yield _zone(subject, zone, answer.result, identifier)


def _not_known(subject: str, identifier: object, answer: Answer) -> Verdict:
    said = f"whether {identifier} is there is not known: the API does not say ({answer.reason})"
    return Verdict(subject, State.UNKNOWN, said, "run this again")


def _zone(subject: str, zone: Zone, found: Mapping[str, Any], identifier: str) -> Verdict:
    file_says = "correct chittyos:zones"
    if found.get("name") != zone.name:
        said = f"{zone.id} is {found.get('name')}"
        return Verdict(subject, State.FAULT, said, file_says)
    owner = (found.get("account") or {}).get("id")
    if owner != identifier:
        return Verdict(subject, State.FAULT, f"it is in account {owner}", file_says)
    if found.get("status") != ACTIVE:
        said = f"it is {found.get('status')}: hosts in it do not answer yet"
        names = ", ".join(found.get("name_servers") or ()) or "those that Cloudflare shows"
        return Verdict(subject, State.WARNING, said, f"set its name servers: {names}")
    return _plan(subject, zone, found)


def _plan(subject: str, zone: Zone, found: Mapping[str, Any]) -> Verdict:
    has = str((found.get("plan") or {}).get("legacy_id"))
    if has == zone.plan:
        return Verdict(subject, State.GOOD, f"active, on the {has} plan")
    if has not in ZONE_PLANS:
        said = f"active; its plan {has} is none that is known, the file says {zone.plan}"
        return Verdict(subject, State.UNKNOWN, said)
    said = f"the file says the {zone.plan} plan and it is on {has}"
    if ZONE_PLANS.index(has) < ZONE_PLANS.index(zone.plan):
        step = f"change the plan of the zone, or set plan: {has} and see what that refuses"
        return Verdict(subject, State.FAULT, said, step)
    return Verdict(subject, State.WARNING, said, f"set plan: {has} to be allowed what it has")


def _init(stack: str) -> str:
    return f"python -m ops init {stack}"
