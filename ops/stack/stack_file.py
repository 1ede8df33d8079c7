"""The file of a stack as text: what it lacks written into it, or made anew from another's.

Comments and order stay, and nothing that is set is changed: what came out is compared with what was
wanted before anybody gets it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ops.errors import OpsError
from ops.stack.target import BASE_URL, REHEARSAL, read_config

ENVIRONMENT = "chittyos:environment"
ACCOUNT = "chittyos:account"
ZONES = "chittyos:zones"

_OWN = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n", re.MULTILINE)
_SECRET = re.compile(r"^ +[\w:]+:\n +secure: .*\n", re.MULTILINE)
_KEPT = re.compile(rf"^ *({ENVIRONMENT}:|- name: |#)")
"""Lines of another stack's file in which its name is no name of its things."""


@dataclass(frozen=True)
class OfZone:
    """What the file of a stack has to say of a zone, beside its name and its plan."""

    id: str
    owner: str


def complete(
    text: str, account: str, zones: Mapping[str, OfZone], name: str = "Pulumi.yaml"
) -> str:
    """Return *text* with *account*, and id and owner of *zones*, where it has none.

    Raises `OpsError` for a file, called *name*, that is not written in lines as those here are.
    """
    before = parsed(text, name)
    wanted = _wanted(before, account, zones)
    lines = text.splitlines(keepends=True)
    if ACCOUNT not in before:
        lines = _after(lines, rf"  {ENVIRONMENT}:", [f'  {ACCOUNT}: "{account}"'])
    for zone in before.get(ZONES) or []:
        known = zones.get(zone.get("name", ""))
        added = {"id": f'"{known.id}"', "owner": known.owner} if known else {}
        new = [f"      {key}: {value}" for key, value in added.items() if key not in zone]
        lines = _after(lines, rf"    - name: [\"']?{re.escape(zone['name'])}[\"']?\s*(#|$)", new)
    made = "".join(lines)
    if parsed(made, name) != wanted:
        raise OpsError(
            f"{name}: is not written line by line as the files of the repository are, so nothing "
            f"was written; set {ACCOUNT}, and id and owner of each of {ZONES}, by hand"
        )
    return made


def rehearsed(text: str, api: str) -> str:
    """Return *text* as a copy of its stack on the local Cloudflare, whose API v4 is at *api*."""
    added = [f"  {REHEARSAL}: true", f"  {BASE_URL}: {api}"]
    return "".join(_after(text.splitlines(keepends=True), rf"  {ENVIRONMENT}:", added))


def renamed(text: str, source: str, stack: str) -> str:
    """Return the file of *source* as one of *stack*: what is named after the one is of the other.

    Secrets are left out, for they are encrypted for one stack, and so is what the engine wrote.
    """
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(source)}(?![A-Za-z0-9])")
    plain = _SECRET.sub("", _OWN.sub("", text))
    lines = plain.splitlines(keepends=True)
    return "".join(line if _KEPT.match(line) else word.sub(stack, line) for line in lines)


def moved(text: str, source: str, zone: str) -> str:
    """Return *text* with every host of the zone *source* in *zone* instead."""
    return re.sub(rf"(?<![A-Za-z0-9-]){re.escape(source)}(?![A-Za-z0-9.-])", zone, text)


def suffixed(text: str, path: str, suffix: str) -> str:
    """Return *text* with *suffix* after the value at *path*, `system:database.name`.

    It stays as it was where there is no value in a line of its own.
    """
    lines = text.splitlines(keepends=True)
    indent, start = "  ", 0
    *parents, last = path.split(".")
    for parent in parents:
        start = _line(lines, start, rf"{indent}{re.escape(parent)}:\s*$") + 1
        indent += "  "
        if not start:
            return text
    found = _line(lines, start, rf"{indent}{re.escape(last)}: \S")
    if found < 0:
        return text
    changed = re.sub(r"^(\s*[\w:]+: [\"']?)([^\s\"'#]+)", rf"\g<1>\g<2>{suffix}", lines[found])
    return "".join([*lines[:found], changed, *lines[found + 1 :]])


def without_ids(text: str) -> str:
    """Return *text* without account, and without id and owner of each zone."""
    ids = rf"^(  {ACCOUNT}:| {{6}}id: [\"'][0-9a-f]{{32}}| {{6}}owner: ).*\n"
    return re.sub(ids, "", text, flags=re.MULTILINE)


def parsed(text: str, name: str) -> dict[str, Any]:
    """Return the block `config:` of *text*; raises `ConfigError` as for a file called *name*."""
    with TemporaryDirectory(prefix="init-") as folder:
        draft = Path(folder) / name
        draft.write_text(text, encoding="utf-8")
        return read_config(draft)


def _wanted(before: Mapping[str, Any], account: str, zones: Mapping[str, OfZone]) -> dict[str, Any]:
    def known(zone: Mapping[str, Any]) -> dict[str, Any]:
        of = zones.get(zone.get("name", ""))
        return {**(asdict(of) if of else {}), **zone}

    return {ACCOUNT: account, **before, ZONES: [known(each) for each in before.get(ZONES) or []]}


def _line(lines: list[str], start: int, pattern: str) -> int:
    """Return the first line from *start* on that begins as *pattern*; -1: there is none."""
    numbers = (index for index in range(start, len(lines)) if re.match(pattern, lines[index]))
    return next(numbers, -1)


def _after(lines: list[str], pattern: str, added: list[str]) -> list[str]:
    """Return *lines* with those *added* behind the first that begins as *pattern*."""
    for index, line in enumerate(lines):
        if re.match(pattern, line):
            return [*lines[: index + 1], *(f"{each}\n" for each in added), *lines[index + 1 :]]
    return lines
