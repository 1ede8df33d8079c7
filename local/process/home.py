"""The directory of one local Cloudflare: what lies where, what it is started with, its secrets."""

import json
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from common.files import PRIVATE_FOLDER, write_private
from local.api.tokens.forms import is_whole, new_token
from local.errors import RESET, HomeError
from local.process.settings import Changes, Settings, first_mistake
from local.records.model import S3Credentials

OLDER_TOKEN = re.compile(r"[A-Za-z0-9]{40}")
"""The form of tokens that were made before they had prefixes; they go on, as on Cloudflare."""

ID_BYTES, KEY_BYTES = 16, 32
CREDENTIALS = {
    "access_key_id": re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}"),
    "secret_access_key": re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}"),
}
CONNECT = "1password-connect"
STATE = ("records.db", "records.db-wal", "records.db-shm", "scripts", "runtime", CONNECT, "log")
"""What `reset` deletes. Settings, token and S3 credentials stay, so that clients go on working."""


class Home:
    """Paths below *directory*, and the small files there. Nobody else may read any of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.settings_file = self.directory / "settings.json"
        self.token_file = self.directory / "token"
        self.credentials_file = self.directory / "r2-credentials.json"
        self.records = self.directory / "records.db"
        self.scripts = self.directory / "scripts"
        self.runtime = self.directory / "runtime"
        self.connect = self.directory / CONNECT
        self.lock = self.directory / "lock"
        self.log = self.directory / "log" / "local.log"

    def need_directory(self) -> None:
        """Refuse a file that stands where the directory has to be."""
        if self.directory.exists() and not self.directory.is_dir():
            raise HomeError(
                f"{self.directory} is a file, but has to be a directory; move it away, "
                "then run `make start`"
            )

    def prepare(self) -> None:
        """Make what is missing: folders, token, S3 credentials. Issued once, then kept.

        Raises `HomeError` for what is there and damaged.
        """
        for folder in (self.directory, self.scripts, self.runtime, self.log.parent):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.directory.chmod(PRIVATE_FOLDER)
        if not self.token_file.exists():
            write_private(self.token_file, new_token("user"))
        if not self.credentials_file.exists():
            pair = {
                "access_key_id": secrets.token_hex(ID_BYTES),
                "secret_access_key": secrets.token_hex(KEY_BYTES),
            }
            write_private(self.credentials_file, json.dumps(pair))
        for _, read in self._small_files():
            read()

    def token(self) -> str:
        text = self._read(self.token_file).strip()
        if not is_whole(text) and not OLDER_TOKEN.fullmatch(text):
            raise damaged(self.token_file, "is not a whole token: cfut_, 40 characters, a checksum")
        return text

    def credentials(self) -> S3Credentials:
        try:
            pair = json.loads(self._read(self.credentials_file))
        except ValueError:
            pair = None
        whole = isinstance(pair, dict) and pair.keys() == CREDENTIALS.keys()
        if not whole or not all(f.fullmatch(str(pair[name])) for name, f in CREDENTIALS.items()):
            raise damaged(self.credentials_file, f"is not JSON with {' and '.join(CREDENTIALS)}")
        return S3Credentials(**pair)

    def settings(self) -> Settings:
        """Read what was remembered; the defaults when nothing was."""
        if not self.settings_file.exists():
            return Settings()
        try:
            return Settings.model_validate_json(self._read(self.settings_file))
        except ValidationError as error:
            raise damaged(self.settings_file, first_mistake(error)) from error

    def planned(self, changes: Changes) -> Settings:
        """Return the settings with *changes*, which are not kept yet."""
        return self.settings().changed(changes)

    def keep(self, settings: Settings) -> None:
        """Remember *settings* for the next start."""
        self.directory.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private(self.settings_file, settings.model_dump_json(indent=2))

    def reset(self) -> list[str]:
        """Delete all records and all data, and what is damaged of the rest; return its names."""
        broken = [path for path, read in self._small_files() if _is_damaged(path, read)]
        for path in (*(self.directory / name for name in STATE), *broken):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        return [path.name for path in broken]

    def _small_files(self) -> tuple[tuple[Path, Callable[[], object]], ...]:
        return (
            (self.token_file, self.token),
            (self.credentials_file, self.credentials),
            (self.settings_file, self.settings),
        )

    def _read(self, path: Path) -> str:
        try:
            return path.read_text("utf-8")
        except FileNotFoundError as error:
            raise HomeError(
                f"{path} is missing; run `make start` to set up the local Cloudflare"
            ) from error
        except (UnicodeDecodeError, IsADirectoryError) as error:
            raise damaged(path, "is not a file of text in UTF-8") from error


def damaged(path: Path, what: str) -> HomeError:
    """Make the error for a file that only a reset makes whole again."""
    return HomeError(f"{path}: {what}; {RESET}")


def _is_damaged(path: Path, read: Callable[[], object]) -> bool:
    try:
        read()
    except HomeError:
        return path.exists()
    return False
