"""Stacks and updates as the API tells of them."""

from typing import Any

from lookalikes.pulumi_cloud.records import UpdateRecord
from lookalikes.pulumi_cloud.store import Stack
from lookalikes.pulumi_cloud.urns import ROOT

Json = dict[str, Any]
RESULTS = {"running": "in-progress", "not started": "not-started", "cancelled": "failed"}


def stack_of(stack: Stack, running: UpdateRecord | None) -> Json:
    """Return what is told of *stack*, with the update that is *running*, if one is."""
    told: Json = {**named(stack), "tags": stack.record.tags, "version": stack.record.version}
    told["activeUpdate"] = stack.record.update
    if stack.record.config is not None:
        told["config"] = stack.record.config
    if running:
        told["currentOperation"] = {
            "kind": running.kind,
            "author": running.author,
            "started": running.started,
        }
    return told


def named(stack: Stack) -> Json:
    """Return by what a stack is told from others."""
    return {
        "id": stack.record.id,
        "orgName": stack.name.organization,
        "projectName": stack.name.project,
        "stackName": stack.name.stack,
    }


def summary_of(stack: Stack, *, busy: bool) -> Json:
    """Return what a list of stacks says of *stack*; one that is *busy* has no time of an update."""
    last = stack.record.update and stack.update(stack.record.update)
    resources = (stack.deployment().get("deployment") or {}).get("resources") or []
    told: Json = {**named(stack), "resourceCount": len(resources)}
    return {**told, "lastUpdate": 0 if busy else last.started} if last else told


def update_of(update: UpdateRecord) -> Json:
    """Return what the history says of *update*."""
    return {
        "kind": update.kind,
        "startTime": update.started,
        "message": update.message,
        "environment": update.environment,
        "config": update.config,
        "result": RESULTS.get(update.status, update.status),
        "endTime": update.ended,
        "version": update.version,
        "resourceChanges": update.changes,
        "resourceCount": update.resources,
    }


def outputs_of(exported: Json) -> Json:
    """Return the outputs of an *exported* stack as its state has them: secrets are encrypted."""
    deployment = exported.get("deployment") or {}
    roots = (each for each in deployment.get("resources") or [] if each["type"] == ROOT)
    root = next((each for each in roots if not each.get("delete")), None)
    if root is None:
        return {}
    told = {"outputs": root.get("outputs") or {}}
    providers = deployment.get("secrets_providers")
    return {**told, "secretsProviders": providers} if providers else told
