"""Secrets that stand elsewhere: `op://vault/item/field`, read by 1Password's own `op`."""

import re
import shutil
import subprocess

from planning.refusals import RefusedError

SCHEME = "op://"
SECONDS = 30
"""How long `op` may take; it may wait for a finger on a sensor."""

_REFERENCE = re.compile(r"op://[^/\s]+/[^/\s]+/[^\s?]+(\?\S+)?")


def is_reference(value: object) -> bool:
    """Whether *value* names a secret instead of being one."""
    return isinstance(value, str) and value.startswith(SCHEME)


def check_reference(reference: str) -> str:
    """Return *reference*, or refuse what `op` would not read."""
    if not _REFERENCE.fullmatch(reference):
        raise RefusedError(f"{reference!r} is no reference; it is op://vault/item/field")
    return reference


def resolve(reference: str) -> str:
    """Read the secret that *reference* names, or say what is missing. A reference is no secret."""
    check_reference(reference)
    program = shutil.which("op")
    if program is None:
        raise RefusedError(
            f"{reference!r} is read by 1Password's command line tool, which is not installed; "
            f"install `op`, or set the value as a stack secret"
        )
    return _run(program, reference)


def _run(program: str, reference: str) -> str:
    try:
        done = subprocess.run(
            [program, "read", "--no-newline", reference],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RefusedError(f"`op` did not answer within {SECONDS} s; sign in first") from None
    if done.returncode != 0:
        raise RefusedError(
            f"`op read {reference}` failed with exit code {done.returncode}; "
            f"sign in (`op signin`) and see that the item exists"
        )
    return done.stdout
