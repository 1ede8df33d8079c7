"""The comment of a pull request and the map of a stack of 500 resources, as whole commands."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.clone import ROOT
from harness.figure import Figure

SYSTEMS = 100
ROUNDS = 7
MOST = 2.0
"""Seconds that either may take."""

SLOW = 8 * 2**20
"""Bytes of a plan that somebody made to be slow."""

ZONE = "11111111111111111111111111111111"
PREFIX = "urn:pulumi:development::chittyos::chittyos:cloudflare:Worker$"
KINDS = {
    "KvNamespace": ("workersKvNamespace:WorkersKvNamespace", "title"),
    "Bucket": ("r2Bucket:R2Bucket", "name"),
    "Queue": ("queue:Queue", "queueName"),
    "Script": ("workersScript:WorkersScript", "scriptName"),
    "Host": ("workersCustomDomain:WorkersCustomDomain", "hostname"),
}


def figures() -> Iterator[Figure]:
    """Measure; takes about half a minute."""
    resources = list(_resources())
    with tempfile.TemporaryDirectory() as folder:
        plan, state = Path(folder) / "plan.json", Path(folder) / "state.json"
        plan.write_text(json.dumps({"steps": [_step(each) for each in resources]}))
        state.write_text(json.dumps({"deployment": {"resources": resources}}))
        drawn = ("map", "development", "--file", str(state), "--out", folder)
        measured = {
            "comment": _measure("comment", str(plan)),
            "map": _measure(*drawn),
        }
    for name, (seconds, cpu) in measured.items():
        how = f"whole process, {len(resources)} resources, median of {ROUNDS}"
        yield Figure(name, seconds, "s", how, MOST)
        yield Figure(f"{name}, CPU", cpu, "s", "the same runs, user and system")
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        plan.write_text(json.dumps({"steps": list(_hostile())}))
        how = f"CPU of the whole process, a plan of {SLOW // 2**20} MiB made to be slow, median"
        yield Figure("comment on a hostile plan", _measure("comment", str(plan))[1], "s", how, 5)


def _hostile() -> Iterator[dict[str, Any]]:
    """Yield steps whose values take the longest to be looked at for credentials."""
    size = number = 0
    while size < SLOW:
        urn = f"{PREFIX}cloudflare:index/{KINDS['Host'][0]}::h{number}"
        inputs = {"hostname": f"{'x7/Ab9-1' * 512}{number}"}
        made = {"op": "create", "urn": urn, "newState": {"inputs": inputs}}
        size, number = size + len(json.dumps(made)), number + 1
        yield made


def _measure(*arguments: str) -> tuple[float, float]:
    """Return the medians of seconds and CPU seconds of a command, without the first run."""
    runs = [_once(arguments) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)


def _once(arguments: tuple[str, ...]) -> tuple[float, float]:
    command = [sys.executable, "-m", "ops", *arguments]
    begun, before = time.perf_counter(), _cpu_of_children()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return time.perf_counter() - begun, _cpu_of_children() - before


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resources() -> Iterator[dict[str, Any]]:
    """Yield the resources of systems that are alike: stores, a script with them, and its host."""
    for number in range(SYSTEMS):
        for kind, (token, named) in KINDS.items():
            name = f"s{number}.chitty.cc" if kind == "Host" else f"s{number}-{kind.lower()}"
            inputs = {named: name, **_more(kind, number)}
            yield {
                "urn": f"{PREFIX}cloudflare:index/{token}::s{number}-{kind.lower()}",
                "type": f"cloudflare:index/{token}",
                "custom": True,
                "id": name,
                "inputs": inputs,
            }


def _more(kind: str, number: int) -> dict[str, Any]:
    if kind == "Host":
        return {"service": f"s{number}-script", "zoneId": ZONE}
    if kind == "Script":
        kv = {"name": "KV", "type": "kv_namespace", "namespaceId": f"s{number}-kvnamespace"}
        bucket = {"name": "R2", "type": "r2_bucket", "bucketName": f"s{number}-bucket"}
        texts = [{"name": f"T{n}", "type": "plain_text", "text": f"value {n}"} for n in range(20)]
        return {"bindings": [kv, bucket, *texts]}
    return {}


def _step(changed: dict[str, Any]) -> dict[str, Any]:
    """Return a step on *changed*, by which every part of the comment has something to say."""
    old = {**changed["inputs"], "comment": "before"}
    states = {"oldState": {"inputs": old}, "newState": {"inputs": changed["inputs"]}}
    return {"op": "replace", "urn": changed["urn"], "replaceReasons": ["comment"], **states}
