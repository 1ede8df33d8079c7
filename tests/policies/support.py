"""Requests as the engine writes them, and the violations the pack answers."""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2

from policies import rules
from policies.pack import wire
from policies.pack.server import Analyzer

NOWHERE = Path("/nowhere")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Absent:
    """Takes a place, or a node, away."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()
STACK = "urn:pulumi:production::chittyos::pulumi:pulumi:Stack::chittyos-production"


@dataclass(frozen=True)
class Case:
    """A resource that a rule accepts, and single changes that each make the rule fire."""

    rule: str
    type: str
    good: dict[str, Any]
    breaks: list[tuple[str, Any]]
    """(path, value): `("rules[0].allowed.origins[0]", "*")`; ABSENT takes the place away."""
    settings: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=lambda: {"protect": True})
    break_options: list[dict[str, Any]] = field(default_factory=list)
    parent_type: str = ""
    fires_sealed: bool = True
    """Whether the broken value fires as a secret too."""


def steps(path: str) -> list[str | int]:
    return [
        int(part[1:-1]) if part.startswith("[") else part
        for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)
    ]


def change(props: Any, path: str, value: Any) -> Any:
    """Return a copy of *props* with *value* at *path*; an index one past the end appends."""
    changed: Any = copy.deepcopy(props)
    place: Any = changed
    *way, last = steps(path)
    for step in way:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    if value is ABSENT:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return changed


def seal(value: Any) -> dict[str, Any]:
    return {wire.SIGNATURE: wire.SECRET, "value": value}


def urn(kind: str, name: str, parent_type: str = "") -> str:
    chain = f"{parent_type}${kind}" if parent_type else kind
    return f"urn:pulumi:production::chittyos::{chain}::{name}"


def struct(props: dict[str, Any]) -> struct_pb2.Struct:
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


def configuration(settings: dict[str, dict[str, Any]], level: Any = proto.MANDATORY) -> Any:
    """Return the engine's Configure request for all rules at one level."""
    return analyzer_pb2.ConfigureAnalyzerRequest(
        policyConfig={
            rule.id: analyzer_pb2.PolicyConfig(
                enforcementLevel=level, properties=struct(settings.get(rule.id, {}))
            )
            for rule in rules.REGISTRY
        }
    )


def analyzer(settings: dict[str, dict[str, Any]] | None = None) -> Analyzer:
    server = Analyzer(rules.REGISTRY, NOWHERE)
    server.Configure(configuration(settings or {}), None)
    return server


def messages(answer: Any, rule_id: str) -> list[str]:
    return [each.message for each in answer.diagnostics if each.policyName == rule_id]


@dataclass(frozen=True)
class Node:
    """One resource of a stack's fixture."""

    type: str
    props: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    """Property to the names of the nodes that it was computed from."""
    parent: str = ""


Nodes = dict[str, Node]


@dataclass(frozen=True)
class StackCase:
    """A stack that a graph rule accepts, and single changes that each make the rule fire.

    A change is (node, path, value), (node, ABSENT) to take the node away, (node, Node) to add it.
    """

    rule: str
    good: Nodes
    breaks: list[tuple[Any, ...]]
    settings: dict[str, Any] = field(default_factory=dict)


def change_stack(nodes: Nodes, broken: tuple[Any, ...]) -> Nodes:
    name, *rest = broken
    if len(rest) == 2:
        path, value = rest
        node = nodes[name]
        return {**nodes, name: replace(node, props=change(node.props, path, value))}
    if rest[0] is ABSENT:
        return {other: node for other, node in nodes.items() if other != name}
    return {**nodes, name: rest[0]}


def stack_request(nodes: Nodes) -> Any:
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
