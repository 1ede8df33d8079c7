"""What a zone has once, where hosts of several stacks lie in it: its owner sets it for its guests.

Both sides read the other's file, which lies beside their own: the owner what its guests want of the
zone, a guest whether the owner knows of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.deployment import Deployment, Zone
from config.platform_config import Guest
from config.reading.blocks import Reader
from config.reading.problems import ConfigError
from config.reading.source import file_name, from_file
from config.rules.other_stacks import read_deployment
from config.system_declaration import Declared, Finding


def check(stack: str, deployment: Deployment, folder: Path) -> Iterator[Finding]:
    """Find guests that are none; *folder* has the files of the other stacks."""
    for index, zone in enumerate(deployment.zones):
        for number, guest in enumerate(zone.guests):
            if text := _fault(stack, zone, guest, folder):
                yield f"chittyos:zones[{index}].guests[{number}]", text


def read(
    stack: str, deployment: Deployment, systems: Sequence[Declared], folder: Path
) -> tuple[Guest, ...]:
    """Return the guests of the zones of *stack*, with what their files in *folder* configure.

    Raises `ConfigError` with what is wrong in those files, but for secrets, which are not read.
    """
    zones: dict[str, list[str]] = {}
    for zone in deployment.zones:
        for guest in zone.guests:
            if not _fault(stack, zone, guest, folder):  # `check` says it
                zones.setdefault(guest, []).append(zone.name)
    return tuple(_guest(name, of, systems, folder) for name, of in zones.items())


def host_zones(stack: str, deployment: Deployment, folder: Path) -> frozenset[str]:
    """Return the zones whose owner, by its file in *folder*, has *stack* among its guests."""
    others = (zone for zone in deployment.zones if zone.owner != stack)
    return frozenset(zone.name for zone in others if stack in _guests_of(zone, folder))


def _fault(stack: str, zone: Zone, guest: str, folder: Path) -> str:
    if zone.owner != stack:
        return f"{zone.owner} owns {zone.name} and has guests there; name {guest} in its file"
    if guest == stack:
        return "is this stack itself; remove it"
    file = file_name(guest)
    try:
        _, deployment = read_deployment(folder / file, guest)
    except ConfigError:
        return f"{file} cannot be read; write it first, or remove {guest} here"
    theirs = next((each.owner for each in deployment.zones if each.name == zone.name), None)
    if theirs == stack:
        return ""
    return f"{file} does not name {stack} as the owner of {zone.name}; say it there"


def _guest(name: str, zones: list[str], systems: Sequence[Declared], folder: Path) -> Guest:
    path = folder / file_name(name)
    reader = Reader(name, from_file(path))
    _, deployment = read_deployment(path, name)
    named = [each.name for each in systems] if deployment.systems is None else deployment.systems
    settings = {each.name: _settings(reader, each) for each in systems if each.name in named}
    if reader.problems:
        raise ConfigError(reader.problems)
    return Guest(name, frozenset(zones), settings)


def _settings(reader: Reader, system: Declared) -> Any:
    given: Mapping[str, Any] = reader.block(system.name)
    plain = {key: value for key, value in given.items() if key not in system.secrets.model_fields}
    return reader.model(system.name, system.settings, plain)


def _guests_of(zone: Zone, folder: Path) -> tuple[str, ...]:
    """Return the guests of *zone* by the file of its owner; none where there is no file."""
    with suppress(ConfigError):
        _, owner = read_deployment(folder / file_name(zone.owner), zone.owner)
        same = (each.guests for each in owner.zones if each.name == zone.name)
        return next(same, ())
    return ()
