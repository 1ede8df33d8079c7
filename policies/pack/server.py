"""The pack as the engine sees it: Pulumi's analyzer protocol, a resource read once for all."""

# ruff: noqa: ARG002, N802  (the protocol names methods and arguments)
from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.pack import protocol
from policies.pack.analysis import Analysis
from policies.pack.enforcement import LevelsError, configured_enforcement, default_enforcement
from policies.pack.record import Record
from policies.pack.resource import Options, Resource, Unknowns
from policies.pack.rule import Level, Registry

THREADS = 4
MAX_MESSAGE_BYTES = 400 * 1024 * 1024
ORPHAN_CHECK_SECONDS = 5.0
LEVELS = {
    proto.ADVISORY: Level.ADVISORY,
    proto.MANDATORY: Level.MANDATORY,
    proto.REMEDIATE: Level.MANDATORY,
    proto.DISABLED: Level.DISABLED,
}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine. A resource is read once, lazily, however many rules look at it."""

    def __init__(self, registry: Registry, root: Path) -> None:
        self._registry = registry
        self._record = Record(root)
        self._analysis = Analysis(default_enforcement(registry), registry)

    def Handshake(self, request: Any, context: Any) -> Any:
        return proto.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        self._record.begin(preview=request.dry_run)
        return proto.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        return protocol.pack(self._registry)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return proto.PluginInfo(version=protocol.VERSION)

    def Configure(self, request: Any, context: Any) -> Any:
        try:
            plan = configured_enforcement(self._registry, _configured(request))
            self._analysis = Analysis(plan, self._registry)
        except LevelsError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return empty_pb2.Empty()

    def Remediate(self, request: Any, context: Any) -> Any:
        """Change nothing: what the program declares never depends on whether the pack ran."""
        return proto.RemediateResponse()

    def Analyze(self, request: Any, context: Any) -> Any:
        resource = _resource(request, Unknowns())
        report = self._analysis.resource(resource)
        self._record.add(str(resource), resource.stack, report)
        return protocol.response(report)

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        unknowns = Unknowns()
        resources = [_resource(each, unknowns) for each in request.resources]
        report = self._analysis.stack(resources, unknowns)
        name = resources[0].stack if resources else ""
        self._record.add(f"{len(resources)} resources", name, report, whole=True)
        return protocol.response(report)

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def _configured(request: Any) -> dict[str, tuple[Level, dict[str, Any]]]:
    return {
        rule_id: (LEVELS[config.enforcementLevel], json_format.MessageToDict(config.properties))
        for rule_id, config in request.policyConfig.items()
    }


def _resource(request: Any, unknowns: Unknowns) -> Resource:
    """Make a resource of the engine's message, its properties unread."""
    return Resource(
        written_type=request.type,
        name=request.name,
        urn=request.urn,
        load=_reader(request.properties),
        unknowns=unknowns,
        options=Options(request.options.protect, tuple(request.options.ignoreChanges)),
        parent=getattr(request, "parent", "") or request.options.parent,
        dependencies=tuple(getattr(request, "dependencies", ())),
        property_dependencies=_property_dependencies(request),
    )


def _reader(properties: struct_pb2.Struct) -> Callable[[], dict[str, Any]]:
    return lambda: json_format.MessageToDict(properties)


def _property_dependencies(request: Any) -> dict[str, tuple[str, ...]]:
    edges = getattr(request, "propertyDependencies", {})
    return {name: tuple(edge.urns) for name, edge in edges.items()}


def serve(registry: Registry, root: Path) -> None:
    """Serve on a free port of the loopback, print the port, return when the engine is gone.

    *root*: folder of the checkout, in whose `.local` the last run is recorded.
    """
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(registry, root), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    _wait(server)


def _wait(server: grpc.Server) -> None:
    """Stop when the parent dies: an engine that was killed cannot tell its plugins."""
    parent = os.getppid()
    try:
        while server.wait_for_termination(ORPHAN_CHECK_SECONDS) and os.getppid() == parent:
            pass
    except KeyboardInterrupt:
        pass
    server.stop(0)
