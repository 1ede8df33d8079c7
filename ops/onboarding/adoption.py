"""What an `up` does to things that the account has already: imports them, or overwrites them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.markup import escape
from rich.table import Column, Table

from ops.preflight.existing_names import Existing, Find, existing
from ops.preview import untrusted_text
from planning.exposure.graph import Resource


class How(StrEnum):
    """What becomes of a thing that is there."""

    IMPORTED = "imported"
    REPLACED = "overwritten"
    """A create puts the new one in its place; its data, if it has any, stays."""

    SET = "set as a whole"
    """It is part of something that is there, and only ever set: what it was is gone."""


PARTS = {
    "HostnameTlsSetting": "zoneId",
    "R2BucketCors": "bucketName",
    "R2BucketLifecycle": "bucketName",
    "R2ManagedDomain": "bucketName",
    "TieredCache": "zoneId",
    "ArgoTieredCaching": "zoneId",
    "UniversalSslSetting": "zoneId",
    "WorkersCronTrigger": "scriptName",
    "WorkersScriptSubdomain": "scriptName",
    "ZoneDnssec": "zoneId",
    "ZoneSetting": "zoneId",
}
"""Type of what is only ever set → input that names what it is a part of. Zones are always there."""

AFTERWARDS = {
    "Ruleset": "rules that the program does not declare leave it with the next up",
    "WorkersScript": "the code is the program's; storage of its Durable Objects stays",
    "WorkersCustomDomain": "the host is answered by the program's worker",
    "ZoneSetting": "what was found is noted, and put back when the stack goes",
}
"""What has to be known of a type before it is taken over."""


@dataclass(frozen=True)
class Taken:
    """One thing that is there."""

    what: str
    how: How
    id: str
    type: str


@dataclass(frozen=True)
class Adoption:
    """All of it."""

    found: Sequence[Existing]
    taken: Sequence[Taken]

    @property
    def imported(self) -> int:
        """How many things are imported."""
        return sum(each.how is How.IMPORTED for each in self.taken)


def adoption(declared: Sequence[Resource], known: Sequence[Resource], find: Find) -> Adoption:
    """Find what of *declared* is there and not *known* to the state, and what becomes of it.

    Raises `OpsError` when the API does not say what exists.
    """
    found = list(existing(declared, known, find))
    parts = list(_parts(declared, known, {each.name for each in found}))
    return Adoption(found, [*map(_taken, found), *parts])


def table(taken: Iterable[Taken]) -> Table:
    """Return what is there as a table; no id in it is cut."""
    whole = [Column(name, overflow="fold") for name in ("what is there", "an up has it", "id")]
    made = Table(*whole, box=None, pad_edge=False)
    for each in taken:
        made.add_row(escape(each.what), each.how, escape(untrusted_text.clean(each.id)))
    return made


def notes(taken: Iterable[Taken]) -> list[str]:
    """Return what has to be known before *taken* is taken over, once for each type."""
    types = dict.fromkeys(each.type for each in taken)
    return [f"{each}: {AFTERWARDS[each]}" for each in types if each in AFTERWARDS]


def _taken(found: Existing) -> Taken:
    how = How.IMPORTED if found.imports else How.REPLACED
    return Taken(str(found), how, found.id, found.resource.short)


def _parts(
    declared: Iterable[Resource], known: Iterable[Resource], names: set[str]
) -> Iterator[Taken]:
    """Yield what is set as a whole of a zone, or of something whose name is among *names*."""
    own = {each.urn for each in known}
    for resource in declared:
        whole = PARTS.get(resource.short)
        if whole is None or resource.urn in own:
            continue
        of = str(resource.inputs.get(whole))
        if whole == "zoneId" or of in names:
            what = f"{resource.short} {untrusted_text.clean(resource.name)}"
            yield Taken(what, How.SET, of, resource.short)
