"""Entries of a journal as the engine writes them, and what is deployed in these tests."""

from typing import Any

Json = dict[str, Any]
ENGINE = "3.276.0"


def urn(name: str, stack: str = "dev", project: str = "web") -> str:
    return f"urn:pulumi:{stack}::{project}::test:index:Thing::{name}"


def resource(name: str, **more: Any) -> Json:
    return {"urn": urn(name), "custom": True, "id": f"id-{name}", "type": "test:index:Thing"} | more


def deployed(*names: str, **more: Any) -> Json:
    """Return a deployment as it is exported."""
    return {"version": 3, "deployment": {"resources": [resource(n) for n in names], **more}}


class Journal(list[Json]):
    """Entries, each with the number that comes next."""

    def add(self, kind: int, made_by: int = 0, version: int = 1, **more: Any) -> "Journal":
        number = len(self) + 1
        keys = {"version": version, "kind": kind, "sequenceID": number, "operationID": made_by}
        self.append({**keys, "removeOld": None, "removeNew": None, **more})
        return self

    def begin(self, operation: int, kind: str, name: str) -> "Journal":
        return self.add(0, operation, operation={"resource": resource(name), "type": kind})

    def make(self, operation: int, name: str, **more: Any) -> "Journal":
        return self.begin(operation, "creating", name).succeed(operation, resource(name, **more))

    def succeed(self, operation: int, state: Json | None = None, **more: Any) -> "Journal":
        return self.add(1, operation, state=state, **more)
