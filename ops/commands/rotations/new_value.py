"""The new value of a secret: read or made, and how it and the one before it are written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config import file_name
from config.reading import references
from config.reading.problems import plain
from config.reading.secret_values import check_secret
from ops.commands.rotations.rotation_request import Asked
from ops.commands.rotations.value_notes import Note, note_of
from ops.commands.secret import read_value
from ops.errors import OpsError
from ops.stack.config_editor import Editor
from ops.stack.rotations import Found
from ops.stack.systems import find_secret
from ops.terminal import console
from planning.refusals import RefusedError
from systems.rotations import SecretRotation


@dataclass(frozen=True)
class Change:
    """What is to be written of a secret, in order."""

    secret: str
    """Name of the secret that has the new value."""

    value: str = field(repr=False)
    """The new value as it is sent: of a secret of several, the one that changes."""

    values: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Values by the keys of the configuration; none where all is written already."""

    member: str = ""
    """Whose it is. Default: that of all who have none of their own."""

    note: Note | None = None
    """Says that the value was made here. Default: it was not."""

    @property
    def is_new(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.values)

    def write(self, editor: Editor) -> None:
        """Write all of it; what is written twice is the same."""
        for key, value in self.values.items():
            editor.set_secret(key, value)
        if self.note:
            self.note.begin(self.value)


def change_of(
    editor: Editor,
    found: Found,
    rotation: SecretRotation,
    asked: Asked,
    *,
    is_everywhere: Callable[[], bool],
) -> Change:
    """Read or make the new value, check it, and say what is to be written.

    A value that was made here before is gone on with, unless it *is_everywhere* already (the plan
    of the stack is empty) or another one is asked for.
    """
    if asked.member is not None:
        return _of_several(editor, found, rotation, asked.member)
    if rotation.make is None:
        value = _checked(editor, found, rotation.secret, read_value(rotation.what))
        return Change(rotation.secret, value, _moved(editor, found, rotation, value))
    note = note_of(editor.paths, editor.target.name, found)
    known = editor.read_secret(found.key(rotation.secret)) or ""
    begun = "" if asked.again else note.begun(known)
    if begun and not is_everywhere():
        console.out.print(f"goes on with the value begun at {begun}; --again makes another one")
        return Change(rotation.secret, known, note=note)
    value = rotation.make()
    return Change(rotation.secret, value, {found.key(rotation.secret): value}, note=note)


def _moved(editor: Editor, found: Found, rotation: SecretRotation, value: str) -> dict[str, str]:
    """Return what is to be written: the value before it as such, and then the new one."""
    known = editor.read_secret(found.key(rotation.secret))
    if known == value:
        return {}
    kept = {found.key(rotation.previous): known} if known and rotation.previous else {}
    return {**kept, found.key(rotation.secret): value}


def check_member(rotation: SecretRotation, settings: Any, member: str | None) -> None:
    """Raise `OpsError` for a *member* that the configuration would not let have its own value."""
    listed = rotation.members(settings)
    if member is not None and rotation.each and member not in listed:
        raise OpsError(
            f"--for {plain(member)}: the configuration lists no such one; there are: "
            f"{', '.join(sorted(listed)) or 'none'}; list it first; nothing was written"
        )


def followed(value: str) -> str:
    """Return what a reference of 1Password names, and all else as it is.

    Raises `OpsError` for one that cannot be read here, before anything is written.
    """
    try:
        return references.resolve(value) if references.is_reference(value) else value
    except RefusedError as error:
        raise OpsError(f"not readable here: {error}; nothing was written") from None


def _of_several(editor: Editor, found: Found, rotation: SecretRotation, member: str) -> Change:
    if not rotation.each:
        raise OpsError(f"{found.name} has no value for each of several; leave --for out")
    given = read_value(f"{rotation.what}, for {member}")
    if references.is_reference(given):
        raise OpsError("one of several values is no reference; nothing was written")
    kept_now, kept_before = (
        editor.read_secret(found.key(name)) or "{}"
        for name in (rotation.each, rotation.previous_each)
    )
    now, before = (json.loads(followed(each)) for each in (kept_now, kept_before))
    whole = _checked(editor, found, rotation.each, json.dumps({**now, member: given}))
    if now.get(member) == given:
        return Change(rotation.each, given, member=member)
    if references.is_reference(kept_now):
        key = found.key(rotation.each)
        raise OpsError(
            f"{key} is kept as {kept_now}: put that of {member} there, and the one before it into "
            f"{found.key(rotation.previous_each)}, then run this again; nothing was written"
        )
    kept = {**before, member: now[member]} if member in now else before
    values = {found.key(rotation.previous_each): json.dumps(kept)} if kept else {}
    values[found.key(rotation.each)] = whole
    return Change(rotation.each, given, values, member)


def _checked(editor: Editor, found: Found, name: str, value: str) -> str:
    """Return *value* as it is kept; raises `OpsError` for what the configuration would refuse."""
    stack = editor.target.name
    _, model, secret = find_secret(editor.target, f"{found.namespace}.{name}")
    try:
        return check_secret(model, secret, value)
    except RefusedError as error:
        key = found.key(name)
        raise OpsError(f"{file_name(stack)}: {key}: {error}; nothing was written") from None
