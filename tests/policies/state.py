"""Exported states made of fixtures, checked offline by the real engine."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.pack import wire
from tests.engine.engine import pulumi_binary
from tests.policies import process
from tests.policies.support import Nodes, urn

ROOT = process.PACK.parent
TIME = "2026-11-21T00:00:00Z"
WHERE = {"url": "https://api.example.test", "owner": "o", "project": "p", "stack": "s"}
SERVICE = {"type": "service", "state": WHERE}
"""Who could decrypt what is encrypted: nobody on this machine."""
ANALYZE_SECONDS = 120


def resource(kind: str, name: str, props: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a resource as a state holds it; what the provider gives back is what it was given."""
    custom = {"custom": True, "id": name} if not kind.startswith("chittyos:") else {}
    own = {"urn": urn(kind, name), "type": kind, "inputs": props, "outputs": props}
    return {"custom": False, **own, **custom, **more}


def resources(nodes: Nodes) -> list[dict[str, Any]]:
    """Return a stack's fixture as a state holds it, those first that others come from."""
    urns = {name: urn(node.type, name) for name, node in nodes.items()}
    made = []
    for name, node in nodes.items():
        edges = {p: [urns[s] for s in names if s in urns] for p, names in node.sources.items()}
        sources = sorted({source for found in edges.values() for source in found})
        more = {"propertyDependencies": edges, "dependencies": sources}
        parent = {"parent": urns[node.parent]} if node.parent in urns else {}
        made.append(resource(node.type, name, node.props, **more, **parent))
    return made


def write(path: Path, resources: list[dict[str, Any]]) -> Path:
    manifest = {"time": TIME, "magic": "", "version": ""}
    kept = {"resources": _sealed(resources), "secrets_providers": SERVICE}
    deployment = {"manifest": manifest, **kept}
    path.write_text(json.dumps({"version": 3, "deployment": deployment}))
    return path


def _sealed(value: Any) -> Any:
    """Write secrets as an export with `--show-secrets` does."""
    if isinstance(value, list):
        return [_sealed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(wire.SIGNATURE) == wire.SECRET and "value" in value:
        return {wire.SIGNATURE: wire.SECRET, "plaintext": json.dumps(value["value"])}
    return {key: _sealed(each) for key, each in value.items()}


@dataclass(frozen=True)
class Judged:
    """What `pulumi policy analyze` answered."""

    code: int
    violations: set[tuple[str, str, str]]
    """Rule, name of the resource, level."""
    output: str


def analyze(state: Path, levels: Path) -> Judged:
    """Judge a state by the pack at the levels of a file, with no backend and no network."""
    engine = pulumi_binary()
    assert engine, "no Pulumi engine: run `make setup`, or name one in PULUMI_BIN"
    command = [engine, "policy", "analyze", "--file", state, "--json"]
    command += ["--policy-pack", process.PACK, "--policy-pack-config", levels]
    environment = {
        "PATH": f"{ROOT / 'toolchain' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(state.parent),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    ran = subprocess.run(
        list(map(str, command)),
        cwd=state.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=ANALYZE_SECONDS,
        check=False,
    )
    return Judged(ran.returncode, set(_violations(ran.stdout)), ran.stdout + ran.stderr)


def _violations(output: str) -> Any:
    for line in output.splitlines():
        event = json.loads(line).get("policyEvent") if line.startswith("{") else None
        if event:
            name = event.get("resourceUrn", "").rsplit("::", 1)[-1]
            yield event["policyName"], name, event["enforcementLevel"]
