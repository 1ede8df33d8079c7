"""Deploy components and programs into a recording, without an engine."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2

from ops.stack_map.planned_resources import own_loop

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "4dabf18193072939515e22adb298388d"  # the key by which a secret is marked on the wire

Answers = Mapping[str, dict[str, Any] | str]
"""Short name of a call to what it answers, or why it fails."""


@dataclass
class Registered:
    """One resource as the engine was asked for it. *secrets* are the paths that were sealed."""

    type: str
    name: str
    inputs: dict[str, Any]
    request: resource_pb2.RegisterResourceRequest

    @property
    def protect(self) -> bool:
        return self.request.protect

    @property
    def retain(self) -> bool:
        return self.request.retainOnDelete

    @property
    def delete_before_replace(self) -> bool:
        return self.request.deleteBeforeReplace

    @property
    def depends_on(self) -> set[str]:
        return {_short(urn) for urn in self.request.dependencies}

    @property
    def parent(self) -> str:
        return _short(self.request.parent)

    def is_secret(self, key: str) -> bool:
        return SECRET in str(self.request.object.fields[key])


class Recording(Mocks):
    """Answers every registration with its own inputs, and calls from *answers* by short name."""

    def __init__(self, answers: Answers | None = None) -> None:
        self.answers = answers or {}
        self.resources: dict[str, Registered] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, "queueId": f"{args.name}-id"}

    def call(self, args: MockCallArgs) -> Any:
        answer = self.answers.get(args.token.rpartition(":")[2], {})
        return ({}, [("", answer)]) if isinstance(answer, str) else answer


class _Monitor(MockMonitor):
    """The SDK's monitor, which also keeps what it was asked."""

    mocks: Recording

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802
        with own_loop():
            answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
            made = Registered(request.type, request.name, inputs, request)
            self.mocks.resources[_short(answer.urn)] = made
        return answer

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        with own_loop():
            return super().Invoke(request)


def deploy(
    build: Callable[[], object],
    *,
    stack: str = "development",
    answers: Answers | None = None,
) -> dict[str, Registered]:
    """Run *build* and return every resource by `Type name`, in the order of registration."""
    return run(build, stack=stack, answers=answers).resources


def run(
    build: Callable[[], object],
    *,
    stack: str = "development",
    answers: Answers | None = None,
    preview: bool = False,
) -> "Recording":
    """Run *build* and return the whole recording; what *build* raises is raised here."""
    recording = Recording(answers)
    with own_loop():
        monitor = _Monitor(recording)
        set_mocks(recording, project="chittyos", stack=stack, preview=preview, monitor=monitor)
        pulumi.runtime.test(lambda: build() and None)()
    return recording


def _short(urn: str) -> str:
    """Name a resource `Type name`; a component, whose type may be that of its child, by package."""
    if not urn:
        return ""
    *_, kind, name = urn.split("::")
    token = kind.rpartition("$")[2]
    package = "chittyos:" if token.startswith("chittyos:") else ""
    return f"{package}{token.rpartition(':')[2]} {name}"


def own_bindings(listed: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return bindings by name, without the version that each worker with an address has."""
    return {each["name"]: each for each in listed if each["type"] != "version_metadata"}
