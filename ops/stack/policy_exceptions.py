"""Waivers as the engine's own exceptions, so that plain `pulumi` shows what they exempt.

An exception of the engine knows exact URNs and no day: what is written is what is in force today,
and the pack goes on judging the waivers themselves.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.files import write_private
from ops.paths import PROJECT, Paths
from ops.stack.target import Target
from ops.stack.tools import Tools

WAIVERS = "meta-waivers"
"""The rule that has the waivers among its settings."""

STACK, URN = "stack", "urn:pulumi:"
VERSION = 2
"""Of the form that has exceptions; the form before has none."""


def configuration(paths: Paths, target: Target, tools: Tools) -> Path:
    """Return the configuration of the policy pack for plain `pulumi` on *target*.

    It is the level file of the environment; where the engine takes exceptions and a waiver in
    force can be one, a file beside the state that has both.
    """
    levels = paths.levels(target.environment)
    if not tools.engine.takes_exceptions:
        return levels
    content = json.loads(levels.read_text())
    settings = content[WAIVERS]
    found = dict(_exceptions(settings["waivers"], _stack_urn(target), _today()))
    if not found:
        return levels
    told = {**content, WAIVERS: {**settings, "exempted": True}}
    written = paths.local / "policies" / f"{target.name}.json"
    document = {"version": VERSION, "policies": told, "exceptions": found}
    write_private(written, json.dumps(document, indent=2) + "\n")
    return written


def _exceptions(
    waivers: list[dict[str, str]], stack: str, today: dt.date
) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, waiver in enumerate(waivers, 1):
        resource = stack if waiver["resource"] == STACK else waiver["resource"]
        if not resource.startswith(URN) or _day(waiver["expires"]) < today:
            continue
        match = {"policies": [waiver["rule"]], "targets": [resource]}
        reason = f"{waiver['reason']} (until {waiver['expires']})"
        yield f"waiver-{number}", {"reason": reason, "match": [match]}


def _day(text: str) -> dt.date:
    """Read a day; what is none is over: the pack refuses it."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return dt.date.min


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def _stack_urn(target: Target) -> str:
    return f"{URN}{target.name}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{target.name}"
