"""The policy pack as its own process, spoken to as the engine speaks to it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

PACK = Path(__file__).resolve().parents[1] / "policies"
NO_ENGINE = "127.0.0.1:1"
STOP_SECONDS = 10


@contextlib.contextmanager
def running(cwd: Path, folder: Path = PACK) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Start the pack as a built engine starts it, with no environment to speak of."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", NO_ENGINE, str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def urn(kind: str, name: str, parent_type: str = "") -> str:
    """Return the URN of a resource of the stack `production`."""
    chain = f"{parent_type}${kind}" if parent_type else kind
    return f"urn:pulumi:production::chittyos::{chain}::{name}"


def struct(props: dict[str, Any]) -> struct_pb2.Struct:
    """Return *props* as a message."""
    message = struct_pb2.Struct()
    message.update(props)
    return message


def request(  # noqa: PLR0913
    kind: str,
    props: dict[str, Any],
    *,
    name: str = "subject",
    protect: bool = True,
    ignore_changes: Iterable[str] = (),
    parent_type: str = "",
) -> Any:
    """Return the engine's question about one resource."""
    options = analyzer_pb2.AnalyzerResourceOptions(
        protect=protect, ignoreChanges=list(ignore_changes)
    )
    return analyzer_pb2.AnalyzeRequest(
        type=kind,
        properties=struct(props),
        urn=urn(kind, name, parent_type),
        name=name,
        options=options,
    )


@dataclass(frozen=True)
class Node:
    """One resource of a stack."""

    type: str
    props: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    """Property to the names of the nodes that it was computed from."""
    parent: str = ""


Nodes = dict[str, Node]


def stack_request(nodes: Nodes) -> Any:
    """Return the engine's question about a whole stack."""
    urns = {name: urn(node.type, name) for name, node in nodes.items()}
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[_stack_resource(nodes, urns, name) for name in nodes]
    )


def _stack_resource(nodes: Nodes, urns: dict[str, str], name: str) -> Any:
    node = nodes[name]
    known = {prop: [urns[s] for s in names if s in urns] for prop, names in node.sources.items()}
    return analyzer_pb2.AnalyzerResource(
        type=node.type,
        properties=struct(node.props),
        urn=urns[name],
        name=name,
        options=analyzer_pb2.AnalyzerResourceOptions(),
        parent=urns.get(node.parent, ""),
        propertyDependencies={
            prop: analyzer_pb2.AnalyzerPropertyDependencies(urns=sources)
            for prop, sources in known.items()
        },
    )
