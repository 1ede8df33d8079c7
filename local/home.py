"""The directory of one local Cloudflare: what lies where, what it is started with, its secrets."""

import json
import os
import re
import secrets
import shutil
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.runtime.account import S3Credentials

TOKEN_LENGTH = 40
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
HEX_ID = r"^[0-9a-f]{32}$"
STATE = ("records.db", "records.db-wal", "records.db-shm", "scripts", "runtime", "log")
"""What `reset` deletes. Settings, token and S3 credentials stay, so that clients go on working."""

Port = Annotated[int, Field(ge=1, le=65535)]
Id = Annotated[str, Field(pattern=HEX_ID)]


class HomeError(Exception):
    """The directory cannot be used as it is; the message says what to do."""


class Settings(BaseModel):
    """What a local Cloudflare is started with, remembered in `settings.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_port: Port = 4400
    edge_port: Port = 4401
    s3_port: Port = 4402
    account_id: Id = "0" * 32
    account_name: str = "local"
    zones: dict[str, Id] = {"chitty.cc": "1" * 32}
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def ports(self) -> dict[str, int]:
        return {"api": self.api_port, "edge": self.edge_port, "s3": self.s3_port}


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
        self.lock = self.directory / "lock"
        self.log = self.directory / "log" / "local.log"

    def prepare(self) -> None:
        """Make what is missing: folders, token, S3 credentials. Issued once, then kept."""
        for folder in (self.directory, self.scripts, self.runtime, self.log.parent):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.directory.chmod(PRIVATE_FOLDER)
        if not self.token_file.exists():
            letters = string.ascii_letters + string.digits
            token = "".join(secrets.choice(letters) for _ in range(TOKEN_LENGTH))
            write_private(self.token_file, token)
        if not self.credentials_file.exists():
            pair = {
                "access_key_id": secrets.token_hex(16),
                "secret_access_key": secrets.token_hex(32),
            }
            write_private(self.credentials_file, json.dumps(pair))

    def token(self) -> str:
        return self._read(self.token_file).strip()

    def credentials(self) -> S3Credentials:
        return S3Credentials(**json.loads(self._read(self.credentials_file)))

    def settings(self) -> Settings:
        """Read what was remembered; the defaults when nothing was."""
        if not self.settings_file.exists():
            return Settings()
        try:
            return Settings.model_validate_json(self.settings_file.read_bytes())
        except ValidationError as error:
            raise HomeError(f"{self.settings_file}: {first_mistake(error)}") from error

    def remember(self, changes: dict[str, Any]) -> Settings:
        """Change settings and keep them. `None` leaves one as it is."""
        given = {name: value for name, value in changes.items() if value is not None}
        try:
            settings = Settings.model_validate({**self.settings().model_dump(), **given})
        except ValidationError as error:
            raise HomeError(first_mistake(error)) from error
        if len(set(settings.ports.values())) < len(settings.ports):
            raise HomeError(f"the three ports must differ, got {settings.ports}")
        self.directory.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private(self.settings_file, settings.model_dump_json(indent=2))
        return settings

    def reset(self) -> None:
        """Delete all records and all data."""
        for name in STATE:
            path = self.directory / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _read(self, path: Path) -> str:
        try:
            return path.read_text()
        except FileNotFoundError as error:
            raise HomeError(
                f"{path} is missing; run `make start` to set up the local Cloudflare"
            ) from error


def parse_zones(zones: list[str]) -> dict[str, str] | None:
    """Read `name=id` pairs; `None` when there are none."""
    pairs = [zone.partition("=") for zone in zones]
    for name, _, zone_id in pairs:
        if not name or not re.fullmatch(HEX_ID, zone_id):
            raise HomeError(
                f"--zone {name}={zone_id}: give name=id, the id of 32 digits and letters a to f"
            )
    return {name.lower(): zone_id for name, _, zone_id in pairs} or None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read. It is there whole, or as it was before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def first_mistake(error: ValidationError) -> str:
    """Say where the first mistake is and what is allowed, without the value."""
    mistake = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in mistake["loc"])
    return f"{place}: {mistake['msg']}"
