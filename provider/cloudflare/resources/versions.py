"""Workers by versions: the worker, what it runs, and which version answers how much."""

import base64
import binascii
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare.resources.script import NAMES, reconcile_bindings, seal_bindings
from provider.cloudflare.table import Call, Request, Resource, call
from provider.cloudflare.worker_code import check_source, read_source, sha256
from provider.validation import Failure

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_WORKERS = "/accounts/{accountId}/workers/workers"
_VERSIONS = f"{_WORKERS}/{{workerId}}/versions"
_DEPLOYMENTS = "/accounts/{accountId}/workers/scripts/{scriptName}/deployments"
_NO_WORKER, _NO_VERSION = 10007, 10092
_INLINE = "contentBase64"
_TRACES = MappingProxyType({"enabled": False, "headSamplingRate": 1, "persist": True})
_NAMES = replace(
    NAMES,
    odd={
        **NAMES.odd,
        "createds": "created",
        "deleteds": "deleted",
        "infos": "info",
        "renameds": "renamed",
        "transferPendings": "transfer_pending",
        "transferreds": "transferred",
        "updateds": "updated",
    },
)


def _check_modules(inputs: Json) -> list[Failure]:
    if inputs.get("assets"):
        return [("assets", "static assets are not supported by the stand-in plugin")]
    if inputs.get("exports") and inputs.get("migrations"):
        return [("exports", "exports and migrations exclude each other; give one of them")]
    failures: list[Failure] = []
    for index, module in enumerate(inputs.get("modules") or ()):
        path = f"modules[{index}]."
        if sum(module.get(name) is not None for name in (_INLINE, "contentFile")) != 1:
            failures.append(
                (f"{path}{_INLINE}", "give content_base64 or content_file, one of them")
            )
        else:
            failures += check_source(path, module, _INLINE)
    return failures


async def _upload(
    client: "Client", _resource: Resource, post: Call, values: Json, body: Json
) -> Any:
    modules = [
        {
            "name": module["name"],
            "content_type": module["contentType"],
            "content_base64": base64.b64encode(read_source(module, _INLINE)).decode(),
        }
        for module in values.get("modules") or ()
    ]
    query = {"deploy": "true"} if values.get("deploy") else {}
    sent = {**body, **({"modules": modules} if modules else {})}
    return await client.result(Request(post.method, post.url(values), body=sent, query=query))


async def _fetch(client: "Client", resource: Resource, values: Json) -> Json:
    get = resource.read
    asked = Request(get.method, get.url(values), query={"include": "modules"})
    answer: Json = await client.object(asked)
    return answer


def _reconcile_modules(want: Any, have: Any) -> Any:
    """Compare by name and content, wherever the content comes from."""
    if not isinstance(want, list) or not isinstance(have, list):
        return have
    there = {module["name"]: module for module in have}
    same = there.keys() == {module["name"] for module in want} and all(
        _is_same(module, there[module["name"]]) for module in want
    )
    return want if same else have


def _is_same(want: Json, have: Json) -> bool:
    if want.get("contentType") != have.get("contentType"):
        return False
    if want.get(_INLINE) is not None:
        return bool(want[_INLINE] == have.get(_INLINE))
    try:
        return sha256(base64.b64decode(have.get(_INLINE) or "")) == want.get("contentSha256")
    except binascii.Error:
        return False


def _reconcile_exports(want: Any, have: Any) -> Any:
    """Compare live classes alone: the answer leaves tombstones out."""
    if not isinstance(want, dict) or not isinstance(have, dict):
        return have
    live = {name: _live(each) for name, each in want.items() if _live(each) is not None}
    return want if live == {name: _live(each) for name, each in have.items()} else have


def _live(export: Json) -> Json | None:
    state = export.get("state") or "created"
    return {**export, "state": state} if state in {"created", "expecting-transfer"} else None


WORKER = Resource(
    name="Worker",
    create=call(f"POST {_WORKERS}"),
    read=call(f"GET {_WORKERS}/{{id}}"),
    update=call(f"PUT {_WORKERS}/{{id}}"),
    delete=call(f"DELETE {_WORKERS}/{{id}}"),
    delete_flags=frozenset({"force"}),
    id="{id}",
    gone=frozenset({_NO_WORKER}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    defaults={"logpush": False, "tags": [], "tailConsumers": []},
    nested_defaults=(
        ("observability.headSamplingRate", 1),
        ("observability.traces", dict(_TRACES)),
        ("observability.traces.persist", True),
        ("observability.logs.persist", True),
        ("subdomain.previewsEnabled", False),
    ),
    unsent=frozenset({"force"}),
    unread=frozenset({"force", "previewsBaseConfig"}),
    sets=frozenset({"tags", "tailConsumers"}),
    fixed=frozenset({"createdOn"}),
)

VERSION = Resource(
    name="WorkerVersion",
    create=call(f"POST {_VERSIONS}"),
    read=call(f"GET {_VERSIONS}/{{id}}"),
    stays=True,
    id="{id}",
    gone=frozenset({_NO_WORKER, _NO_VERSION}),
    identity={"id": "id"},
    imports="{accountId}/{workerId}/{id}",
    replace=frozenset(
        {"accountId", "assets", "bindings", "compatibilityDate", "containers", "deploy"}
        | {"exports", "include", "mainModule", "migrations", "modules", "packageDependencies"}
        | {"placement", "workerId"}
    ),
    replace_if_set=frozenset(
        {"annotations", "cacheOptions", "compatibilityFlags", "limits", "usageModel"}
    ),
    defaults={"usageModel": "standard"},
    unsent=frozenset({"deploy", "include", "modules"}),
    request=_NAMES,
    answer=_NAMES,
    unread=frozenset(
        {"annotations", "assets", "containers", "deploy", "include", "migrations"}
        | {"packageDependencies"}
    ),
    sets=frozenset({"compatibilityFlags"}),
    reconcile={
        "bindings": reconcile_bindings,
        "modules": _reconcile_modules,
        "exports": _reconcile_exports,
    },
    secret=seal_bindings,
    check=_check_modules,
    send=_upload,
    fetch=_fetch,
)

DEPLOYMENT = Resource(
    name="WorkersDeployment",
    create=call(f"POST {_DEPLOYMENTS}"),
    read=call(f"GET {_DEPLOYMENTS}/{{id}}"),
    stays=True,
    id="{id}",
    gone=frozenset({_NO_WORKER, _NO_VERSION}),
    identity={"id": "id"},
    imports="{accountId}/{scriptName}/{id}",
    replace=frozenset({"accountId", "force", "scriptName", "strategy", "versions"}),
    replace_if_set=frozenset({"annotations"}),
    unsent=frozenset({"force"}),
    request=NAMES,
    answer=NAMES,
    unread=frozenset({"annotations", "force"}),
)

RESOURCES = (WORKER, VERSION, DEPLOYMENT)
