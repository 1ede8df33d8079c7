"""What a worker finds in `env`: bindings of the API in the form of the configuration."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.model import Cloud, Json, Queue, RefusedError, Worker

SECRET = "secret_text"  # noqa: S105  # the type's name
D1_MODULE = "cloudflare-internal:d1-api"


class DanglingError(RefusedError):
    """A binding names something that is not, or no longer, there."""


@dataclass(frozen=True)
class Context:
    """Where a binding stands: its *worker*, and the *cloud* its target must be in."""

    worker: Worker
    cloud: Cloud

    def refuse(self, binding: Json, reason: str) -> RefusedError:
        return RefusedError(f"binding {binding['name']} of worker {self.worker.name}: {reason}")

    def need(self, binding: Json, target: str, known: bool, kind: str) -> None:
        if not known:
            raise DanglingError(str(self.refuse(binding, f"there is no {kind} {target}")))


def worker_service(name: str) -> str:
    """Name the service that runs the script *name*."""
    return f"worker:{name}"


def designator(
    service: str, props: Json | None = None, entrypoint: str | None = None
) -> dict[str, Any]:
    """Refer to a service, with what it finds in `ctx.props`."""
    return {
        "name": service,
        "entrypoint": entrypoint,
        "props": {"json": json.dumps(props)} if props is not None else None,
    }


def kv_binding(name: str, namespace: str) -> Json:
    """Bind a KV namespace."""
    return {"name": name, "kvNamespace": designator("system:kv", {"namespace": namespace})}


def d1_binding(name: str, database: str) -> Json:
    """Bind a D1 database."""
    fetcher = {"name": "fetcher", "service": designator("system:d1", {"database": database})}
    return {"name": name, "wrapped": {"moduleName": D1_MODULE, "innerBindings": [fetcher]}}


def r2_binding(name: str, bucket: str) -> Json:
    """Bind an R2 bucket."""
    return {"name": name, "r2Bucket": designator("system:r2", {"bucket": bucket})}


def queue_binding(name: str, queue: Queue) -> Json:
    """Bind a queue as a producer does; its delivery delay is added on the way."""
    delay = queue.settings.get("delivery_delay")
    if delay:
        props = {"queue": queue.name, "delay": delay}
        return {"name": name, "queue": designator("system:producer", props)}
    return {"name": name, "queue": designator("system:queues", {"queue": queue.name})}


def _text(binding: Json, _: Context) -> Json:
    return {"name": binding["name"], "text": binding["text"]}


def _json(binding: Json, _: Context) -> Json:
    return {"name": binding["name"], "json": json.dumps(binding["json"])}


def _kv(binding: Json, context: Context) -> Json:
    namespace = binding["namespace_id"]
    known = namespace in context.cloud.kv_namespaces
    context.need(binding, namespace, known, "KV namespace")
    return kv_binding(binding["name"], namespace)


def _d1(binding: Json, context: Context) -> Json:
    database = binding.get("id") or binding["database_id"]
    context.need(binding, database, database in context.cloud.databases, "D1 database")
    return d1_binding(binding["name"], database)


def _r2(binding: Json, context: Context) -> Json:
    bucket = binding["bucket_name"]
    known = any(bucket == other.name for other in context.cloud.buckets)
    context.need(binding, bucket, known, "R2 bucket")
    return r2_binding(binding["name"], bucket)


def _queue(binding: Json, context: Context) -> Json:
    name = binding["queue_name"]
    found = [queue for queue in context.cloud.queues if queue.name == name]
    context.need(binding, name, bool(found), "queue")
    return queue_binding(binding["name"], found[0])


def _service(binding: Json, context: Context) -> Json:
    target = binding["service"]
    known = any(target == other.name for other in context.cloud.workers)
    context.need(binding, target, known, "worker")
    service = designator(worker_service(target), entrypoint=binding.get("entrypoint"))
    return {"name": binding["name"], "service": service}


def _durable_object(binding: Json, context: Context) -> Json:
    script = binding.get("script_name") or context.worker.name
    classes = {
        found.class_name
        for owner in context.cloud.workers
        if owner.name == script
        for found in owner.durable_objects
    }
    class_name = binding["class_name"]
    target = f"{class_name} in worker {script}"
    context.need(binding, target, class_name in classes, "Durable Object class")
    service = worker_service(script) if script != context.worker.name else None
    namespace = {"className": class_name, "serviceName": service}
    return {"name": binding["name"], "durableObjectNamespace": namespace}


FORMS: dict[str, Callable[[Json, Context], Json]] = {
    "plain_text": _text,
    SECRET: _text,
    "json": _json,
    "kv_namespace": _kv,
    "d1": _d1,
    "r2_bucket": _r2,
    "queue": _queue,
    "service": _service,
    "durable_object_namespace": _durable_object,
}
"""Every binding type that is emulated, by its name in the API."""


def render_binding(binding: Json, context: Context) -> Json:
    """Turn a binding of the API into one of the configuration.

    Raises `RefusedError` for a type that is not emulated and a field that is missing,
    `DanglingError` for a target that is not there.
    """
    form = FORMS.get(binding["type"])
    if form is None:
        raise context.refuse(binding, f"not emulated: binding type {binding['type']}")
    try:
        return form(binding, context)
    except KeyError as error:
        raise context.refuse(binding, f"{binding['type']} needs the field {error}") from error
