"""The file of a stack of one's own account: begun from another's, and completed by its ids."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path

from common.files import replace
from config import ConfigError
from config.reading.problems import show
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.onboarding.account_ids import accounts, zone_ids
from ops.paths import Paths
from ops.stack import effective_config, stack_file
from ops.stack.ephemeral import completed
from ops.stack.stack_file import OfZone
from ops.stack.target import DEVELOPMENT, Target, check_name, read_target

TAKEN = " is taken by "
"""Says of a name that another stack has it."""

ID = re.compile(r"[0-9a-f]{32}")

Choose = Callable[[str, Mapping[str, str]], str]
"""Asks a question with answers, each with what it means; raises `OpsError` where nobody is."""


@dataclass(frozen=True)
class Given:
    """What a command was given."""

    account: str | None = None
    zones: Sequence[str] = ()
    """`NAME`, or `NAME=ID` where it is not to be looked up. Default: the zones of the file."""

    owner: str | None = None
    source: str | None = None
    """Stack whose file is begun from. Default: the file is there."""

    rehearsal: bool = False
    """Whether it is a copy on the local Cloudflare. Default: it is of an account."""

    ids: dict[str, str] = field(init=False, default_factory=dict)
    """Ids of zones by name; "" for one that is to be looked up."""

    def __post_init__(self) -> None:
        """Read the zones; raises `OpsError` for an id that is none."""
        for zone in self.zones:
            name, _, identifier = zone.partition("=")
            self.ids[name] = _checked(f"--zone {name}", identifier) if identifier else ""
        if self.account:
            _checked("--account", self.account)


@dataclass(frozen=True)
class Written:
    """What was written."""

    path: Path
    account: str
    zones: Mapping[str, OfZone]
    changed: bool
    names: Sequence[str] = ()
    """Paths of names that got the name of the stack, for the stack it was begun from has them."""


def write(paths: Paths, stack: str, given: Given, api: Client | None, choose: Choose) -> Written:
    """Write what the file of *stack* lacks; it is there as a whole, or as it was.

    *api* looks ids up; `None`: there is no token for it. Raises `OpsError` for what is not to be
    found out, and for what is set otherwise: nothing is overwritten. `ConfigError`: the file would
    not be a configuration.
    """
    check_name(stack)
    path = paths.tracked(stack)
    before = path.read_text(encoding="utf-8") if path.exists() else None
    text = _begun(paths, stack, given, before)
    if given.rehearsal:
        text, given = _rehearsed(paths, stack, text, given)
    with_names = _target(stack, text, path)
    _refuse_local(with_names, given)
    account = _account(with_names, given, api, choose)
    owner = _owner(paths, with_names, given, choose)
    zones = _zones(with_names, given, api, account, owner)
    made = stack_file.complete(text, account, zones, path.name)
    made, names = _unique(paths, _target(stack, made, path), made, begun=given.source is not None)
    if made != before:
        _put(path, made)
    return Written(path, account, zones, made != before, names)


def _begun(paths: Paths, stack: str, given: Given, before: str | None) -> str:
    """Return the text that is completed: that of the file, or one begun from another's."""
    if given.source is None:
        if given.rehearsal:
            raise OpsError("--rehearsal: say by --from which stack is rehearsed: --from staging")
        if before is None:
            raise OpsError(
                f"Pulumi.{stack}.yaml does not exist; begin it from another: "
                f"python -m ops init {stack} --from staging --zone your.domain"
            )
        return before
    if before is not None:
        raise OpsError(
            f"Pulumi.{stack}.yaml exists, and nothing is overwritten; leave --from out to have "
            f"what it lacks written into it"
        )
    source = read_target(paths, given.source)
    if source.local:
        raise OpsError(
            f"--from {given.source}: it is a stack of the local Cloudflare; name one of an account"
        )
    text = paths.tracked(given.source).read_text(encoding="utf-8")
    begun = stack_file.without_ids(stack_file.renamed(text, given.source, stack))
    return _moved(begun, source, given)


def _moved(text: str, source: Target, given: Given) -> str:
    """Put all hosts into the zone that was named, where the file has one and another was named."""
    listed = [zone["name"] for zone in source.config[stack_file.ZONES]]
    if len(given.ids) != 1 or len(listed) != 1:
        return text
    return stack_file.moved(text, listed[0], next(iter(given.ids)))


def _rehearsed(paths: Paths, stack: str, text: str, given: Given) -> tuple[str, Given]:
    """Put the file onto the local Cloudflare; return it, and what is known of that account."""
    local = read_target(paths, DEVELOPMENT)
    zones = stack_file.parsed(text, paths.tracked(stack).name)[stack_file.ZONES]
    for name in (zone["name"] for zone in zones if zone["name"] not in local.zones):
        raise OpsError(
            f"--rehearsal: the local Cloudflare has no zone {show(name)}; add it to chittyos:zones "
            f"in {paths.tracked(DEVELOPMENT).name}, then: make start"
        )
    ids = tuple(f"{zone['name']}={local.zones[zone['name']]}" for zone in zones)
    here = replace_fields(given, account=local.account, zones=ids, owner=given.owner or stack)
    return stack_file.rehearsed(text, local.api), here


def _target(stack: str, text: str, path: Path) -> Target:
    config = stack_file.parsed(text, path.name)
    return Target(stack, str(config.get(stack_file.ENVIRONMENT)), config)


def _refuse_local(target: Target, given: Given) -> None:
    if target.environment == DEVELOPMENT or (target.local and not given.rehearsal):
        raise OpsError(
            f"Pulumi.{target.name}.yaml: is of the local Cloudflare, which is an account by "
            f"itself; run make up instead"
        )


def _account(target: Target, given: Given, api: Client | None, choose: Choose) -> str:
    there = target.account
    if there and given.account not in {None, there}:
        raise OpsError(_otherwise("chittyos:account", there, str(given.account), target))
    if there or given.account:
        return there or str(given.account)
    if api is None:
        raise OpsError(_no_token("--account ID"))
    found = accounts(api)
    return next(iter(found)) if len(found) == 1 else choose("--account", found)


def _zones(
    target: Target, given: Given, api: Client | None, account: str, owner: str
) -> dict[str, OfZone]:
    listed = {str(z.get("name")): z for z in target.config.get(stack_file.ZONES) or []}
    for name, identifier in given.ids.items():
        if name not in listed:
            raise OpsError(_not_listed(name, list(listed), target))
        there = str(listed[name].get("id") or identifier)
        if identifier not in {"", there}:
            raise OpsError(_otherwise(f"id of zone {name}", there, identifier, target))
    known = {name: str(z.get("id") or given.ids.get(name) or "") for name, z in listed.items()}
    unknown = [name for name, identifier in known.items() if not identifier]
    if unknown and api is None:
        raise OpsError(_no_token(" ".join(f"--zone {name}=ID" for name in unknown)))
    if unknown and api is not None:
        known |= zone_ids(api, account, unknown)
    return {name: OfZone(known[name], str(z.get("owner") or owner)) for name, z in listed.items()}


def _owner(paths: Paths, target: Target, given: Given, choose: Choose) -> str:
    """Return who sets what is valid for whole zones: asked only where it is not set, and a choice.

    The real stacks of the repository are the choice; "" where no zone lacks an owner.
    """
    if all("owner" in zone for zone in target.config.get(stack_file.ZONES) or []):
        return ""
    if given.owner:
        return given.owner
    files = sorted(paths.root.glob("Pulumi.*.yaml"))
    others = [file.name.split(".")[1] for file in files if file != paths.tracked(target.name)]
    real = {name: "another stack" for name in others if not read_target(paths, name).local}
    return choose("--owner", {target.name: "this stack", **real}) if real else target.name


def _unique(paths: Paths, target: Target, text: str, *, begun: bool) -> tuple[str, list[str]]:
    """Check the file; where it was *begun* from another's, give what that one has another name.

    Returns the text, and the paths of those names.
    """
    try:
        effective_config.check(paths, completed(target), secrets_later=True)
    except ConfigError as error:
        taken = [each.path for each in error.problems if TAKEN in each.text]
        if not begun or len(taken) < len(error.problems):
            raise
        made = text
        for path in taken:
            made = stack_file.suffixed(made, path, f"-{target.name}")
        if made == text:
            raise
        again = _target(target.name, made, paths.tracked(target.name))
        checked, more = _unique(paths, again, made, begun=begun)
        return checked, [*taken, *more]
    return text, []


def _put(path: Path, text: str) -> None:
    if path.exists():
        replace(path, text.encode())
    else:
        path.write_text(text, encoding="utf-8")


def _checked(what: str, identifier: str) -> str:
    if not ID.fullmatch(identifier):
        raise OpsError(f"{what}: {show(identifier)} is no id; it has 32 digits and letters a to f")
    return identifier


def _otherwise(what: str, there: str, given: str, target: Target) -> str:
    return (
        f"Pulumi.{target.name}.yaml: {what} is {there}, and {given} was given; nothing is "
        f"overwritten: change it there, or leave the option out"
    )


def _not_listed(name: str, listed: list[str], target: Target) -> str:
    return (
        f"Pulumi.{target.name}.yaml: lists no zone {show(name)}, but {', '.join(listed)}, in which "
        f"its hosts lie; for hosts in another zone begin a file of your own: "
        f"python -m ops init NAME --from {target.name} --zone {name}"
    )


def _no_token(options: str) -> str:
    return (
        f"CLOUDFLARE_API_TOKEN is not set, by which ids are looked up; export it, or give {options}"
    )
