"""What of Access does not fit together: names that nobody made, tokens that nobody uses."""

from collections.abc import Iterable, Iterator, Mapping

from config.access import Access, Who
from config.declared import Finding, Guarded
from config.rules.deployment import once

PATH = "chittyos:access"


def check(access: Access | None, guarded: Mapping[str, Iterable[Guarded]]) -> Iterator[Finding]:
    """Find what does not fit; *guarded* is what each system puts behind policies."""
    if access is not None:
        yield from _names(access)
        yield from _groups(access)
        yield from _policies(access)
        yield from _tokens(access)
    known = [policy.name for policy in access.policies] if access else []
    for system, guards in guarded.items():
        listed = list(guards)
        yield from _guards(system, listed, known)
    yield from _places([g for guards in guarded.values() for g in guards])


def _names(access: Access) -> Iterator[Finding]:
    for part in ("groups", "service_tokens", "policies"):
        yield from once(f"{PATH}.{part}", (each.name for each in getattr(access, part)))


def _groups(access: Access) -> Iterator[Finding]:
    before: list[str] = []
    for index, group in enumerate(access.groups):
        path = f"{PATH}.groups[{index}]"
        for side in ("include", "require", "exclude"):
            yield from _known(f"{path}.{side}", getattr(group, side), before, access)
        if group.include.service_tokens or group.include.any_service_token:
            yield f"{path}.include", "is of people; name service tokens in the policies themselves"
        if group.include == Who():
            yield f"{path}.include", "includes nobody; name who is in the group"
        before.append(group.name)


def _policies(access: Access) -> Iterator[Finding]:
    groups = [group.name for group in access.groups]
    for index, policy in enumerate(access.policies):
        for side in ("include", "require", "exclude"):
            path = f"{PATH}.policies[{index}].{side}"
            yield from _known(path, getattr(policy, side), groups, access)


def _known(path: str, who: Who, groups: list[str], access: Access) -> Iterator[Finding]:
    tokens = [token.name for token in access.service_tokens]
    for kind, names, there in (
        ("groups", who.groups, groups),
        ("service_tokens", who.service_tokens, tokens),
    ):
        for name in names:
            if name not in there:
                text = ", ".join(there) or "none"
                yield f"{path}.{kind}", f"names {name!r}, which is not there before; known: {text}"


def _tokens(access: Access) -> Iterator[Finding]:
    """Find tokens that open nothing. Cloudflare sweeps those away after 30 to 365 days."""
    used = {name for policy in access.policies for name in policy.include.service_tokens}
    for index, token in enumerate(access.service_tokens):
        if token.name not in used:
            path = f"{PATH}.service_tokens[{index}]"
            yield path, f"{token.name!r} is in no policy, so that it opens nothing; remove it"
    if access.service_tokens and not access.emails:
        yield f"{PATH}.emails", "must be set: service tokens end, and somebody has to be told"


def _guards(system: str, guards: list[Guarded], known: list[str]) -> Iterator[Finding]:
    yield from once(f"{system}:access", (each.guard.name for each in guards))
    for each in guards:
        path = f"{system}:{each.path}"
        yield from once(f"{path}.policies", each.guard.policies)
        for name in each.guard.policies:
            if name not in known:
                there = ", ".join(known) or "none; set chittyos:access"
                yield f"{path}.policies", f"names the policy {name!r}; known are: {there}"


def _places(guards: list[Guarded]) -> Iterator[Finding]:
    """Find two applications before one place: Cloudflare takes the second for a mistake."""
    whole = [f"the worker of {each.hosts[0]}" for each in guards if not each.guard.paths]
    places = [place for each in guards for place in each.places] + whole
    yield from once(f"{PATH} (applications)", places)
