"""Whether an address is the API of the account that a stack stands in, before it is believed.

A plugin takes "404" for "gone", whoever says it: a proxy, another server, another account. One
refresh at the wrong address empties a state of every store.
"""

import os

import httpx

from common.json_types import Json
from ops.errors import OpsError
from ops.stack.target import Target

TIMEOUT_SECONDS = 30

LISTS = (
    "storage/kv/namespaces",
    "r2/buckets",
    "d1/database",
    "queues",
    "workers/scripts",
)
"""Lists of the stores of an account; what a token may refresh, it may list."""


def check(target: Target, transport: httpx.BaseTransport | None = None) -> None:
    """Raise `OpsError` unless the API of *target* answers as API v4 does, for its account.

    A token that may not read the account itself proves it by one of the lists of its stores.
    """
    token = os.environ.get("CLOUDFLARE_API_TOKEN", "")
    headers = {"Authorization": f"Bearer {token}"}
    account = f"{target.api}/accounts/{target.account}"
    with httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, transport=transport) as client:
        answer, status = _ask(client, account)
        if status == httpx.codes.FORBIDDEN and _is_envelope(answer):
            answer = _first_list(client, account) or answer
    wrong = _what_is_wrong(answer, status, target.account)
    if wrong:
        raise OpsError(
            f"{account} {wrong}, so what it calls gone may be there; nothing was read into the "
            f"state of {target.name}; check the address, the account and the token"
        )


def _ask(client: httpx.Client, url: str) -> tuple[Json | None, int]:
    """Return the JSON object at *url* and the status; no object: something else answered."""
    try:
        response = client.get(url)
        answer = response.json()
    except httpx.HTTPError as error:
        return {"unreachable": type(error).__name__}, 0
    except ValueError:
        answer = None
    return (answer if isinstance(answer, dict) else None), response.status_code


def _first_list(client: httpx.Client, account: str) -> Json | None:
    answers = (_ask(client, f"{account}/{name}?per_page=1")[0] for name in LISTS)
    return next((answer for answer in answers if answer and answer.get("success") is True), None)


def _is_envelope(answer: Json | None) -> bool:
    return answer is not None and isinstance(answer.get("success"), bool) and "result" in answer


def _what_is_wrong(answer: Json | None, status: int, account: str) -> str | None:
    if answer and "unreachable" in answer:
        return f"does not answer ({answer['unreachable']})"
    if answer is None or not _is_envelope(answer):
        return f"does not answer as Cloudflare's API v4 ({status})"
    if not answer["success"]:
        return f"refuses ({status}, {_codes(answer)})"
    found = answer["result"]
    if isinstance(found, dict) and "id" in found and found["id"] != account:
        return f"is another account, {str(found['id'])[:32]!r}"
    return None


def _codes(answer: Json) -> str:
    errors = answer.get("errors")
    listed = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return ", ".join(str(error.get("code")) for error in listed) or "without a reason"
