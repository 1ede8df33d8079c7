"""Workers scripts: one multipart upload, and three requests to read one back."""

import json
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare.table import Call, Request, Resource, call
from provider.cloudflare.wire import Names
from provider.cloudflare.worker_code import check_code, main_part, parts, sha256
from provider.values import is_secret, opened, sealed

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_SCRIPT = "/accounts/{accountId}/workers/scripts/{scriptName}"
_SERVICE = "/accounts/{accountId}/workers/services/{scriptName}"
_SECRET_OF_TYPE = {"secret_text": ("text",), "secret_key": ("keyBase64", "keyJwk")}
NAMES = Names(
    odd={
        "workersMessage": "workers/message",
        "workersTag": "workers/tag",
        "workersTriggeredBy": "workers/triggered_by",
        "targets": "target",
        "installedVersion": "installedVersion",
        "packageJsonVersion": "packageJsonVersion",
    },
    json_text=frozenset({"json", "algorithm", "keyJwk"}),
)
"""How uploads name what other bodies name otherwise."""


async def _upload(
    client: "Client", _resource: Resource, put: Call, values: Json, body: Json
) -> Any:
    metadata = dict(body)
    if not values.get("mainModule"):
        metadata["body_part"] = "script"
    text = json.dumps(dict(sorted(metadata.items())), separators=(",", ":"), ensure_ascii=False)
    form = [*parts(values), ("metadata", (None, text.encode(), "application/json"))]
    inherit = values.get("bindingsInherit")
    query = {"bindings_inherit": inherit} if inherit else {}
    return await client.result(Request(put.method, put.url(values), parts=form, query=query))


async def _fetch(client: "Client", resource: Resource, values: Json) -> Json:
    asked = Request("GET", resource.read.url(values))
    service = await client.object(asked)
    environment = service.get("default_environment") if isinstance(service, dict) else None
    if not isinstance(environment, dict) or "script" not in environment:
        raise client.strange(f"{asked} answered without a script")
    script = call(f"GET {_SCRIPT}").url(values)
    settings = await client.object(Request("GET", f"{script}/settings"))
    content = await client.content(Request("GET", f"{script}/content/v2"))
    code = main_part(content.headers, content.content)
    answer = {**environment["script"], **settings}
    placement = answer.pop("placement", None) or {}
    return {
        **answer,
        **({"placement": placement} if placement.get("mode") else {}),
        "content": code.decode(errors="replace"),
        "content_sha256": sha256(code),
    }


def seal_bindings(inputs: Json) -> Json:
    """Seal the secrets among the bindings of *inputs*."""
    bindings = inputs.get("bindings")
    if not isinstance(bindings, list):
        return inputs
    return {**inputs, "bindings": [_seal_binding(binding) for binding in bindings]}


def _seal_binding(binding: Any) -> Any:
    if not isinstance(binding, dict) or is_secret(binding):
        return binding
    secret = _SECRET_OF_TYPE.get(opened(binding.get("type")), ())
    return {name: sealed(value) if name in secret else value for name, value in binding.items()}


def reconcile_bindings(want: Any, have: Any) -> Any:
    """Compare by name, as order means nothing and the API never shows a secret."""
    if is_secret(want):
        return sealed(reconcile_bindings(opened(want), have))
    if not isinstance(want, list) or not isinstance(have, list):
        return have
    left = {binding["name"]: binding for binding in have}
    found = [_reconcile_binding(binding, left) for binding in want]
    unmanaged = [it for it in left.values() if it.get("type") not in _SECRET_OF_TYPE]
    return [*(binding for binding in found if binding is not None), *unmanaged]


def _reconcile_binding(want: Any, left: dict[str, Json]) -> Any:
    plain = opened(want)
    have = left.pop(plain.get("name"), None)
    if have is None or have.get("type") != plain.get("type"):
        return have
    differs = [
        name
        for name, value in plain.items()
        if not _hidden(plain, name) and not _same(name, value, have.get(name))
    ]
    return {
        name: have.get(name) if name in differs else value
        for name, value in want.items()
        if name not in differs or have.get(name) is not None
    }


def _hidden(binding: Json, name: str) -> bool:
    return name in _SECRET_OF_TYPE.get(binding["type"], ())


def _same(name: str, want: Any, have: Any) -> bool:
    if name in NAMES.json_text and isinstance(want, str) and isinstance(have, str):
        return bool(json.loads(want) == json.loads(have))
    return bool(want == have) or (not want and not have)


SCRIPT = Resource(
    name="WorkersScript",
    create=call(f"PUT {_SCRIPT}"),
    read=call(f"GET {_SERVICE}"),
    update=call(f"PUT {_SCRIPT}"),
    delete=call(f"DELETE {_SCRIPT}"),
    delete_flags=frozenset({"force"}),
    id="{scriptName}",
    gone=frozenset({10007, 10090}),
    identity={"id": "scriptName"},
    imports="{accountId}/{scriptName}",
    replace=frozenset({"accountId", "scriptName"}),
    defaults={"compatibilityDate": "", "logpush": False, "usageModel": "standard"},
    nested_defaults=(
        ("observability.logs.persist", True),
        ("observability.traces.persist", True),
        ("cacheOptions.enabled", False),
        ("cacheOptions.crossVersionCache", False),
    ),
    unsent=frozenset(
        {"content", "contentFile", "contentSha256", "contentType", "files", "force"}
        | {"bindingsInherit"}
    ),
    request=NAMES,
    answer=NAMES,
    unread=frozenset(
        {"annotations", "assets", "bindingsInherit", "contentFile", "contentType", "exports"}
        | {"files", "force", "keepAssets", "keepBindings", "mainModule", "migrations"}
        | {"bodyPart", "packageDependencies"}
    ),
    sets=frozenset({"compatibilityFlags", "tailConsumers"}),
    reconcile={"bindings": reconcile_bindings},
    fixed=frozenset({"createdOn"}),
    secret=seal_bindings,
    check=check_code,
    send=_upload,
    fetch=_fetch,
)

RESOURCES = (SCRIPT,)
