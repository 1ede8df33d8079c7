"""Tokens that an account owns."""

from types import MappingProxyType

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names

_TOKENS = "/accounts/{accountId}/tokens"
_NO_TOKEN = 17408
"""Of the local API alone: public sources name no code of these."""

_NAMES = Names(odd=MappingProxyType({"ins": "in"}), json_text=frozenset({"resources"}))

TOKEN = Resource(
    name="AccountToken",
    create=call(f"POST {_TOKENS}"),
    read=call(f"GET {_TOKENS}/{{id}}"),
    update=call(f"PUT {_TOKENS}/{{id}}"),
    delete=call(f"DELETE {_TOKENS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_TOKEN}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    request=_NAMES,
    answer=_NAMES,
    fixed=frozenset({"issuedOn", "value"}),
)

RESOURCES = (TOKEN,)
