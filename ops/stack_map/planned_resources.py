"""What the program of a stack would register, found by running it against nothing.

No engine, no plugin, no account: every resource is answered with its own inputs, every question
with nothing. So a map of a stack can be drawn before its first `up`, and on a train.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2

from ops.paths import PROJECT
from ops.stack_map.readable_inputs import readable
from planning.exposure.graph import Resource

ENGINE = "pulumi:"
"""Begins the types of the engine itself."""


SCRIPTS = "getWorkersScripts"
"""Asked for the id of a worker, which the resource of its script does not show."""


class _Answers(Mocks):
    """Makes every resource at once, and finds nothing in the account but workers it has made."""

    def __init__(self) -> None:
        self.made: list[Resource] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return _id(args.name), {**args.inputs, "queueId": _id(args.name)}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        asks = args.token.endswith(f":{SCRIPTS}")
        made = [each for each in self.made if each.short == "WorkersScript"] if asks else []
        return {"results": [{"id": each.own_name, "tag": each.id} for each in made]}, []


class _Monitor(MockMonitor):
    """The SDK's stand-in for the engine, which also keeps what it was asked."""

    mocks: _Answers

    def RegisterResource(  # noqa: N802 - the engine's name for it
        self, request: resource_pb2.RegisterResourceRequest
    ) -> Any:
        with own_loop():
            answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if not request.type.startswith(ENGINE):
            self.mocks.made.append(_resource(request, answer.urn))
        return answer

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the engine's name for it
        with own_loop():
            return super().Invoke(request)  # type: ignore[no-untyped-call]


def registered(
    build: Callable[[], object], stack: str, logger: logging.Logger | None = None
) -> list[Resource]:
    """Run *build* as the program of *stack* and return what it registers, components as well.

    What *build* raises is raised here. *logger*: what hears its warnings. Default: standard error.
    """
    answers = _Answers()
    with own_loop():
        monitor = _Monitor(answers)
        set_mocks(
            answers, project=PROJECT, stack=stack, preview=True, logger=logger, monitor=monitor
        )
        pulumi.runtime.test(lambda: build() and None)()  # type: ignore[no-untyped-call]
    return answers.made


def _resource(request: resource_pb2.RegisterResourceRequest, urn: str) -> Resource:
    inputs = pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=False)
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        inputs=readable(dict(inputs)),
        parent=request.parent,
        id=_id(request.name) if request.custom else "",
        sources={key: tuple(each.urns) for key, each in request.propertyDependencies.items()},
    )


def _id(name: str) -> str:
    """Return the id that a resource has here: as good as any, and it names the resource."""
    return f"id of {name}"


@contextmanager
def own_loop() -> Iterator[None]:
    """Give the SDK the event loop that it asks for in its worker threads, and close it again."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()
