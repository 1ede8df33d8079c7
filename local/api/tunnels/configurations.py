"""What a tunnel leads to: taken only when cloudflared would serve it as it is written.

cloudflared keeps its former configuration when one value is of another form, and passes over a key
it does not know, both without a word to whoever sent it (C13, C16). Here that is an error.
"""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.json_body import validated
from local.api.http.routing import Family
from local.api.tunnels import errors
from local.api.tunnels.tunnels import TUNNEL, find
from local.records.records import Kind, Records
from planning.refusals import RefusedError
from planning.tunnels import check_hostname, check_service

CONFIGURATION = f"{TUNNEL}/configurations"
SERVED = (
    "http, https and unix services of this machine are reached, and those that run beside it; all "
    "others answer 502; `access` is checked"
)

_UNLIKE = re.compile(r"\\[pPQEzAC]|\(\?[^:]|\[\[:|[*+?]\+")
"""Classes of Unicode and POSIX, quotations, flags, named groups: JavaScript has others."""

family = Family("Configurations of tunnels")


class Exact(BaseModel):
    """A part of a configuration, with no key that cloudflared would pass over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Access(Exact):
    """What cloudflared asks of a request."""

    required: StrictBool = False
    teamName: str = ""  # noqa: N815
    audTag: list[str] = Field(default_factory=list)  # noqa: N815


class OriginRequest(Exact):
    """How a service is spoken to. Durations are whole seconds."""

    access: Access | None = None
    caPool: str | None = None  # noqa: N815
    connectTimeout: StrictInt | None = None  # noqa: N815
    disableChunkedEncoding: StrictBool | None = None  # noqa: N815
    http2Origin: StrictBool | None = None  # noqa: N815
    httpHostHeader: str | None = None  # noqa: N815
    keepAliveConnections: StrictInt | None = None  # noqa: N815
    keepAliveTimeout: StrictInt | None = None  # noqa: N815
    matchSNItoHost: StrictBool | None = None  # noqa: N815
    noHappyEyeballs: StrictBool | None = None  # noqa: N815
    noTLSVerify: StrictBool | None = None  # noqa: N815
    originServerName: str | None = None  # noqa: N815
    proxyType: str | None = None  # noqa: N815
    tcpKeepAlive: StrictInt | None = None  # noqa: N815
    tlsTimeout: StrictInt | None = None  # noqa: N815


class Rule(Exact):
    """Where requests of a host and path go."""

    service: str
    hostname: str = ""
    path: str = ""
    originRequest: OriginRequest | None = None  # noqa: N815


class Config(Exact):
    """All rules, in the order in which they are tried."""

    ingress: list[Rule] = Field(default_factory=list)
    originRequest: OriginRequest | None = None  # noqa: N815


class Put(Body):
    """A configuration as it is put."""

    config: dict[str, Any]


@family("GET", CONFIGURATION)
async def get_configuration(call: Call) -> Json:
    tunnel_id = find(call.state.records, call.params["tunnel_id"])["id"]
    return _kept(call.state.records, tunnel_id, call)


@family("PUT", CONFIGURATION, extent="partial", note=SERVED)
async def put_configuration(call: Call) -> Json:
    body = await call.read(Put)
    tunnel = find(call.state.records, call.params["tunnel_id"])
    if tunnel["config_src"] != "cloudflare":
        raise errors.local_only(tunnel["id"])
    config = _checked(body.config)

    def edit(records: Records) -> Json:
        former = _kept(records, tunnel["id"], call)
        kept = {**former, "config": config, "version": former["version"] + 1}
        return records.put(
            Kind.TUNNEL_CONFIGURATION, tunnel["id"], {**kept, "created_at": call.state.now()}
        )

    return await call.state.change(edit)


def _kept(records: Records, tunnel_id: str, call: Call) -> Json:
    """Return what is kept; a tunnel without a configuration has an empty one of version 0."""
    empty = {
        "tunnel_id": tunnel_id,
        "account_id": call.state.account.id,
        "version": 0,
        "config": None,
        "source": "cloudflare",
        "created_at": call.state.now(),
    }
    return records.get(Kind.TUNNEL_CONFIGURATION, tunnel_id) or empty


def _checked(given: Json) -> Json:
    """Return *given*; refused is what cloudflared would refuse, or take for something else."""
    config = validated(Config, given, errors.BODY)
    _check_order(config.ingress)
    for number, rule in enumerate(config.ingress, 1):
        _check_rule(number, rule)
    return given


def _check_order(rules: list[Rule]) -> None:
    if not rules:
        return  # cloudflared answers 503 to everything then (C15)
    *earlier, last = rules
    if last.hostname not in ("", "*") or last.path:
        raise errors.wrong_configuration(
            "The last ingress rule must match all URLs "
            "(i.e. it should not have a hostname or path filter)"
        )
    for number, rule in enumerate(earlier, 1):
        if rule.hostname in ("", "*") and not rule.path:
            raise errors.wrong_configuration(
                f"Rule #{number} is matching the hostname '{rule.hostname}', but this will match "
                "every hostname, meaning the rules which follow it will never be triggered."
            )


def _check_expression(number: int, path: str) -> None:
    """Refuse what the local edge reads otherwise than Go does, instead of serving it wrongly."""
    unlike = _UNLIKE.search(path.removeprefix("(?i)"))
    if unlike:
        raise not_emulated(f"{unlike[0]!r} in the path of ingress rule #{number}")
    try:
        re.compile(path)
    except re.error as error:
        raise errors.wrong_configuration(f"ingress rule #{number}: path: {error}") from error


def _check_rule(number: int, rule: Rule) -> None:
    try:
        check_service(rule.service)
        _check_expression(number, rule.path)
        if rule.hostname not in ("", "*"):
            check_hostname(rule.hostname.lower())
    except RefusedError as error:
        raise errors.wrong_configuration(f"ingress rule #{number}: {error}") from error
    access = rule.originRequest.access if rule.originRequest else None
    if access and access.required and not access.teamName:
        raise errors.wrong_configuration(f"ingress rule #{number}: access.teamName is missing")
