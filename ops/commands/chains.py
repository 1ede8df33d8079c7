"""What the systems of a stack read of another one: gone through, shown, and judged."""

from ops.health.chains import Passage, broken, place, table
from ops.stack import effective_config
from ops.stack.secrets import secrets_of
from ops.stack.session import Session
from ops.stack.systems import systems_of
from ops.terminal import console


def passages(session: Session) -> list[Passage]:
    """Return the chains of a stack that lead somewhere, asked with what its configuration has."""
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
    return [
        Passage(it.name, blocks[it.name].settings, chain, place(address, api_port=port), read)
        for it, chain, address in leading
    ]


def go_through(session: Session) -> list[str]:
    """Go through every chain, show what came of each link, and return what is broken."""
    faults = []
    for passage in passages(session):
        with console.out.status(f"reading {passage.chain.what}"):
            found = list(passage.links())
        console.out.print("", table(passage.system, passage.chain.what, found), sep="\n")
        faults += broken(passage.system, found)
    return faults
