"""Access: groups, policies, service tokens, and the applications that they are for."""

from types import MappingProxyType
from typing import Any

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names
from provider.values import opened

_ACCESS = "/accounts/{accountId}/access"
_NO_APPLICATION, _NOTHING_THERE = 11021, 12135

_SIDES = MappingProxyType({"includes": "include", "excludes": "exclude", "requires": "require"})
_NAMES = Names(odd=_SIDES)


def _selectors(want: Any, have: Any) -> Any:
    """Take rules as a whole: another selector is another rule, not one without its value."""
    same = opened(want) == have or not (opened(want) or have)
    return want if same else have


_RULES = MappingProxyType(dict.fromkeys(_SIDES, _selectors))

GROUP = Resource(
    name="ZeroTrustAccessGroup",
    create=call(f"POST {_ACCESS}/groups"),
    read=call(f"GET {_ACCESS}/groups/{{id}}"),
    update=call(f"PUT {_ACCESS}/groups/{{id}}"),
    delete=call(f"DELETE {_ACCESS}/groups/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "zoneId"}),
    request=_NAMES,
    answer=_NAMES,
    reconcile=_RULES,
)

POLICY = Resource(
    name="ZeroTrustAccessPolicy",
    create=call(f"POST {_ACCESS}/policies"),
    read=call(f"GET {_ACCESS}/policies/{{id}}"),
    update=call(f"PUT {_ACCESS}/policies/{{id}}"),
    delete=call(f"DELETE {_ACCESS}/policies/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    defaults=MappingProxyType({"sessionDuration": "24h"}),
    request=_NAMES,
    answer=_NAMES,
    reconcile=_RULES,
    fixed=frozenset({"createdAt", "reusable"}),
)

TOKEN = Resource(
    name="ZeroTrustAccessServiceToken",
    create=call(f"POST {_ACCESS}/service_tokens"),
    read=call(f"GET {_ACCESS}/service_tokens/{{id}}"),
    update=call(f"PUT {_ACCESS}/service_tokens/{{id}}"),
    delete=call(f"DELETE {_ACCESS}/service_tokens/{{id}}"),
    id="{id}",
    gone=frozenset({_NOTHING_THERE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "zoneId"}),
    defaults=MappingProxyType({"clientSecretVersion": 1, "duration": "8760h"}),
    fixed=frozenset({"clientId"}),
)

APPLICATION = Resource(
    name="ZeroTrustAccessApplication",
    create=call(f"POST {_ACCESS}/apps"),
    read=call(f"GET {_ACCESS}/apps/{{id}}"),
    update=call(f"PUT {_ACCESS}/apps/{{id}}"),
    delete=call(f"DELETE {_ACCESS}/apps/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_APPLICATION}),
    identity={"id": "id"},
    imports="accounts/{accountId}/{id}",
    replace=frozenset({"accountId", "zoneId"}),
    defaults=MappingProxyType(
        {"appLauncherVisible": True, "httpOnlyCookieAttribute": True, "sessionDuration": "24h"}
    ),
    request=Names(odd=MappingProxyType({"serviceAuth401Redirect": "service_auth_401_redirect"})),
    answer=Names(odd=MappingProxyType({"serviceAuth401Redirect": "service_auth_401_redirect"})),
    fixed=frozenset({"aud"}),
)

RESOURCES = (GROUP, POLICY, TOKEN, APPLICATION)
