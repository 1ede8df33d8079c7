"""The file of a stack cut in two: blocks of some systems go to the file of a new stack.

Comments and order stay. What comes out is compared with what was wanted before anybody gets it.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml

from config import ConfigError, file_name
from config.reading.blocks import name_stack
from ops.errors import OpsError
from ops.stack.effective_config import is_secure
from ops.stack.stack_file import parsed

SYSTEMS = "chittyos:systems"
ZONES = "chittyos:zones"
COPIED = (
    "cloudflare:baseUrl",
    "chittyos:environment",
    "chittyos:account",
    "chittyos:plan",
    "chittyos:add_ons",
    "chittyos:policyPack",
    "chittyos:rehearsal",
)
"""Keys of the platform that the new stack has as well."""

OF_ZONE = ("name", "id", "plan", "owner")
"""Of its zones it has these alone: what is valid for all of a zone stays with the owner."""

_BLOCK = re.compile(r"^config:\n", re.MULTILINE)
_BELOW = re.compile(r"^\w", re.MULTILINE)
"""Begins what stands below the block: a salt, as the engine appends it."""

_ENTRY = re.compile(r"^(?:(?:  #.*\n)*)  (?=[\w-]+:)", re.MULTILINE)
_KEY = re.compile(r"(?:  #.*\n)*  ([\w-]+):")


@dataclass(frozen=True)
class Names:
    """What goes where."""

    stack: str
    new: str

    systems: Sequence[str]
    """Systems that the new stack gets."""

    left: Sequence[str]
    """Systems that the old one keeps."""


@dataclass(frozen=True)
class Cut:
    """What the two files say afterwards."""

    kept: str
    new: str


def cut(text: str, names: Names) -> Cut:
    """Cut *text*, the file of the old stack, as *names* say.

    A name with `{stack}` in it stays what it was there. Secrets of what moves are in neither half.
    Raises `OpsError` for a file that is not written in lines as those here are.
    """
    file = file_name(names.stack)
    before = parsed(text, file)
    halves = Cut(_kept(text, before, names), _new(text, before, names))
    with suppress(ConfigError):
        found = (parsed(halves.kept, file), parsed(halves.new, file))
        if found == _wanted(before, names) and _beside(halves.kept) == _beside(text):
            return halves
    raise OpsError(_by_hand(file))


def _beside(text: str) -> dict[str, Any]:
    """Return what the file says beside its configuration: by what its secrets are encrypted."""
    return {key: value for key, value in yaml.safe_load(text).items() if key != "config"}


def _by_hand(file: str) -> str:
    return (
        f"{file}: is not written line by line as the files of the repository are, so nothing was "
        f"written; move the blocks by hand as docs/scale.md says, then run this again"
    )


def _entries(text: str) -> tuple[str, list[str], str]:
    """Return what is above the first key of the configuration, each key, and what is below all."""
    block = _BLOCK.search(text)
    begin = block.end() if block else len(text)
    below = _BELOW.search(text, begin)
    end = below.start() if below else len(text)
    starts = [found.start() for found in _ENTRY.finditer(text, begin, end)] or [end]
    entries = [text[a:b] for a, b in pairwise([*starts, end])]
    return text[: starts[0]], entries, text[end:]


def _namespace(entry: str) -> str:
    found = _KEY.match(entry)
    return found[1] if found else ""


def _kept(text: str, before: Mapping[str, Any], names: Names) -> str:
    head, entries, tail = _entries(text)
    kept = [each for each in entries if _namespace(each) not in names.systems]
    listed = f"  {SYSTEMS}: [{', '.join(names.left)}]\n"
    own = [number for number, each in enumerate(kept) if f"  {SYSTEMS}:" in each]
    if own:
        kept[own[0]] = listed
    else:
        of_platform = [n for n, each in enumerate(kept) if _namespace(each) == "chittyos"]
        last = max(of_platform, default=len(kept))
        kept.insert(last + 1, listed)
    owned = [zone["name"] for zone in _zones(before) if _is_owner(zone, names)]
    return head + "".join(_with_guest(each, owned, names.new) for each in kept) + tail


def _with_guest(entry: str, zones: Collection[str], new: str) -> str:
    """Return the entry of the zones with *new* among the guests of *zones*; another as it is."""
    if f"  {ZONES}:" not in entry:
        return entry
    for zone in zones:
        named = rf"(^    - name: [\"']?{re.escape(zone)}[\"']?[^\n]*\n)"
        entry = re.sub(named, rf"\g<1>      guests: [{new}]\n", entry, flags=re.MULTILINE)
    twice = re.compile(rf"(      guests: \[){new}\]\n((?:      .*\n)*?)      guests: \[(.*)\]\n")
    return twice.sub(rf"\g<1>\g<3>, {new}]\n\g<2>", entry)


def _new(text: str, before: Mapping[str, Any], names: Names) -> str:
    _, entries, _ = _entries(text)
    platform = _platform(before, names)
    del platform[SYSTEMS]
    lines = "".join(_written(key, value) for key, value in platform.items())
    lines += f"  {SYSTEMS}: [{', '.join(names.systems)}]\n"
    moved = (
        each
        for each in entries
        if _namespace(each) in names.systems and "\n    secure:" not in each
    )
    return f"config:\n{lines}{name_stack(''.join(moved), names.stack)}"


def _written(key: str, value: Any) -> str:
    """Write a key as the files of the repository do: a list is two columns in from its key."""
    first, *rest = yaml.safe_dump({key: value}, sort_keys=False, width=120).splitlines()
    inner = "    " if isinstance(value, list) else "  "
    return "".join(f"{line}\n" for line in (f"  {first}", *(f"{inner}{line}" for line in rest)))


def _platform(before: Mapping[str, Any], names: Names) -> dict[str, Any]:
    copied = {key: before[key] for key in COPIED if key in before}
    zones = [{key: zone[key] for key in OF_ZONE if key in zone} for zone in _zones(before)]
    return {**_named({**copied, ZONES: zones}, names.stack), SYSTEMS: list(names.systems)}


def _zones(before: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    listed = before.get(ZONES)
    yield from (each for each in listed if isinstance(each, dict)) if listed else ()


def _wanted(before: Mapping[str, Any], names: Names) -> tuple[dict[str, Any], dict[str, Any]]:
    of = {key: key.partition(":")[0] in names.systems for key in before}
    kept = {key: value for key, value in before.items() if not of[key]}
    kept |= {SYSTEMS: list(names.left), ZONES: [_hosting(z, names) for z in _zones(before)]}
    plain = {key: v for key, v in before.items() if of[key] and not is_secure(v)}
    return kept, {**_platform(before, names), **_named(plain, names.stack)}


def _hosting(zone: dict[str, Any], names: Names) -> dict[str, Any]:
    if not _is_owner(zone, names):
        return zone
    return {**zone, "guests": [*zone.get("guests", ()), names.new]}


def _is_owner(zone: Mapping[str, Any], names: Names) -> bool:
    """Return whether the old stack owns *zone*."""
    return bool(name_stack(zone.get("owner"), names.stack) == names.stack)


def _named(values: Mapping[str, Any], stack: str) -> dict[str, Any]:
    return {key: name_stack(value, stack) for key, value in values.items()}
