"""A preview as data, in the form of `pulumi preview --json`, with what the policies said beside.

Values are those of the engine's events: it has replaced every secret by `[secret]`.
"""

from typing import Any

from pulumi.automation.events import StepEventStateMetadata

from ops.report import Change, Report

Json = dict[str, Any]


def plan_of(report: Report) -> Json:
    """Write what *report* saw; keys as the engine's own JSON has them."""
    return {
        "steps": [_step(change) for change in report.changes],
        "changeSummary": dict(report.counts),
        "diagnostics": [
            *({"severity": "error", "message": text} for text in report.problems()),
            *({"severity": "warning", "message": text} for text in report.warnings),
        ],
        "policies": {"mandatory": report.violations, "advisory": report.advice},
    }


def _step(change: Change) -> Json:
    step = change.metadata
    differences = step.detailed_diff or {}
    return {
        "op": change.op,
        "urn": change.urn,
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
        "inputs": dict(state.inputs or {}),
    }


def _text(value: object) -> str:
    return str(getattr(value, "value", value))
