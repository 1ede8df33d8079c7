"""What the provider of a found setting does over API v4."""

import logging
import os
from typing import Any

import httpx
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, UpdateResult

from common.certificates import trusted_at
from planning.refusals import RefusedError

Props = dict[str, Any]
TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
SECONDS = 60
KEPT = ("zone_id", "base_url", "setting")

PLACES = {
    "dnssec": ("dnssec", "status"),
    "tiered_cache": ("cache/tiered_cache_smart_topology_enable", "value"),
    "tiered_caching": ("argo/tiered_caching", "value"),
    "universal_ssl": ("ssl/universal/settings", "enabled"),
}
"""Where what is no plain setting has its address below the zone, and the field that says it."""

UNDER_WAY = {"pending": "active", "pending-disabled": "disabled"}
"""What DNSSEC says while the registrar has not followed, to what was asked for."""


def diff(olds: Props, news: Props) -> DiffResult:
    """See another setting, which is another record, and another address of the API."""
    moved = [name for name in ("zone_id", "setting") if olds.get(name) != news.get(name)]
    changed = bool(moved) or olds.get("base_url") != news.get("base_url")
    return DiffResult(changes=changed, replaces=moved)


def create(props: Props) -> CreateResult:
    """Note what the setting is, before anything changes it."""
    found = _read(props, props["setting"])
    return CreateResult(f"{props['zone_id']}/{props['setting']}", _outputs(props, found))


def update(olds: Props, news: Props) -> UpdateResult:
    """Keep what was noted, and where the API is now."""
    return UpdateResult(_outputs(news, olds["found"]))


def read(id_: str, props: Props) -> ReadResult:
    """Keep what was noted: what was found once cannot be found again."""
    return ReadResult(id_, {name: props.get(name) for name in (*KEPT, "found")})


def delete(props: Props) -> None:
    """Put the setting back to what it was found with."""
    setting, found = props["setting"], props["found"]
    if _read(props, setting) == found:
        return
    try:
        path, field = _place(setting)
        _send("PATCH", props, path, {field: found})
    except RefusedError as error:
        raise RefusedError(f"{setting} is not back at {found!r}: {error}") from None


def _outputs(props: Props, found: Any) -> Props:
    return {**{name: props[name] for name in KEPT}, "found": found}


def _read(props: Props, name: str) -> Any:
    path, field = _place(name)
    value = _send("GET", props, path).get(field)
    return UNDER_WAY.get(value, value) if isinstance(value, str) else value


def _place(name: str) -> tuple[str, str]:
    return PLACES.get(name, (f"settings/{name}", "value"))


def _send(method: str, props: Props, path: str, body: Props | None = None) -> Props:
    """Send one request; return its result. `RefusedError` for every answer but success."""
    # gRPC would print a traceback beside the message.
    logging.getLogger("grpc._server").disabled = True
    token = os.environ.get(TOKEN)
    if not token:
        raise RefusedError(f"{TOKEN} is not set; see `python -m ops env`")
    url = f"{props['base_url']}/zones/{props['zone_id']}/{path}"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.request(
            method, url, json=body, headers=headers, timeout=SECONDS, verify=trusted_at(url)
        )
    except httpx.HTTPError as error:
        raise RefusedError(f"{props['base_url']} did not answer: {type(error).__name__}") from None
    if not answer.is_success:
        raise RefusedError(f"{method} {path} of zone {props['zone_id']}: {_said(answer)}")
    found: Props = answer.json()["result"]
    return found


def _said(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
        told = [f"{error['message']} ({error['code']})" for error in errors]
    except (ValueError, KeyError, TypeError):
        told = []
    return "; ".join(told) or f"no reason given, status {answer.status_code}"
