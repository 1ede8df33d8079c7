"""R2: buckets, and what belongs to one. On the wire their bodies are camelCase."""

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names

_BUCKETS = "/accounts/{accountId}/r2/buckets"
_BUCKET = f"{_BUCKETS}/{{bucketName}}"
_CAMEL = Names(style="camel")
_JURISDICTION = {"cf-r2-jurisdiction": "jurisdiction"}
_DEFAULTS = {"jurisdiction": "default"}
_NO_BUCKET = 10006
_PLACE = frozenset({"accountId", "bucketName"})

BUCKET = Resource(
    name="R2Bucket",
    create=call(f"POST {_BUCKETS}", headers=_JURISDICTION),
    read=call(f"GET {_BUCKETS}/{{name}}", headers=_JURISDICTION),
    update=call(
        f"PATCH {_BUCKETS}/{{name}}",
        headers={**_JURISDICTION, "cf-r2-storage-class": "storageClass"},
        body=False,
    ),
    delete=call(f"DELETE {_BUCKETS}/{{name}}", headers=_JURISDICTION),
    id="{name}",
    gone=frozenset({_NO_BUCKET}),
    identity={"name": "name"},
    imports="{accountId}/{name}/{jurisdiction=default}",
    replace=frozenset({"accountId", "name"}),
    replace_if_set=frozenset({"location"}),
    delete_before_replace=True,
    defaults={**_DEFAULTS, "storageClass": "Standard"},
    request=Names(style="camel", odd={"location": "locationHint"}),
    unread=frozenset({"jurisdiction", "location"}),  # the location asked for is a wish
    fixed=frozenset({"creationDate"}),
)

CORS = Resource(
    name="R2BucketCors",
    create=call(f"PUT {_BUCKET}/cors", headers=_JURISDICTION),
    read=call(f"GET {_BUCKET}/cors", headers=_JURISDICTION),
    update=call(f"PUT {_BUCKET}/cors", headers=_JURISDICTION),
    delete=call(f"DELETE {_BUCKET}/cors", headers=_JURISDICTION),
    id="{accountId}",
    gone=frozenset({10059, _NO_BUCKET}),
    replace=_PLACE,
    defaults=_DEFAULTS,
    request=_CAMEL,
    answer=_CAMEL,
    unread=frozenset({"jurisdiction"}),
)

LIFECYCLE = Resource(
    name="R2BucketLifecycle",
    create=call(f"PUT {_BUCKET}/lifecycle", headers=_JURISDICTION),
    read=call(f"GET {_BUCKET}/lifecycle", headers=_JURISDICTION),
    update=call(f"PUT {_BUCKET}/lifecycle", headers=_JURISDICTION),
    id="{accountId}",
    gone=frozenset({_NO_BUCKET}),
    replace=_PLACE,
    defaults=_DEFAULTS,
    request=_CAMEL,
    answer=_CAMEL,
    unread=frozenset({"jurisdiction"}),
)

MANAGED_DOMAIN = Resource(
    name="R2ManagedDomain",
    create=call(f"PUT {_BUCKET}/domains/managed", headers=_JURISDICTION),
    read=call(f"GET {_BUCKET}/domains/managed", headers=_JURISDICTION),
    update=call(f"PUT {_BUCKET}/domains/managed", headers=_JURISDICTION),
    id="{accountId}",
    gone=frozenset({_NO_BUCKET}),
    replace=_PLACE,
    defaults=_DEFAULTS,
    request=_CAMEL,
    answer=_CAMEL,
    unread=frozenset({"jurisdiction"}),
    fixed=frozenset({"bucketId", "domain"}),
)

RESOURCES = (BUCKET, CORS, LIFECYCLE, MANAGED_DOMAIN)
