"""What a worker is bound to beside data: variables, secrets, JSON, other workers."""

import json

from common.json_types import Json
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.redaction import SECRET
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import reached


def _bind_text(binding: Json, _: Context) -> Json:
    return {"name": binding["name"], "text": binding["text"]}


def _bind_json(binding: Json, _: Context) -> Json:
    return {"name": binding["name"], "json": json.dumps(binding["json"])}


def _bind_service(binding: Json, context: Context) -> Json:
    target = binding["service"]
    known = any(target == other.name for other in context.cloud.workers)
    context.need(binding, target, known, "worker")
    service = reached(target, context.cloud, binding.get("entrypoint"))
    return {"name": binding["name"], "service": service}


KIND = RuntimeKind(
    bindings={
        "plain_text": _bind_text,
        SECRET: _bind_text,
        "json": _bind_json,
        "service": _bind_service,
    }
)
