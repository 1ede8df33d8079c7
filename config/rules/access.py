"""What of Access does not fit together: names that nobody made, tokens that nobody uses."""

from collections.abc import Iterable, Iterator, Mapping

from config.access import Access, Who
from config.reading.problems import unknown
from config.rules.deployment import once
from config.system_declaration import Finding, Guarded
from planning import access as planned

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
    yield from _places([(system, each) for system, guards in guarded.items() for each in guards])


def _names(access: Access) -> Iterator[Finding]:
    for part in ("groups", "service_tokens", "policies"):
        yield from once(f"{PATH}.{part}", (each.name for each in getattr(access, part)))


def _groups(access: Access) -> Iterator[Finding]:
    before: list[str] = []
    for index, group in enumerate(access.groups):
        path = f"{PATH}.groups[{index}]"
        for side in ("include", "require", "exclude"):
            yield from _known(f"{path}.{side}", getattr(group, side), before, access)
        include, require = (planned.Who(**dict(side)) for side in (group.include, group.require))
        for fault in planned.check_group(include, require):
            yield f"{path}.include", fault
        before.append(group.name)


def _policies(access: Access) -> Iterator[Finding]:
    groups = [group.name for group in access.groups]
    for index, policy in enumerate(access.policies):
        for side in ("include", "require", "exclude"):
            path = f"{PATH}.policies[{index}].{side}"
            yield from _known(path, getattr(policy, side), groups, access)


def _known(path: str, who: Who, groups: list[str], access: Access) -> Iterator[Finding]:
    tokens = [token.name for token in access.service_tokens]
    for index, name in enumerate(who.groups):
        if name not in groups:
            yield f"{path}.groups[{index}]", _no_group(name, groups, access)
    for index, name in enumerate(who.service_tokens):
        if name not in tokens:
            yield f"{path}.service_tokens[{index}]", f"{name!r} {unknown(name, tokens)}"


def _no_group(name: str, before: list[str], access: Access) -> str:
    if any(group.name == name for group in access.groups):
        return f"{name!r} is not above this group; a group names those above it, never itself"
    return f"{name!r} {unknown(name, before)}"


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


def _places(guards: list[tuple[str, Guarded]]) -> Iterator[Finding]:
    """Find two applications before one place: Cloudflare takes the second for a mistake."""
    first: dict[str, str] = {}
    for system, each in guards:
        own = f"{system}:{each.path}"
        path, places = f"{own}.paths", each.places
        if not each.guard.paths:
            path, places = own, (f"the worker of {each.hosts[0]}",)
        for place in places:
            if place in first:
                yield path, f"{place} is guarded by {first[place]} already; name it once"
            first.setdefault(place, path)
