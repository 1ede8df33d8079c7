"""Ids as 1Password writes them: 26 small letters and digits."""

import re
import secrets
import string

from lookalikes.onepassword_connect.errors import invalid

_LENGTH = 26
_ALPHABET = string.ascii_lowercase + string.digits
_FORM = re.compile(r"[a-z0-9]{26}")


def new_id() -> str:
    """Return a new id."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def checked_id(text: str, what: str) -> str:
    """Return *text*, the id of a *what* (`Vault`, `Item`); refused if it is none."""
    if not _FORM.fullmatch(text):
        raise invalid(f"Invalid {what} UUID")
    return text
