"""What a server keeps in its folder: vaults, items, files, and the tokens by their hash."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

Json = dict[str, Any]
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class DamagedError(ValueError):
    """A folder whose state cannot be read."""


class Token(BaseModel):
    """A token that was issued. *vaults* are ids."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    vaults: tuple[str, ...]
    write: bool = False
    revoked: bool = False


class Kept(BaseModel):
    """The state of a server."""

    model_config = ConfigDict(extra="forbid")

    synced: bool = False
    """Whether what 1Password has was fetched once: without, nothing is served."""

    vaults: dict[str, Json] = {}
    items: dict[str, dict[str, Json]] = {}
    """Items by their id, by the id of their vault."""

    tokens: dict[str, Token] = {}
    """Tokens by their name."""


class Store:
    """The folder of a server. Nobody else may read any of it."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "state.json"
        self._files = folder / "files"
        self._tokens = folder / "tokens"
        for each in (folder, self._files, self._tokens):
            each.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.kept = self._read()

    def save(self) -> None:
        """Keep the state as it is now, whole or not at all."""
        _write(self._state, self.kept.model_dump_json().encode())

    def content(self, file: str) -> bytes:
        return (self._files / file).read_bytes()

    def keep_content(self, file: str, content: bytes) -> None:
        _write(self._files / file, content)

    def drop_contents(self, files: Iterable[str]) -> None:
        for file in files:
            (self._files / file).unlink(missing_ok=True)

    def issue(self, name: str, vaults: Iterable[str], *, write: bool) -> str:
        """Issue a token for *vaults*, by their ids; return it. An older one of the name ends.

        It is laid into `tokens/<name>` as well: 1Password shows it once, and never again.
        """
        value = secrets.token_urlsafe(48)
        self.kept.tokens[name] = Token(
            name=name, sha256=digest(value), vaults=tuple(vaults), write=write
        )
        _write(self._tokens / name, value.encode())
        self.save()
        return value

    def issued(self, name: str) -> str | None:
        """Return the token that was laid into the folder, as long as it is one."""
        token, file = self.kept.tokens.get(name), self._tokens / name
        value = file.read_text() if file.exists() else ""
        return value if token and not token.revoked and token.sha256 == digest(value) else None

    def revoke(self, name: str) -> bool:
        """End the token *name*; return whether there is one."""
        token = self.kept.tokens.get(name)
        if token is None:
            return False
        self.kept.tokens[name] = token.model_copy(update={"revoked": True})
        (self._tokens / name).unlink(missing_ok=True)
        self.save()
        return True

    def token_of(self, value: str) -> Token | None:
        """Find the token that *value* is, also one that was revoked."""
        wanted = digest(value)
        return next((each for each in self.kept.tokens.values() if each.sha256 == wanted), None)

    def _read(self) -> Kept:
        if not self._state.exists():
            return Kept()
        try:
            return Kept.model_validate_json(self._state.read_bytes())
        except ValidationError:
            raise DamagedError(
                f"{self._state}: is not what a server keeps; delete its folder, and start again"
            ) from None


def digest(value: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(value.encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Replace a file that only its owner reads, whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    beside.replace(path)


def shown(kept: Kept, vault: Json) -> Json:
    """Return a vault as it is answered, with the number of its items."""
    return {**vault, "items": len(kept.items[vault["id"]])}
