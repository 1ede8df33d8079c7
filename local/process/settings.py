"""What a local Cloudflare is started with: its ports, its account, its zones."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.credential_values import is_repeatable
from local.errors import HomeError

HEX_ID = r"^[0-9a-f]{32}$"
FILE = "Pulumi.development.yaml"
"""Where `make` takes ports and zones from. Nothing here reads it."""

Port = Annotated[int, Field(ge=1, le=65535)]
Id = Annotated[str, Field(pattern=HEX_ID)]
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")
HERE = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?(/[^?#\s]*)?")
"""An address of this machine."""

HOST_GIVEN = "give --host name=address, such as api.example.com=http://127.0.0.1:8080"

Url = Annotated[str, Field(pattern=rf"^{HERE.pattern}$")]
Changes = dict[str, Any]
"""Settings that were asked for, by name; `None` leaves one as it is."""


class Sidecar(BaseModel):
    """A program that runs beside the local Cloudflare, where tunnels reach it.

    It is told in its environment where it has to answer (`LISTEN`, the path of a socket), where it
    may keep files (`FOLDER`), and where the look-alike of 1Password Connect is (`CONNECT`, host and
    port). It writes a line when it answers, and ends when its input does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program and its arguments."""

    folder: str
    """Folder that it runs in."""

    serves: str
    """Address that rules of tunnels have for it: `http://nginx:8080`."""

    digest: str = ""
    """SHA-256 of what it is made of, so that a changed one is started anew. Default: of nothing."""


class Settings(BaseModel):
    """What a local Cloudflare is started with, remembered in `settings.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_port: Port = 4400
    edge_port: Port = 4401
    s3_port: Port = 4402
    account_id: Id = "0" * 32
    account_name: str = "local"
    zones: dict[str, Id] = {"chitty.cc": "1" * 32}
    hosts: dict[str, Url] = {}
    """Addresses of this machine that stand for hosts of the world. Default: those built in."""

    vaults: dict[str, str] = {}
    """Files of what the look-alike of 1Password Connect begins with, each with its SHA-256, so that
    a changed one is read again. Default: it has no vaults."""

    sidecars: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")], Sidecar] = {}
    """Programs that run beside it. Default: none."""

    created: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def ports(self) -> dict[str, int]:
        return {"api": self.api_port, "edge": self.edge_port, "s3": self.s3_port}

    def changed(self, changes: Changes) -> "Settings":
        """Return these settings with *changes*; raises `HomeError` for what cannot be."""
        given = {name: value for name, value in changes.items() if value is not None}
        try:
            wanted = Settings.model_validate({**self.model_dump(), **given})
        except ValidationError as error:
            raise HomeError(_bad_option(error, given)) from error
        if len(set(wanted.ports.values())) < len(wanted.ports):
            raise HomeError(f"the three ports must differ, got {wanted.ports}; {other_port('api')}")
        return wanted

    def differences(self, wanted: "Settings") -> list[str]:
        """Return what *wanted* has otherwise; how old the account is does not count."""
        names = [name for name in Settings.model_fields if name != "created"]
        pairs = [(name, getattr(self, name), getattr(wanted, name)) for name in names]
        return [f"{name} was {_shown(a)}, is {_shown(b)}" for name, a, b in pairs if a != b]


def parse_zones(zones: list[str]) -> dict[str, str] | None:
    """Read `name=id` pairs; `None` when there are none."""
    pairs = [zone.partition("=") for zone in zones]
    for name, _, zone_id in pairs:
        if not name or not re.fullmatch(HEX_ID, zone_id):
            raise HomeError(
                f"zone {name or '(no name)'}: its id is {zone_id!r}, but has 32 digits and letters "
                f"a to f; give --zone name=id, or for `make` correct chittyos:zones in {FILE}"
            )
    return {name.lower(): zone_id for name, _, zone_id in pairs} or None


def parse_hosts(hosts: Sequence[str]) -> dict[str, str] | None:
    """Read `name=address` pairs; `None` when there are none. An empty address takes a host out."""
    pairs = [host.lower().partition("=") for host in hosts]
    for name, equals, address in pairs:
        fits = not address or HERE.fullmatch(address)
        if not (equals and fits and HOST_NAME.fullmatch(name)):
            raise HomeError(f"{_bad_host(name, equals, address)}; {HOST_GIVEN}")
    return {name: address.rstrip("/") for name, _, address in pairs if address} if pairs else None


def parse_vaults(files: Sequence[Path]) -> dict[str, str] | None:
    """Read the files of vaults that are given; `None` when there are none."""
    try:
        return {
            str(file.absolute()): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
        } or None
    except OSError as error:
        raise HomeError(
            f"{error.filename}: cannot be read: {error.strerror}; give --vaults another file"
        ) from error


def parse_sidecars(files: Sequence[Path]) -> dict[str, Sidecar] | None:
    """Read the files of programs that are given, by their names; `None` when there are none."""
    return dict(map(_sidecar, files)) or None


def _sidecar(file: Path) -> tuple[str, Sidecar]:
    try:
        given = json.loads(file.read_text())
        return str(given.pop("name")), Sidecar.model_validate(given)
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except ValidationError as error:
        why = first_mistake(error)
    except (ValueError, KeyError, TypeError, AttributeError):
        why = "is no JSON of a program"
    raise HomeError(f"{file}: {why}; it has name, command, folder and serves")


def _bad_host(name: str, equals: str, address: str) -> str:
    """Say what is wrong with a host; an address that may hold a credential is not repeated."""
    if not equals:
        return f"host {name!r} has no address that stands for it"
    if not HOST_NAME.fullmatch(name):
        return f"{name!r} is no name of a host"
    shown = repr(address) if is_repeatable(address) else "what is given"
    return f"host {name}: {shown} is no address of this machine that may stand for it"


def other_port(name: str) -> str:
    """Return how another port is chosen, by hand and for `make`."""
    return (
        f"choose another port with --{name}-port, or for `make` in cloudflare:baseUrl of {FILE}, "
        "whose port is the API's; edge and S3 have the two after it"
    )


def first_mistake(error: ValidationError) -> str:
    """Return where the first mistake is and what is allowed, without the value."""
    mistake = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in mistake["loc"])
    return f"{place}: {mistake['msg']}" if place else mistake["msg"]


def _bad_option(error: ValidationError, given: Changes) -> str:
    name = str(error.errors()[0]["loc"][0])
    if not name.endswith("_port"):
        return first_mistake(error)
    port = name.removesuffix("_port")
    return f"port {given[name]} ({port}) is none: they go from 1 to 65535; {other_port(port)}"


def _shown(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    shown = (
        f"{name} ({' '.join(each.command)})" if isinstance(each, Sidecar) else name
        for name, each in value.items()
    )
    return " ".join(shown) or "none"
