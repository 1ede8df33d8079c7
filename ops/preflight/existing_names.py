"""Which things that a stack declares exist in its account already, and whose they are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from common.json_types import Json
from ops.errors import OpsError
from ops.preflight.verdicts import State, Verdict
from ops.preview import untrusted_text
from ops.stack.resource_lookup import LISTED, Found, Listed
from planning.exposure.graph import Resource

Find = Callable[[Json], Found | None]

SUBJECT = "names"


@dataclass(frozen=True)
class Existing:
    """Something of the account that has the name of a resource, and is none of the stack."""

    resource: Resource
    kind: Listed
    id: str

    @property
    def imports(self) -> str | None:
        """What the engine imports it by; `None`: it cannot."""
        if self.kind.imports is None:
            return None
        return self.kind.imports.format(**{**self.resource.inputs, "id": self.id})

    @property
    def name(self) -> str:
        """Its name in the account."""
        return str(self.resource.inputs[self.kind.value])

    def __str__(self) -> str:
        return f"{self.resource.short} {untrusted_text.clean(self.name)}"


def existing(
    declared: Iterable[Resource], known: Iterable[Resource], find: Find
) -> Iterator[Existing]:
    """Yield what of *declared* exists and is not *known* to the state; each list is asked for once.

    Raises `OpsError` when the API does not say what exists.
    """
    own = {(each.type, each.id) for each in known if each.id}
    for resource in declared:
        kind = LISTED.get(resource.type)
        found = find(_asked(resource)) if kind else None
        if kind and found and (resource.type, found.id) not in own:
            yield Existing(resource, kind, found.id)


def judge(
    declared: Sequence[Resource], known: Sequence[Resource] | None, find: Find, stack: str
) -> list[Verdict]:
    """Say which names are taken. *known*: the state; `None`: it cannot be read."""
    looked = [each for each in declared if each.type in LISTED]
    found, unlisted = _by_type(looked, known or (), find)
    verdicts = [_taken(each, known is None, stack) for each in found]
    if unlisted:
        said = f"what exists cannot be listed: {', '.join(unlisted)}"
        verdicts.append(Verdict(SUBJECT, State.UNKNOWN, said))
    if not verdicts:
        mine = f", {len(known)} resources are in the state" if known else ""
        verdicts.append(Verdict(SUBJECT, State.GOOD, f"{len(looked)} are free or its own{mine}"))
    return verdicts


def _by_type(
    looked: Sequence[Resource], known: Sequence[Resource], find: Find
) -> tuple[list[Existing], list[str]]:
    """Return what exists, and the types that the token may not list."""
    found: list[Existing] = []
    unlisted: list[str] = []
    for short in sorted({each.short for each in looked}):
        try:
            found += existing([each for each in looked if each.short == short], known, find)
        except OpsError:
            unlisted.append(short)
    return found, unlisted


def _taken(found: Existing, unread: bool, stack: str) -> Verdict:
    adopt = f"python -m ops adopt {stack}"
    if unread:
        said = f"{found} exists, and whose it is is not known: the state cannot be read"
        return Verdict(SUBJECT, State.UNKNOWN, said, adopt)
    how = "exists already" if found.imports else "exists already and would be overwritten"
    said = f"{found} {how}, and the stack does not know it"
    return Verdict(SUBJECT, State.FAULT, said, f"{adopt}, or give it another name")


def _asked(resource: Resource) -> Json:
    return {"urn": resource.urn, "type": resource.type, "inputs": dict(resource.inputs)}
