"""What the provider of a worker's secret does over API v4. No message holds the value."""

import hashlib
import logging
import os
from typing import Any

import httpx
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.runtime import rpc

from common.certificates import trusted_at
from planning.refusals import RefusedError

Props = dict[str, Any]
TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
SECONDS = 60
PLACE = ("account_id", "script", "secret", "base_url")


def check(news: Props) -> CheckResult:
    """Refuse, in a preview too, a worker that the account does not have."""
    if news.get("rehearsal") or _is_unknown(news.get("base_url")):
        return CheckResult(news, [])
    try:
        is_there = _send("GET", news, "/secrets").is_success
    except RefusedError as error:
        return CheckResult(news, [CheckFailure("", str(error))])
    failure = CheckFailure(
        "",
        f"the account has no worker {news['script']}, which is to get the secret "
        f"{news['secret']}; deploy it first, or leave it out of the configuration",
    )
    return CheckResult(news, [] if is_there else [failure])


def diff(olds: Props, news: Props) -> DiffResult:
    """See another value, and another place, which is another secret."""
    moved = [name for name in PLACE[:3] if olds.get(name) != news.get(name)]
    changed = bool(moved) or olds.get("sha256") != _digest(news)
    return DiffResult(changes=changed, replaces=moved)


def create(props: Props) -> CreateResult:
    """Set the secret."""
    return CreateResult(f"{props['script']}/{props['secret']}", _set(props))


def update(news: Props) -> UpdateResult:
    """Set the secret anew."""
    return UpdateResult(_set(news))


def read(id_: str, props: Props) -> ReadResult:
    """Say whether the secret is there; what it holds nobody can read. An empty id: it is gone."""
    found = _send("GET", props, f"/secrets/{props['secret']}")
    if found.status_code == httpx.codes.NOT_FOUND:
        return ReadResult("", {})
    return ReadResult(id_, {name: props.get(name) for name in (*PLACE, "sha256")})


def delete(props: Props) -> None:
    """Take the secret away; one that is gone already is no error."""
    _send("DELETE", props, f"/secrets/{props['secret']}")


def _is_unknown(base_url: object) -> bool:
    """Whether the address is known later: the SDK gives an object of its own for that."""
    return not isinstance(base_url, str) or base_url == rpc.UNKNOWN


def _set(props: Props) -> Props:
    # gRPC would print a traceback beside the message.
    logging.getLogger("grpc._server").disabled = True
    body = {"name": props["secret"], "text": props["value"], "type": "secret_text"}
    if _send("PUT", props, "/secrets", body).status_code == httpx.codes.NOT_FOUND:
        raise RefusedError(f"the account has no worker {props['script']}; deploy it first")
    return {**{name: props[name] for name in PLACE}, "sha256": _digest(props)}


def _digest(props: Props) -> str | None:
    """Return what the state keeps in place of the value, `None` where it is not known yet."""
    value = props.get("value")
    return hashlib.sha256(value.encode()).hexdigest() if isinstance(value, str) else None


def _send(method: str, props: Props, path: str, body: Props | None = None) -> httpx.Response:
    """Send one request; `RefusedError` for every answer but success and 404."""
    token = os.environ.get(TOKEN)
    if not token:
        raise RefusedError(f"{TOKEN} is not set; see `python -m ops env`")
    script = f"/accounts/{props['account_id']}/workers/scripts/{props['script']}"
    headers = {"Authorization": f"Bearer {token}"}
    url = props["base_url"] + script + path
    try:
        answer = httpx.request(
            method, url, json=body, headers=headers, timeout=SECONDS, verify=trusted_at(url)
        )
    except httpx.HTTPError as error:
        raise RefusedError(f"{props['base_url']} did not answer: {type(error).__name__}") from None
    if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
        raise RefusedError(f"secret {props['secret']} of {props['script']}: {_said(answer)}")
    return answer


def _said(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
        told = [f"{error['message']} ({error['code']})" for error in errors]
    except (ValueError, KeyError, TypeError):
        told = []
    return "; ".join(told) or f"no reason given, status {answer.status_code}"
