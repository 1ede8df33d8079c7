"""What the JSON of a preview says beside its plan: what ran, what it costs, what it may need."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi.automation.events import StepEventStateMetadata

from common.errors import SentenceError
from common.json_types import Json
from config import PlatformConfig
from config.rules import demand
from ops.engine.report import Report
from ops.engine.resources import name_of
from ops.preview import preview_document
from ops.stack.session import Session
from ops.stack.systems import systems_of
from planning import cost
from planning.exposure.graph import Resource
from planning.prices import PRICES
from planning.token_needs import Need, needs_of

Named = dict[str, StepEventStateMetadata]


def write(session: Session, report: Report, path: Path) -> None:
    """Write the preview in *report*, with what is beside its plan, to *path* as JSON."""
    preview_document.write({**preview_document.document_of(report), **of(session, report)}, path)


def of(session: Session, report: Report) -> Json:
    """Return about, cost and permissions of the preview in *report*.

    What cannot be told, of a preview that failed for one, is left out.
    """
    found: Json = {"about": _about(session)}
    config = session.configuration
    if config is not None and not report.failure:
        with suppress(SentenceError):
            found["cost"] = _cost(session, config)
        with suppress(SentenceError):
            found["permissions"] = list(new_permissions(report, config))
    return found


def new_permissions(report: Report, config: PlatformConfig) -> Iterator[str]:
    """Yield what a token has to be allowed for the plan in *report*, and was not before.

    Nothing for a stack that has no resource yet: it needs all that `ops token-policy` lists.
    """
    before, after = _states(report)
    if before:
        known = {(need.group, need.place) for need in _needs(before, config)}
        zones = {zone.id: zone.name for zone in config.deployment.zones}
        for need in _needs(after, config):
            if (need.group, need.place) not in known:
                yield f"{need.group} for {zones.get(need.place, 'the account')}"


def _about(session: Session) -> Json:
    tools, target = session.tools, session.target
    return {
        "commit": _commit(session.paths.root),
        "stack": target.name,
        "environment": target.environment,
        "engine": f"Pulumi {tools.engine.version}",
        "plugins": [f"{each.name} {each.version} ({each.kind})" for each in tools.plugins],
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit(root: Path) -> str:
    """Return the commit that is checked out; "" where there is none."""
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _cost(session: Session, config: PlatformConfig) -> Json:
    """Return US dollars of a month by each reading of the price list."""
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(systems_of(session.target), settings, config.deployment)
    month = cost.estimate(asked, demand.plan_of(config.deployment), PRICES)
    return {reading.value: str(month.month(reading)) for reading in cost.Reading}


def _states(report: Report) -> tuple[Named, Named]:
    """Return the resources of the account before and after, by URN."""
    steps = [*(change.metadata for change in report.changes), *report.ends.values()]
    before = {step.urn: step.old for step in steps if step.old and step.old.custom}
    gone = {change.urn for change in report.changes if change.op == "delete"}
    after = {step.urn: step.new for step in steps if step.new and step.new.custom}
    return before, {urn: state for urn, state in after.items() if urn not in gone}


def _needs(states: Named, config: PlatformConfig) -> tuple[Need, ...]:
    listed = [_resource(urn, state) for urn, state in states.items()]
    zones: Iterable[str] = (zone.id for zone in config.deployment.zones)
    return needs_of(listed, config.deployment.account, zones)


def _resource(urn: str, state: StepEventStateMetadata) -> Resource:
    inputs: dict[str, Any] = dict(state.inputs or {})
    return Resource(urn=urn, type=state.type, name=name_of(urn), inputs=inputs)
