"""A cold preview of the platform against a bare program of the same resources.

Both run on the same engine and the same local Cloudflare, in turn, each in a fresh process with an
empty state. The bare program is what the platform's resources were registered with, written out.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.clone import Clone, make_clone
from harness.figure import Figure

ROUNDS = 7
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
RUN = """
import sys
from pulumi.automation import LocalWorkspace, PulumiCommand, Stack
def program():
    {program}
workspace = LocalWorkspace(work_dir=".", program=program, pulumi_command=PulumiCommand())
Stack.create_or_select("development", workspace).preview()
"""
OURS = RUN.format(program="from systems.platform import main; main()")
BARE = RUN.format(
    program="""import json, pulumi_cloudflare as cloudflare
    for kind, name, inputs in json.load(open(".local/bare.json")):
        getattr(cloudflare, kind)(name, **inputs)"""
)


def figures() -> Iterator[Figure]:
    """Measure; takes about three minutes."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "clone")
        try:
            yield from _compare(clone)
        finally:
            clone.local("stop")


def _compare(clone: Clone) -> Iterator[Figure]:
    _write_bare(clone)
    plain, checked = environment(clone, policies=False), environment(clone, policies=True)
    rounds = []
    for number in range(ROUNDS + 1):
        ours, bare = _run(clone, OURS, plain), _run(clone, BARE, plain)
        policies = _run(clone, OURS, checked)
        if number:  # the first warms what the system caches
            rounds.append((ours, bare, policies))
    ratios = [ours / bare for ours, bare, _ in rounds]
    added = [policies / ours for ours, _, policies in rounds]
    how = f"median of {ROUNDS} pairs in turn, whole processes, policies off in both"
    yield Figure("platform against bare program", statistics.median(ratios), "times", how, 0.9)
    yield Figure("preview of the platform", _median(rounds, 0), "s", "the same runs")
    yield Figure("preview of the bare program", _median(rounds, 1), "s", "the same runs")
    how = "the platform with the whole pack against without, pairs in turn"
    yield Figure("with policies against without", statistics.median(added), "times", how, 1.3)


def _median(rounds: list[tuple[float, float, float]], which: int) -> float:
    return statistics.median(each[which] for each in rounds)


def _write_bare(clone: Clone) -> None:
    """Deploy, write down what was registered, and take it away again."""
    for step in (("start",), ("up", "development")):
        done = clone.ops(*step)
        if done.code:
            raise SystemExit(done.said)
    exported = json.loads(clone.pulumi("stack", "export").out)["deployment"]["resources"]
    kept = [it for it in exported if it["type"].startswith("cloudflare:")]
    bare = [(it["type"].split(":")[-1], it["urn"].split("::")[-1], _plain(it)) for it in kept]
    (clone.root / ".local" / "bare.json").write_text(json.dumps(bare))
    clone.ops("destroy", "development", "--yes")


def _plain(resource: Mapping[str, Any]) -> Any:
    given = {k: v for k, v in resource["inputs"].items() if not k.startswith("__")}
    return _snake(given)


def _snake(value: Any) -> Any:
    """Write inputs as a program does; what is encrypted becomes some text."""
    if isinstance(value, dict):
        if "ciphertext" in value:
            return [] if value["ciphertext"] is None else "sealed"
        return {HUMP.sub("_", key).lower(): _snake(each) for key, each in value.items()}
    return [_snake(each) for each in value] if isinstance(value, list) else value


def environment(clone: Clone, *, policies: bool) -> dict[str, str]:
    """Return what plain `pulumi` is run with in *clone*; *policies*: whether the pack judges."""
    exports = clone.ops("env", "development").out
    printed = subprocess.run(
        ["/bin/sh", "-euc", f"{exports}\nexec env -0"],
        capture_output=True,
        text=True,
        check=True,
        cwd=clone.root,
    )
    pairs = (line.split("=", 1) for line in printed.stdout.split("\0") if "=" in line)
    found = {name: value for name, value in pairs}  # noqa: C416 - pairs are lists
    if not policies:
        found = {k: v for k, v in found.items() if not k.startswith("PULUMI_OPTION_POLICY")}
    return {**os.environ, **found}


def _run(clone: Clone, code: str, environ: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=clone.root,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return time.perf_counter() - begun
