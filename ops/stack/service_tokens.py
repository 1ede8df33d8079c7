"""Service tokens by which `ops` passes Access where a system is asked who is there.

Their secrets stand in the state alone, sealed. What the program had as it ran in this process is
taken; else they are opened in one call of the engine when an address needs one. They are sent to
that address, and shown nowhere. A token that is never used is swept away after a while:
verification uses it.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache

from ops.engine.process import pulumi
from ops.engine.resources import name_of
from ops.errors import OpsError
from ops.stack.session import Session
from systems import access_hosts

PLAIN = "plaintext"
ID_HEADER, SECRET_HEADER = "CF-Access-Client-Id", "CF-Access-Client-Secret"


def door_of(session: Session) -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """Return what gives the headers for an address of the stack, by its `service_token`.

    It raises `OpsError` where the state has no such token, or it cannot be opened from here.
    """
    opened = cache(lambda: _outputs(session))

    def headers(address: Mapping[str, str]) -> Mapping[str, str]:
        name = address.get("service_token", "")
        if not name:
            return {}
        if halves := access_hosts.known(address.get("host", "")):
            return dict(zip((ID_HEADER, SECRET_HEADER), halves, strict=True))
        return _headers(name, opened().get(name, {}))

    return headers


def token_of(session: Session, name: str) -> tuple[str, str]:
    """Return id and secret of the service token whose resource is *name*, out of the state.

    Raises `OpsError` where the state has no such token, or it cannot be opened from here.
    """
    headers = _headers(name, _outputs(session).get(name, {}))
    return headers[ID_HEADER], headers[SECRET_HEADER]


def _headers(name: str, outputs: Mapping[str, object]) -> Mapping[str, str]:
    values = [_plain(outputs.get(key)) for key in ("clientId", "clientSecret")]
    if not all(values):
        raise OpsError(
            f"the state has no service token {name} that can be opened; run up, which makes it"
        )
    return dict(zip((ID_HEADER, SECRET_HEADER), values, strict=True))


def _plain(value: object) -> str:
    """Take the text out of a value, sealed or not; "" where there is none."""
    if isinstance(value, Mapping):
        value = json.loads(str(value.get(PLAIN) or "null"))
    return value if isinstance(value, str) else ""


def _outputs(session: Session) -> Mapping[str, Mapping[str, object]]:
    """Return the outputs of every resource by its name, opened."""
    command = ["stack", "export", "--show-secrets", "--stack", session.target.name]
    text = pulumi(session.tools.engine.path, command, cwd=session.paths.root)
    resources = (json.loads(text).get("deployment") or {}).get("resources") or []
    return {name_of(each["urn"]): each.get("outputs") or {} for each in resources}
