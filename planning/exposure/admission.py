"""Whom the policies of Access admit, in words."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from planning.exposure.graph import Graph, Resource, items, part, text
from planning.exposure.model import ANYONE

APPLICATION, POLICY = "ZeroTrustAccessApplication", "ZeroTrustAccessPolicy"
GROUP, TOKEN = "ZeroTrustAccessGroup", "ZeroTrustAccessServiceToken"
NOBODY = "nobody: no policy of Access admits anyone"
BYPASS, ALLOW, DENY, MACHINES = "bypass", "allow", "deny", "non_identity"
DEEPEST = 5
"""How deep groups are followed into one another."""

Selector = Mapping[str, Any]

_TEXTS: Mapping[str, tuple[str, str]] = {
    "anyValidServiceToken": ("", "any service token"),
    "certificate": ("", "any client certificate"),
    "commonName": ("commonName", "the client certificate {}"),
    "email": ("email", "{}"),
    "emailDomain": ("domain", "people of @{}"),
    "emailList": ("id", "the mail addresses of list {}"),
    "geo": ("countryCode", "visitors from {}"),
    "githubOrganization": ("name", "members of {} at GitHub"),
    "gsuite": ("email", "the Google group {}"),
    "ip": ("ip", "addresses of {}"),
    "ipList": ("id", "addresses of list {}"),
    "linkedAppToken": ("appUid", "tokens of application {}"),
    "loginMethod": ("id", "people who sign in by method {}"),
    "okta": ("name", "the Okta group {}"),
}
"""A selector by its name: where its value stands, and what it means."""

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def admitted(graph: Graph, application: Resource) -> tuple[str, ...]:
    """Return whom *application* admits, the most open first; `NOBODY` where its policies do not.

    A policy of another stack is named by its id.
    """
    said = [each for policy in _policies(graph, application) for each in _of(graph, policy)]
    admits = [each for each in said if not each.startswith("not ")]
    return tuple(dict.fromkeys(said)) if admits else (NOBODY, *said)


def _policies(graph: Graph, application: Resource) -> list[Resource | Selector]:
    """Return the policies of an application in the order in which they are looked at."""
    listed = items(application.inputs.get("policies"))
    by_place = sorted(enumerate(listed), key=lambda each: each[1].get("precedence") or each[0])
    found = [graph.find(each.get("id"), POLICY) or each for _, each in by_place]
    if not listed or any(_is_unknown(each) for each in found):
        found += [p for p in graph.sources(application, "policies", POLICY) if p not in found]
        found = [each for each in found if not _is_unknown(each)]
    return sorted(found, key=lambda each: _decision(each) not in (BYPASS, MACHINES))


def _is_unknown(policy: Resource | Selector) -> bool:
    return isinstance(policy, Mapping) and not policy.get("id") and not policy.get("decision")


def _inputs(policy: Resource | Selector) -> Selector:
    return policy.inputs if isinstance(policy, Resource) else policy


def _decision(policy: Resource | Selector) -> str:
    return text(_inputs(policy).get("decision"))


def _of(graph: Graph, policy: Resource | Selector) -> Iterator[str]:
    """Yield whom one policy admits; what it keeps out begins with `not`."""
    inputs, decision = _inputs(policy), _decision(policy)
    if not decision:
        yield f"whom policy {inputs.get('id')} of another stack admits"
        return
    words = _words(graph, policy if isinstance(policy, Resource) else None)
    only = "".join(f", who also are {each}" for each in words(inputs.get("requires")))
    but = "".join(f", except {each}" for each in words(inputs.get("excludes")))
    for each in words(inputs.get("includes")):
        yield f"{_decided(decision, each)}{only}{but}"


def _decided(decision: str, who: str) -> str:
    if decision == DENY:
        return f"not {who}"
    if who == ANYONE:
        return ANYONE if decision == BYPASS else "everyone who signs in"
    is_address = who.startswith("addresses")
    if decision == ALLOW and is_address:
        return f"who signs in from {who}"
    return f"{who}, without signing in" if is_address or decision == BYPASS else who


def _words(graph: Graph, holder: Resource | None) -> Callable[[object], list[str]]:
    return lambda selectors: [
        word for each in items(selectors) for word in _selected(graph, holder, each, DEEPEST)
    ]


def _selected(
    graph: Graph, holder: Resource | None, selector: Selector, levels: int
) -> Iterator[str]:
    for name, value in selector.items():
        if value is None:
            continue
        if name == "everyone":
            yield ANYONE
        elif name == "serviceToken":
            yield f"service token {_named(graph, holder, part(value).get('tokenId'), TOKEN)}"
        elif name == "group":
            yield from _group(graph, holder, part(value), levels)
        else:
            yield _text(name, part(value))


def _text(name: str, value: Selector) -> str:
    key, form = _TEXTS.get(name, ("", f"who passes {_WORD.sub(' ', name).lower()}"))
    team = f", team {value['team']}" if name == "githubOrganization" and value.get("team") else ""
    return form.format(str(value.get(key) or "").removeprefix("@") or "one not named here") + team


def _named(graph: Graph, holder: Resource | None, value: object, kind: str) -> str:
    """Name what *value* is the id of: by its own name, else by what the holder was made of."""
    found = graph.find(value, kind)
    if found is None and holder is not None and not value:
        made_of = graph.sources(holder, "includes", kind)
        return " or ".join(each.own_name for each in made_of) or "of another stack"
    return found.own_name if found else f"{value} of another stack"


def _group(graph: Graph, holder: Resource | None, value: Selector, levels: int) -> Iterator[str]:
    group = graph.find(value.get("id"), GROUP)
    if group is None:
        yield f"group {_named(graph, holder, value.get('id'), GROUP)}"
        return
    within = [
        word
        for each in items(group.inputs.get("includes"))
        for word in (_selected(graph, group, each, levels - 1) if levels else ["more groups"])
    ]
    yield f"group {group.own_name} ({', '.join(within)})" if within else f"group {group.own_name}"
