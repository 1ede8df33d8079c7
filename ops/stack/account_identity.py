"""Whether an address is the API of the account that a stack stands in, before it is believed.

A plugin takes "404" for "gone", whoever says it: a proxy, another server, another account. One
refresh at the wrong address empties a state of every store.
"""

from itertools import repeat

import httpx

from ops.cloudflare_api.answer import NoAnswerError
from ops.cloudflare_api.client import Client, environment_token
from ops.errors import OpsError
from ops.stack.target import Target

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
    account = f"{target.api}/accounts/{target.account}"
    with Client(account, environment_token(), transport=transport) as client:
        wrong = _what_is_wrong(client, target.account)
    if wrong:
        raise OpsError(
            f"{account} {wrong}, so what it calls gone may be there; nothing was read into the "
            f"state of {target.name}; check the address, the account and the token"
        )


def _what_is_wrong(client: Client, account: str) -> str | None:
    try:
        answer = client.get("")
    except NoAnswerError as error:
        return error.said
    if not answer.is_envelope:
        return f"does not answer as Cloudflare's API v4 ({answer.status})"
    if answer.status == httpx.codes.FORBIDDEN and any(map(_lists, repeat(client), LISTS)):
        return None
    if not answer.success:
        return f"refuses ({answer.reason})"
    found = answer.result
    if isinstance(found, dict) and "id" in found and found["id"] != account:
        return f"is another account, {str(found['id'])[:32]!r}"
    return None


def _lists(client: Client, name: str) -> bool:
    """Whether the API gives a list of the account, whatever is in it."""
    try:
        return client.get(f"/{name}", {"per_page": "1"}).success
    except NoAnswerError:
        return False
