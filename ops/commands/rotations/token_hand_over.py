"""A service token of one stack for a system of another: out of the state, into its secrets.

Nothing is shown, and nothing passes by an argument or a file.
"""

from collections.abc import Sequence

from ops.paths import Paths
from ops.stack.config_editor import open_editor
from ops.stack.rotations import Found, Presenter, ends
from ops.stack.service_tokens import token_of
from ops.stack.session import Session
from ops.terminal import console
from planning.token_rotation import Turn
from systems.rotations import TokenRotation


def read(session: Session, rotation: TokenRotation) -> tuple[str, str]:
    """Return both halves of the token, out of the state; raises `OpsError` where there is none."""
    return token_of(session, rotation.resource)


def write(paths: Paths, presenters: Sequence[Presenter], halves: tuple[str, str]) -> None:
    """Write both halves into the secrets of those who present it; again changes nothing."""
    for presenter in presenters:
        editor = open_editor(paths, presenter.stack)
        for key, value in zip(presenter.keys, halves, strict=True):
            if editor.read_secret(key) != value:
                editor.set_secret(key, value)
        console.out.print(f"handed to {presenter.system} of {presenter.stack}")


def left(stack: str, found: Found, turn: Turn, readers: Sequence[Presenter]) -> str:
    """Say what is left to be done by hand: *readers* are all that was seen to."""
    name = f"{found.namespace}.{found.name}"
    if not readers:
        return (
            f"Hand it to whoever presents it before {ends(turn)}: "
            f"python -m ops service-token show {stack} {name} --secret"
        )
    return f"The secret before it ends {ends(turn)}, by itself."
