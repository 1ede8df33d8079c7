"""Where a move begins, or goes on that was stopped: what was noted, and what is left of it."""

from dataclasses import replace
from pathlib import Path

import yaml

from ops.errors import OpsError
from ops.state_migration import journal
from ops.state_migration.journal import Journal
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store.address import Address, parse

OF_SECRETS = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""Keys of a stack's file that say by what its secrets are encrypted."""


def begin(of: Move, provider: str) -> Journal:
    """Return what was begun before, or begin; raise `OpsError` while another move is half done."""
    ends = (of.source.address.url, of.target.address.url, provider)
    found = journal.read(of.noted)
    if found is None:
        begun = Journal(*ends, configuration=of.text)
    elif _is_of(of, found) or _made_nothing(of, found):
        same = found.compared and found.provider == provider
        begun = Journal(*ends, configuration=_before(of, found), compared=same)
    else:
        raise OpsError(
            f"a move of {of.stack} from {found.source} to {found.target} was stopped half-way; end "
            f"it first: PULUMI_BACKEND_URL='{found.source}' python -m ops state migrate {of.stack} "
            f"--to '{found.target}' --secrets-provider {found.provider}"
        )
    journal.write(of.noted, begun)
    return begun


def is_begun(of: Move) -> bool:
    """Return whether this very move was begun, so that the target may have half a copy."""
    found = journal.read(of.noted)
    return found is not None and _is_of(of, found)


def end(of: Move) -> str | None:
    """Return where the state was, if all that a killed move had left to do was to forget its note.

    It is forgotten then. `None`: there is more to do, or nothing was begun.
    """
    begun = journal.read(of.noted)
    here = of.target.address
    if begun is None or not begun.compared or of.source.address.place != here.place:
        return None
    source = replace(of.source, address=parse(begun.source))
    has_marks = source.store is not None or source.cloud is not None
    if parse(begun.target).place != here.place or (has_marks and not leads(source, here)):
        return None
    of.noted.unlink()
    return begun.source


def leads(source: Place, target: Address) -> bool:
    """Return whether the state of *source* was moved to *target*, and is marked for good."""
    found = source.moved_to()
    return found is not None and found.place == target.place


def secured(text: str) -> list[object]:
    """Return by what the secrets in the file of a stack are encrypted, which says *text*."""
    found = yaml.safe_load(text) or {}
    return [found.get(key) for key in OF_SECRETS]


def _is_of(of: Move, found: Journal) -> bool:
    known = [parse(url).place for url in (found.source, found.target)]
    return known == [of.source.address.place, of.target.address.place]


def _made_nothing(of: Move, found: Journal) -> bool:
    """Whether *found* is of a move to elsewhere that left nothing there, so that it may be dropped.

    It went to a wrong address, or by a key that there is not.
    """
    if found.compared or parse(found.source).place != of.source.address.place:
        return False
    try:
        return replace(of.target, address=parse(found.target)).deployment() is None
    except OpsError:
        return False


def _before(of: Move, found: Journal) -> str:
    """Return the file of the stack as it was before the engine began to encrypt its values anew.

    That is what it is now, unless the engine was at it: what was edited since is kept.
    """
    text, was = of.text, found.configuration
    was_at_it = secured(text) != secured(was) or any(engines_copies(of, was))
    return was if was_at_it else text


def engines_copies(of: Move, text: str) -> list[Path]:
    """Return the copies of the stack's file, when it said *text*, that the engine has left."""
    beside = of.file.parent.glob(f"{of.file.name}.bak.*")
    return [each for each in beside if each.read_bytes() == text.encode()]
