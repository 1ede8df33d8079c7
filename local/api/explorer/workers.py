"""Workers as the Local Explorer lists them: the stores that each is bound to, by their kinds."""

from collections.abc import Callable, Mapping

from common.json_types import Json
from local.records.model import Cloud, Worker

NAMED: Mapping[str, tuple[str, Callable[[Json], object]]] = {
    "kv_namespace": ("kv", lambda each: each["namespace_id"]),
    "d1": ("d1", lambda each: each.get("id") or each.get("database_id")),
    "r2_bucket": ("r2", lambda each: each["bucket_name"]),
}
"""Types of bindings, the kind that the Explorer has them under, and the id of their store."""


def shown_workers(cloud: Cloud) -> list[Json]:
    """List the workers of *cloud*; all are of this one account."""
    whole = [worker for worker in cloud.workers if not worker.version]
    return [
        {
            "isSelf": True,
            "name": each.name,
            "bindings": _bindings(each, whole),
            "triggers": {"crons": list(each.crons)},
        }
        for each in whole
    ]


def _bindings(worker: Worker, whole: list[Worker]) -> Json:
    found: Json = {"kv": [], "d1": [], "r2": [], "do": [], "workflows": []}
    for each in worker.bindings:
        if each["type"] in NAMED:
            kind, identify = NAMED[each["type"]]
            found[kind].append({"id": identify(each), "bindingName": each["name"]})
        elif each["type"] == "durable_object_namespace":
            found["do"].append(_objects(worker, each, whole))
    return found


def _objects(worker: Worker, binding: Json, whole: list[Worker]) -> Json:
    script = binding.get("script_name") or worker.script
    classes = (known for owner in whole if owner.name == script for known in owner.durable_objects)
    name = binding["class_name"]
    found = next((known for known in classes if known.class_name == name), None)
    return {
        "id": found.unique_key if found else "",
        "bindingName": binding["name"],
        "className": name,
        "scriptName": script,
        "useSqlite": found.sqlite if found else True,
    }
