"""What the systems of a stack read of another one: gone through, shown, and judged."""

from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from urllib.parse import urlsplit

from common.json_types import Json
from ops.health import probes
from ops.health.chains import Passage, broken, place, table
from ops.stack import effective_config, state
from ops.stack.decrypted_secrets import secrets_of
from ops.stack.service_tokens import door_of
from ops.stack.session import Session
from ops.stack.systems import systems_of
from ops.terminal import console


def passages(
    session: Session, resources: list[Json] | None = None, door: probes.Door | None = None
) -> list[Passage]:
    """Return the chains of a stack that lead somewhere, asked with what its configuration has.

    *resources*: what its state has. *door*: by what Access lets pass to its addresses. Default of
    both: they are read once, when a passage is asked that needs them.
    """
    target = session.target
    leading = [
        (system, system.chain, str(address))
        for system in systems_of(target)
        if system.chain and (address := target.setting(f"{system.name}:{system.chain.url}"))
    ]
    if not leading:
        return []
    blocks = effective_config.check(session.paths, target).blocks
    read = secrets_of(session)
    port = target.api_port if target.local else None
    opened = door or door_of(session)
    read_resources = cache(lambda: state.resources(session) if resources is None else resources)
    is_set = partial(effective_config.is_set, session.paths, target)
    return [
        Passage(
            it.name,
            blocks[it.name].settings,
            chain,
            place(address, api_port=port),
            read,
            is_set=is_set,
            door=partial(_own_door, read_resources, opened, address),
        )
        for it, chain, address in leading
    ]


def _own_door(
    resources: Callable[[], list[Json]], door: probes.Door, address: str
) -> Mapping[str, str]:
    """Return what lets pass to *address* where the stack has that host itself (systems/doors)."""
    host = urlsplit(address).hostname
    for each in state.addresses(resources()):
        if each.get("service_token") and each.get("host") == host:
            return door(each)
    return {}


def go_through(
    session: Session,
    only: Collection[str] | None = None,
    *,
    resources: list[Json] | None = None,
    door: probes.Door | None = None,
) -> list[str]:
    """Go through the chains, show what came of each link, and return what is broken.

    *only*: systems whose chain is gone through. Default: all. *resources* and *door* as in
    `passages`.
    """
    faults = []
    for passage in passages(session, resources, door):
        if only is not None and passage.system not in only:
            continue
        with console.out.status(f"reading {passage.chain.what}"):
            found = list(passage.links())
        console.out.print("", table(passage.system, passage.chain.what, found), sep="\n")
        faults += broken(passage.system, found)
    return faults
