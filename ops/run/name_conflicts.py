"""Names that a plan would take and that the account has already, found before anything is made.

The API would refuse them in the middle of an `up` (10014 and the like), or, for a script and a
host, put the new one over what is there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from common.json_types import Json
from ops.cloudflare_api.client import environment_token
from ops.engine.report import Change, Report
from ops.engine.resources import describe, name_of
from ops.errors import OpsError
from ops.preview import untrusted_text
from ops.stack.resource_lookup import Found, Listed, finder, kind_of
from ops.stack.session import Session

MAKES = frozenset({"create", "create-replacement", "update"})
"""Operations that may give something a name it did not have."""

Find = Callable[[Json], Found | None]


@dataclass(frozen=True)
class Taken:
    """A name that the plan gives to a resource and that something has already."""

    change: Change
    kind: Listed
    id: str
    name: str
    owner: str | None
    """URN of the resource of the same stack that has it; `None`: the stack knows none."""

    @property
    def imports(self) -> str | None:
        """What the engine imports it by; `None` where it cannot, or where the stack has it."""
        if self.kind.imports is None or self.owner or self.change.op != "create":
            return None
        return self.kind.imports.format(**{**_inputs(self.change), "id": self.id})

    @property
    def overwrites(self) -> bool:
        """Whether a create puts the new one in its place."""
        return self.kind.replaced and self.owner is None

    def sentence(self, stack: str) -> str:
        """Say what is there and what may be done about it."""
        what = f"{describe(self.change.urn)}: {self.kind.value} {untrusted_text.clean(self.name)}"
        rename = f"give it another name in Pulumi.{stack}.yaml"
        if self.owner:
            return (
                f"{what} is that of {describe(self.owner)} in this stack; tell the engine that it "
                f"is the same (aliases of pulumi.ResourceOptions), or {rename}"
            )
        if self.overwrites:
            return (
                f"{what} is in the account already and would be overwritten; agree to that by "
                f"--adopt, or {rename}"
            )
        there = f"{what} is in the account already (id {untrusted_text.clean(self.id)})"
        return f"{there}; take it over by --adopt, or {rename}"


def taken(session: Session, report: Report, find: Find | None = None) -> list[Taken]:
    """Return which names of the plan in *report* are taken, asking for each kind of list once.

    A throw-away copy makes nothing and is not asked about. *find*: default, over the API of the
    stack. Raises `OpsError` when the API does not say what exists.
    """
    if session.paths.scratch:
        return []
    find = find or finder(session.target.api, environment_token())
    return list(_taken(report, find))


def said(session: Session, report: Report) -> list[str]:
    """Return a sentence for each name that is taken; one sentence when that cannot be asked."""
    try:
        return [each.sentence(session.target.name) for each in taken(session, report)]
    except OpsError as error:
        return [str(error)]


def adopt(session: Session, found: list[Taken]) -> None:
    """Let the next run of the program import what *found* can be imported, instead of making it."""
    session.imports.update(
        {
            (each.change.type, name_of(each.change.urn)): each.imports
            for each in found
            if each.imports
        }
    )


def refuse(session: Session, found: list[Taken], *, adopting: bool) -> None:
    """Raise `OpsError` unless everything in *found* may be taken over."""
    left = [each for each in found if not (adopting and (each.imports or each.overwrites))]
    if left:
        lines = [each.sentence(session.target.name) for each in left]
        raise OpsError("\n".join([*lines, "nothing was changed"]))


def _taken(report: Report, find: Find) -> Iterator[Taken]:
    owners = {(step.old.type, step.old.id): urn for urn, step in report.ends.items() if step.old}
    for change in report.changes:
        inputs = _inputs(change)
        resource: Json = {"urn": change.urn, "type": change.type, "inputs": inputs}
        kind = kind_of(resource)
        if kind is None or change.op not in MAKES or not _is_new(change, kind):
            continue
        if found := find(resource):
            name = str(inputs[kind.value])
            owner = owners.get((change.type, found.id))
            yield Taken(change, kind, found.id, name, owner)


def _is_new(change: Change, kind: Listed) -> bool:
    """Whether the resource gets a name that it did not have."""
    old = change.metadata.old
    before = (old.inputs or {}) if old else {}
    return before.get(kind.value) != _inputs(change).get(kind.value)


def _inputs(change: Change) -> Json:
    new = change.metadata.new
    return dict(new.inputs or {}) if new else {}
