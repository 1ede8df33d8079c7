"""Durable Objects: bindings to the classes of workers, and where their storage lies."""

from collections.abc import Iterator
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Layout
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import worker_service


def _bind(binding: Json, context: Context) -> Json:
    script = binding.get("script_name") or context.worker.script
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


def _stored(cloud: Cloud) -> list[str]:
    return [each.unique_key for worker in cloud.workers for each in worker.durable_objects]


def _files(layout: Layout, unique_key: str) -> Iterator[Path]:
    yield layout.disk("objects") / unique_key


KIND = RuntimeKind(
    bindings={"durable_object_namespace": _bind}, disks=("objects",), stored=_stored, files=_files
)
