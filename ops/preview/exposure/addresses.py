"""What answers: hosts, switches of public addresses, tunnels, ports of containers.

Needs nothing but Python.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.preview.inputs import at, differ, listed, mapping, records
from ops.preview.plan_steps import Inputs, Step
from ops.preview.shown_values import Told, is_unreadable, tell

NAMED = 3
"""Places that a line names; of more it gives the number."""

CATCH_ALL = "http_status:"
"""Begins the service of a tunnel's rule that only answers with a status."""

LOOPBACK = frozenset({"::1", "localhost"})


@dataclass(frozen=True)
class Address:
    """A resource lets the world in at one place."""

    where: str
    """Input that says where."""

    stops: str
    """What becomes of the place when it is closed."""

    answers: tuple[str, ...]
    """Inputs, by their paths, that say who answers there."""

    shields: tuple[str, ...] = ()
    """Inputs that are true where Cloudflare stands before who answers. Default: it always does."""

    enabled: str = ""
    """Input that is false where it is there and closed. Default: it is open."""

    def __call__(self, step: Step) -> Told | None:
        before, after = self._place(step.before), self._place(step.after)
        if step.op == "delete":
            after = None
        if before is None and after is None:
            return None
        if before == after:
            return self._otherwise(step, after)
        if before is None:
            return lambda: f"opens {tell(after)}{self._bare(step)}"
        return lambda: (
            f"closes {tell(before)}, which {self.stops}"
            + ("" if after is None else f"; opens {tell(after)}{self._bare(step)}")
        )

    def _place(self, inputs: Inputs) -> object:
        is_closed = self.enabled and at(inputs, self.enabled) is False
        return None if is_closed else at(inputs, self.where)

    def _otherwise(self, step: Step, where: object) -> Told | None:
        bared = [name for name in self.shields if step.before.get(name) is True]
        if any(step.after.get(name) is not True for name in bared):
            return lambda: f"opens what stands behind {tell(where)}, past rules and Access"
        if any(at(step.before, path) != at(step.after, path) for path in self.answers):
            return lambda: f"changes what answers at {tell(where)}"
        return None if differ(step) else lambda: f"changes what answers at {tell(where)}"

    def _bare(self, step: Step) -> str:
        bare = [name for name in self.shields if step.after.get(name) is False]
        return ", with neither rules nor Access before it" if bare else ""


@dataclass(frozen=True)
class Switches:
    """A resource opens something by an input that is true."""

    paths: tuple[tuple[str, str], ...]
    """Path of each input, and what it opens."""

    left: str = ""
    """What is so when the resource is deleted and was on. Default: what it opened is closed."""

    def __call__(self, step: Step) -> Told | None:
        if step.op == "delete" and self.left:
            return self.left if any(at(step.before, path) for path, _ in self.paths) else None
        told = []
        for path, what in self.paths:
            before, after = bool(at(step.before, path)), bool(at(step.after, path))
            if before != after:
                told.append(f"{'opens' if after else 'closes'} {what}")
        return ", ".join(told) or None


def certificate(step: Step) -> Told | None:
    """Say which hosts a pack of certificates is no longer for."""
    kept = [] if step.op == "delete" else listed(step.after.get("hosts"))
    lost = [str(host) for host in listed(step.before.get("hosts")) if host not in kept]
    if not lost or is_unreadable(step.after.get("hosts")):
        return None
    return lambda: f"closes {named(lost)}, which this pack has no certificate for any more"


def pool(step: Step) -> Told | None:
    """Say that other machines answer for the hosts of the balancers that have the pool."""
    before, after = (
        {str(each.get("address")) for each in records(inputs.get("origins"))}
        for inputs in (step.before, step.after)
    )
    if step.op != "update" or before == after:
        return None  # a balancer that begins or ends with it says so itself
    said = [
        ("answers from", sorted(after - before)),
        ("answers no longer from", sorted(before - after)),
    ]
    return lambda: "; ".join(f"{word} {named(each)}" for word, each in said if each)


def tunnel(step: Step) -> Told | None:
    """Say at which hosts a tunnel answers that did not, which no longer do, which check nothing."""
    before, after = _rules(step.before), _rules(step.after)
    if step.op == "delete" or after is None:
        return lambda: _unread_tunnel(step)
    if before is None and step.op != "create":
        return lambda: f"changes what answers at {tell(step.after.get('tunnelId'))}"
    return _changed({} if before is None else before, after)


def _unread_tunnel(step: Step) -> str:
    if step.op == "delete":  # the API has no call that takes a configuration away
        return f"leaves {tell(step.before.get('tunnelId'))} open until its tunnel is deleted"
    word = "opens" if step.op == "create" else "changes what answers at"
    return f"{word} {tell(step.after.get('tunnelId'))}"


Rules = Mapping[tuple[str, str], tuple[object, bool, object]]
"""Host and path → service, whether a token of Access is asked for, and all that is said."""


def _rules(inputs: Inputs) -> Rules | None:
    given = at(inputs, "config.ingresses")
    if not isinstance(given, list):
        return None
    every = mapping(at(inputs, "config.originRequest"))
    told = [
        {**each, "originRequest": {**every, **mapping(each.get("originRequest"))}}
        for each in records(given)
        if not (str(each.get("service")).startswith(CATCH_ALL) and not each.get("hostname"))
    ]
    return {
        (str(each.get("hostname") or "*"), str(each.get("path") or "")): (
            each.get("service"),
            at(each, "originRequest.access.required") is True,
            each,
        )
        for each in told
    }


def _changed(before: Rules, after: Rules) -> Told | None:
    kept = before.keys() & after.keys()
    groups = {
        "opens": [place for place in after if place not in before],
        "no longer asks for a token of Access at": [
            place for place in kept if before[place][1] and not after[place][1]
        ],
        "changes what answers at": sorted(
            place for place in kept if before[place][2] != after[place][2]
        ),
        "closes": [place for place in before if place not in after],
    }
    said = {word: places for word, places in groups.items() if places}
    if not said:
        return None
    return lambda: "; ".join(f"{word} {named(map(''.join, p))}" for word, p in said.items())


def named(things: Iterable[Any], how: Callable[[Any], str] = tell) -> str:
    """Name the first of *things* and the number of the others. Default: as values are told."""
    every = list(things)
    more = len(every) - NAMED
    return ", ".join(map(how, every[:NAMED])) + (f" and {more} more" if more > 0 else "")


def ports(step: Step) -> Told | None:
    """Say which ports of a machine a container answers at, beyond the machine itself."""
    before, after = set(_ports(step.before)), set(_ports(step.after))
    if step.op == "delete":
        after = set()
    opened, closed = sorted(after - before), sorted(before - after)
    if not opened and not closed:
        return None
    said = [("opens", opened), ("closes", closed)]
    return lambda: "; ".join(f"{word} {named(each)}" for word, each in said if each)


def _ports(inputs: Inputs) -> Iterator[str]:
    for name in ("ports", "endpointSpec.ports"):
        given = at(inputs, name)
        if is_unreadable(given) or any(map(is_unreadable, listed(given))):
            yield "ports that the plan does not show"
        for each in records(given):
            address = str(each.get("ip") or "0.0.0.0")  # noqa: S104 - what Docker does without one
            port = each.get("external") or each.get("publishedPort") or "any"
            if address not in LOOPBACK and not address.startswith("127."):
                yield f"port {port} of {address}"
    if inputs.get("networkMode") == "host":
        yield "every port that it listens on, of the machine's own network"
    if inputs.get("publishAllPorts") is True:
        yield "every port of its image, at any port of the machine"
