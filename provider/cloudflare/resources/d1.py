"""D1 databases."""

from provider.cloudflare.table import Resource, call

_DATABASES = "/accounts/{accountId}/d1/database"

DATABASE = Resource(
    name="D1Database",
    create=call(f"POST {_DATABASES}"),
    read=call(f"GET {_DATABASES}/{{id}}"),
    update=call(f"PUT {_DATABASES}/{{id}}"),
    delete=call(f"DELETE {_DATABASES}/{{id}}"),
    id="{uuid}",
    gone=frozenset({7404}),
    identity={"uuid": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "name", "jurisdiction", "primaryLocationHint"}),
    unsent=frozenset({"fields"}),
    unread=frozenset({"fields", "jurisdiction", "primaryLocationHint"}),
    fixed=frozenset({"createdAt", "uuid", "version"}),
)

RESOURCES = (DATABASE,)
