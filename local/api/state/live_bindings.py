"""Bindings of a script as they are now: what is gone is left out, what was renamed is followed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.json_types import Json
from local.records.records import Kind, Records


@dataclass(frozen=True)
class Bindings:
    """Bindings of one script, resolved against the records of now."""

    records: Records
    script: str
    version: Json
    targets: dict[str, tuple[Kind, str]] = field(
        default_factory=lambda: {
            "kv_namespace": (Kind.KV_NAMESPACE, "namespace_id"),
            "r2_bucket": (Kind.BUCKET, "bucket_name"),
            "d1": (Kind.DATABASE, "id"),
            "service": (Kind.SCRIPT, "service"),
        }
    )

    def live(self, bindings: list[Json]) -> tuple[Json, ...]:
        """Return those of *bindings* whose targets are there."""
        resolved = (self._resolve(binding) for binding in bindings)
        return tuple(binding for binding in resolved if binding is not None)

    def _resolve(self, binding: Json) -> Json | None:
        special: dict[str, Callable[[Json], Json | None]] = {
            "durable_object_namespace": self._durable_object,
            "queue": self._queue,
            "version_metadata": self._metadata,
        }
        if resolve := special.get(binding["type"]):
            return resolve(binding)
        if target := self.targets.get(binding["type"]):
            kind, key = target
            return binding if self.records.get(kind, binding[key]) else None
        return binding

    def _durable_object(self, binding: Json) -> Json | None:
        """Follow the namespace, for its class may have been renamed or moved since."""
        namespace = self.records.get(Kind.DURABLE_OBJECT, binding["namespace_id"])
        if namespace is None:
            return None
        here = {"name": binding["name"], "type": binding["type"], "class_name": namespace["class"]}
        elsewhere = {"script_name": namespace["script"]}
        return here if namespace["script"] == self.script else here | elsewhere

    def _metadata(self, binding: Json) -> Json:
        """Tell a version which one it is."""
        return {
            **binding,
            "id": self.version["id"],
            "tag": self.version["annotations"].get("workers/tag", ""),
            "timestamp": self.version["created_on"],
        }

    def _queue(self, binding: Json) -> Json | None:
        names = {queue["queue_name"] for queue in self.records.all(Kind.QUEUE)}
        return binding if binding["queue_name"] in names else None
