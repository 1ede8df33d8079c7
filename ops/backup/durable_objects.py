"""Durable Objects, copied by an address of their own worker; of which classes that is not possible.

Cloudflare shows nobody what an object keeps. The worker answers `{action, class, …}` for the owner
of a key: `workers/lib/backup/door.ts`. An object is known by its name, which leads to it in any
namespace; its id does in its own only, and stands in the place of a name that nobody knows. A large
one comes, and goes back, in several parts: a line of the file each, one behind the other.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from common.json_types import Json
from ops.backup.backup_folder import File, private_file
from ops.backup.object_lines import Place, known_by, objects_in, sort
from ops.backup.parallel import in_order
from ops.backup.progress import Copied, Tell
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.engine.resources import short_type
from ops.errors import OpsError

NAMESPACES = "/workers/durable_objects/namespaces"
SCRIPTS = ("WorkersScript", "Worker")
PER_PAGE = 100
A_LIST = 1_000
NOTED = 50
"""Objects after which it is noted how far it is."""

UNNAMED = (
    "{} objects were last written to by an earlier version, and the worker that answers copies "
    "none without a name; python -m ops up of this stack, then another backup, copies them"
)
BY_ID = (
    "the names of {} objects, which were last written to by an earlier version; they come back by "
    "their ids, into the namespace that they are of and into no other"
)
LEFT = (
    "{} objects stay in the backup alone: nobody knows their names, and their ids are of a "
    "namespace that is there no more"
)
NOT_COPIED = "object_not_copied"
"""Code of a worker that has an object of which no copy can be made at this moment."""

ELSEWHERE = "object_elsewhere"
"""Code of a worker in whose namespace an object without a name is not."""

UNDEPLOYED = "is the key that is set deployed? python -m ops up of this stack does that"
OTHERS = "it is not the worker that answers: what stands before it (Access, a rule of the zone)?"
HINTS: dict[int, str] = {httpx.codes.UNAUTHORIZED: UNDEPLOYED, httpx.codes.NOT_FOUND: UNDEPLOYED}
IN_PARTS = "{} objects were read in several parts: what was written meanwhile may be in it or not"


class RefusedCopyError(OpsError):
    """A worker answered, and said no."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Door:
    """Where the worker of one class answers, and by which key."""

    name: str
    """How the copy is called: the same in every stack."""

    script: str
    class_name: str
    url: str
    host: str
    key: str | None = field(repr=False)
    """`None`: none is set, and nobody gets in."""


def stores_of(account: Account, doors: Iterable[Door]) -> dict[Store, Door]:
    """Return the namespaces that are there and whose objects can be copied, with their doors."""
    found = {(each.get("script"), each.get("class")): str(each["id"]) for each in _all(account)}
    return {
        Store("objects", each.name, f"{each.script} {each.class_name}", found[place]): each
        for each in doors
        if each.key and (place := (each.script, each.class_name)) in found
    }


def uncopied(
    account: Account,
    resources: Iterable[Json],
    doors: Iterable[Door],
    left_out: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> list[str]:
    """Say of which classes of the workers among *resources* objects are stored and not copied.

    *left_out*: why no copy is made of a class, by script and class. Default: of none that is known.
    """
    scripts = set(_scripts(resources))
    known = {(each.script, each.class_name): each for each in doors}
    said = []
    for each in _all(account):
        script, class_name = str(each.get("script")), str(each.get("class"))
        door = known.get((script, class_name))
        is_copied = door is not None and door.key is not None
        if script in scripts and not is_copied and _has_objects(account, each["id"]):
            without = left_out.get((script, class_name), "their worker has no address for copies")
            why = "no key of backups is set" if door else without
            said.append(f"Durable Objects {class_name} of {script}: {why}")
    return said


@dataclass(frozen=True)
class ObjectsCopier:
    """Copies the objects of one class."""

    account: Account
    doors: Mapping[Store, Door]
    suffix: str = ".jsonl"

    def is_empty(self, store: Store) -> bool:
        """Return whether none of its objects has anything; one that cannot be copied has."""
        parts = self._parts(store)
        try:
            return not any(part["copy"] is not None or part.get("is_unnamed") for part in parts)
        except RefusedCopyError as error:
            if error.code != NOT_COPIED:
                raise
            return False  # half of it is there, where a restore was stopped

    def save(self, store: Store, file: Path, tell: Tell) -> Copied:
        """Write a line for each part of what objects keep, by their names; ids come first."""
        done, places, large, by_id, unnamed = Copied(), [], 0, 0, 0
        known = ("", "")
        draft = file.with_name(f"{file.name}.unsorted")
        with private_file(draft) as out:
            for part in self._parts(store):
                unnamed += bool(part.get("is_unnamed"))
                if (copy := part["copy"]) is None:
                    continue
                line = json.dumps(copy, ensure_ascii=False, sort_keys=True).encode() + b"\n"
                is_first = not copy.get("goes_on")
                known = known_by(copy) if is_first else known
                places.append((known, out.tell(), len(line)))
                out.write(line)
                done.add(len(line), int(is_first))
                large += bool(copy.get("more") and is_first)
                by_id += is_first and "name" not in copy
                tell(done)
        sort(draft, file, places)
        counted = ((IN_PARTS, large), (BY_ID, by_id), (UNNAMED, unnamed))
        done.notes = tuple(note.format(count) for note, count in counted if count)
        return done

    def clear(self, store: Store, tell: Tell) -> None:
        gone = Copied()
        for object_id in self._stored(store):
            self._ask(store, {"action": "clear", "id": object_id})
            gone.entries += 1
            tell(gone)

    def restore(self, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
        done, lines, left = Copied(entries=begin), begin, 0
        objects = objects_in(file, begin)
        for number, written in enumerate(
            in_order(lambda each: self._write(store, file, each), objects), start=1
        ):
            left += written.is_left
            done.add(written.bytes, int(not written.is_left))
            done.notes = (LEFT.format(left),) if left else ()
            lines += written.lines
            tell(done)
            if number % NOTED == 0:
                yield lines
        yield lines

    def files(self, _file: Path) -> Iterator[File]:
        return iter(())

    def comparable(self, line: bytes) -> bytes | None:
        """Leave out when the alarm rings: one that was due rings at once."""
        copy = json.loads(line)
        copy.pop("alarm")
        return json.dumps(copy, sort_keys=True).encode()

    def _stored(self, store: Store) -> Iterator[str]:
        for page in self.account.pages(f"{NAMESPACES}/{store.id}/objects", {"limit": A_LIST}):
            yield from (each["id"] for each in page if each.get("hasStoredData", True))

    def _parts(self, store: Store) -> Iterator[Json]:
        """Yield the parts of what each object keeps; no more than one of an object is in memory."""

        def first(object_id: str) -> tuple[str, Json]:
            return object_id, self._ask(store, {"action": "export", "id": object_id})

        for object_id, part in in_order(first, self._stored(store)):
            yield part
            yield from self._further(store, object_id, part)

    def _further(self, store: Store, object_id: str, part: Json) -> Iterator[Json]:
        while following := part.get("next"):
            part = self._ask(store, {"action": "export", "id": object_id, "from": following})
            if part["copy"] is None:
                raise OpsError(
                    f"an object of {store.label} was emptied while it was copied; "
                    "run the same command again"
                )
            yield part

    def _write(self, store: Store, file: Path, place: Place) -> Place:
        """Write one object, part after part; once more from the first where one is refused.

        A part that was taken is refused when it is sent again, for its answer had not come. One
        that is of another namespace is left.
        """
        try:
            self._write_parts(store, file, place)
        except OpsError as error:
            if isinstance(error, RefusedCopyError) and error.code == ELSEWHERE:
                return replace(place, is_left=True)
            if place.lines == 1:
                raise
            self._write_parts(store, file, place)
        return place

    def _write_parts(self, store: Store, file: Path, place: Place) -> None:
        with file.open("rb") as lines:
            lines.seek(place.offset)
            for line in islice(lines, place.lines):
                self._ask(store, {"action": "import", "copy": json.loads(line), "replace": True})

    def _ask(self, store: Store, asked: Json) -> Json:
        """Ask the worker; raises `RefusedCopyError` with what it says when it refuses."""
        door = self.doors[store]
        response = self.account.send(
            "POST",
            door.url,
            headers={"Host": door.host, "Authorization": f"Bearer {door.key}"},
            json={**asked, "class": door.class_name},
        )
        answer = _said(response)
        if response.status_code != httpx.codes.OK:
            raise _refused(door, store, response.status_code, answer.get("error"))
        return answer


def _refused(door: Door, store: Store, status: int, said: Any) -> RefusedCopyError:
    told = said if isinstance(said, dict) else {}
    hint = HINTS.get(status, "") if told else OTHERS
    what = "; ".join(filter(None, (f"{status} {told.get('message') or ''}".strip(), hint)))
    return RefusedCopyError(
        f"{door.host} refuses a copy of {store.label}: {what}", str(told.get("code"))
    )


def _scripts(resources: Iterable[Json]) -> Iterator[str]:
    for each in resources:
        if short_type(each["urn"]) in SCRIPTS:
            inputs = each.get("inputs") or {}
            yield str(inputs.get("scriptName") or inputs.get("name"))


def _all(account: Account) -> Iterator[Json]:
    page = 1
    while listed := account.result("GET", NAMESPACES, params={"page": page, "per_page": PER_PAGE}):
        yield from listed
        if len(listed) < PER_PAGE:
            return
        page += 1


def _has_objects(account: Account, namespace: str) -> bool:
    listed = account.result("GET", f"{NAMESPACES}/{namespace}/objects", params={"limit": 10})
    return any(each.get("hasStoredData", True) for each in listed)


def _said(response: httpx.Response) -> Json:
    """Return the JSON object of what a worker says; an empty one where it says none."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}
