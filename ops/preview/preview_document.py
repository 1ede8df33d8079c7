"""A preview as data, in the form of `pulumi preview --json`, with what the policies said beside.

Values are those of the engine's events: it has replaced every secret by `[secret]`.
"""

import json
from pathlib import Path

from pulumi.automation.events import StepEventMetadata, StepEventStateMetadata

from common.json_types import Json
from ops.engine.report import Report
from ops.errors import OpsError


def check_place(path: Path) -> None:
    """Refuse before a preview what could not be written after it."""
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else f"needs the folder {path.parent}"
        raise OpsError(f"{path} {what}; name a file in a folder that exists")


def write(document: Json, path: Path) -> None:
    """Write *document* to *path*."""
    try:
        path.write_text(json.dumps(document, indent=2) + "\n")
    except OSError as error:
        raise OpsError(
            f"{path} cannot be written ({error.strerror}); name another file after --json"
        ) from None


def document_of(report: Report) -> Json:
    """Return what *report* saw; keys as the engine's own JSON has them.

    A resource that stays and loses its protection is a step as well, though the engine calls it
    `same`.
    """
    adjusted = report.adjusted()
    lifted = (urn for urn, fields in adjusted.items() if "protect" in fields)
    return {
        "steps": [
            *(_step(change.op, change.urn, change.metadata) for change in report.changes),
            *(_step("same", urn, report.ends[urn]) for urn in lifted),
        ],
        "changeSummary": dict(report.counts),
        "diagnostics": [
            *({"severity": "error", "message": text} for text in report.problems()),
            *({"severity": "warning", "message": text} for text in report.warnings),
        ],
        "policies": {"mandatory": report.violations, "advisory": report.advice},
        "adjusted": adjusted,
    }


def _step(op: str, urn: str, step: StepEventMetadata) -> Json:
    differences = step.detailed_diff or {}
    return {
        "op": op,
        "urn": urn,
        "oldState": _state(step.old),
        "newState": _state(step.new),
        "replaceReasons": list(step.keys or []),
        "diffReasons": list(step.diffs or []),
        "detailedDiff": {
            path: {"kind": _text(diff.diff_kind)} for path, diff in differences.items()
        },
    }


def _state(state: StepEventStateMetadata | None) -> Json | None:
    if state is None:
        return None
    return {
        "type": state.type,
        "custom": bool(state.custom),
        "protect": bool(state.protect),
        "retainOnDelete": bool(state.retain_on_delete),
        "inputs": dict(state.inputs or {}),
    }


def _text(value: object) -> str:
    return str(getattr(value, "value", value))
