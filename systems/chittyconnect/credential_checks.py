"""What does not fit together in what is said of 1Password Connect (CC-11, OP-3)."""

import re
from collections.abc import Iterator

from pydantic import SecretStr

from config.reading.source import SEALED
from config.system_declaration import Finding
from planning.refusals import RefusedError
from planning.text_limits import check_size
from systems.chittyconnect.credentials import NAME, Credentials, named_tokens
from systems.chittyconnect.settings import ChittyConnectSecrets

SERVICES = "chittyconnect:credentials.services"


def check(credentials: Credentials, secrets: ChittyConnectSecrets) -> Iterator[Finding]:
    """Find what is missing beside the address of a server, and tokens that nobody uses."""
    if credentials.connect_url:
        yield from _beside_server(credentials, secrets.ONEPASSWORD_CONNECT_TOKEN)
    try:
        check_size(credentials.permissions(), "list fewer services")
    except RefusedError as error:
        yield "credentials.services", str(error)
    yield from _access(secrets)
    yield from _own_tokens(credentials, secrets.ONEPASSWORD_CONNECT_TOKENS)


def _beside_server(credentials: Credentials, token: SecretStr | None) -> Iterator[Finding]:
    if token is None:
        what = "must be set where chittyconnect:credentials.connect_url is"
        yield "ONEPASSWORD_CONNECT_TOKEN", what
    if not credentials.services:
        what = "must say who reads which vaults, such as {chittyid: {vaults: [services]}}"
        yield "credentials.services", f"{what}, where connect_url is set"


def _access(secrets: ChittyConnectSecrets) -> Iterator[Finding]:
    halves = {
        "ONEPASSWORD_ACCESS_CLIENT_ID": secrets.ONEPASSWORD_ACCESS_CLIENT_ID,
        "ONEPASSWORD_ACCESS_CLIENT_SECRET": secrets.ONEPASSWORD_ACCESS_CLIENT_SECRET,
    }
    missing = [name for name, value in halves.items() if value is None]
    if len(missing) == 1:
        (other,) = halves.keys() - set(missing)
        yield missing[0], f"must be set where {other} is: they are two halves of one token"


def _own_tokens(credentials: Credentials, tokens: SecretStr | None) -> Iterator[Finding]:
    if tokens is None or tokens.get_secret_value() == SEALED:
        return
    for name in sorted(named_tokens(tokens).keys() - credentials.services.keys()):
        shown = repr(name) if re.fullmatch(NAME, name) else "one of its names"
        what = f"{shown} is no service of {SERVICES}; list it there, or leave it out"
        yield "ONEPASSWORD_CONNECT_TOKENS", what
