"""Requests about an update while it goes on: by its engine, and by who looks at it or ends it."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request

from lookalikes.pulumi_cloud import deltas, durable_files, shapes
from lookalikes.pulumi_cloud.records import UpdateRecord
from lookalikes.pulumi_cloud.refusals import invalid
from lookalikes.pulumi_cloud.service import Service
from lookalikes.pulumi_cloud.stack_api import STACK, Handler, found
from lookalikes.pulumi_cloud.store import Stack
from lookalikes.pulumi_cloud.updates import RESULTS

Json = dict[str, Any]
UPDATE = f"{STACK}/update/{{update}}"
KINDS = ("update", "preview", "refresh", "destroy")
KIND_OF: dict[str, str] = {"resource-import": "update"}
TOKEN_KIND = "update-token"  # noqa: S105 - the name of a kind
EVENTS = "events.jsonl"


def _make(kind: str) -> Handler:
    def make(service: Service, request: Request, body: Json) -> Json:
        return _made(service.updates.make(found(service, request), kind, body))

    return make


def _begin(service: Service, request: Request, body: Json) -> Json:
    """Make and start an update in one request, and say what it needs to know of its stack."""
    stack = found(service, request)
    kind: str = body["updateKind"]
    update = service.updates.make(stack, KIND_OF.get(kind, kind), body["program"])
    deployment = stack.deployment()
    started = service.updates.start(stack, update, body, _agent(request))
    told = {"stack": shapes.stack_of(stack, service.updates.running(stack))}
    state = {"deployment": deployment} if deployment else {}
    return {**_made(update), **started, **told, **state}


def _made(update: UpdateRecord) -> Json:
    return {"updateID": update.id, "requiredPolicies": [], "messages": []}


def _start(service: Service, request: Request, body: Json) -> Json:
    stack = found(service, request)
    update = stack.update(request.path_params["update"])
    return service.updates.start(stack, update, body, _agent(request))


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _show(service: Service, request: Request, _: Any) -> Json:
    """Say how far an update has come; it has no log but its events."""
    update = found(service, request).update(request.path_params["update"])
    status = "failed" if update.status == "cancelled" else update.status
    told: Json = {"status": status, "events": []}
    return {**told, "continuationToken": "0"} if update.status == "running" else told


def _events(service: Service, request: Request, _: Any) -> Json:
    stack = found(service, request)
    folder = stack.of_update(stack.update(request.path_params["update"]).id)
    events = {each["sequence"]: each for each in _lines(folder / EVENTS)}
    return {"events": [events[number] for number in sorted(events)], "continuationToken": None}


def _cancel(service: Service, request: Request, _: Any) -> None:
    stack = found(service, request)
    service.updates.cancel(stack, stack.update(request.path_params["update"]))


def _leased(service: Service, request: Request) -> tuple[Stack, UpdateRecord]:
    """Return the update whose lease came with the request, while it may change something."""
    stack = found(service, request)
    identifier = request.path_params["update"]
    return stack, service.updates.changeable(stack, identifier, _token(request))


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == TOKEN_KIND else ""


def _renew(service: Service, request: Request, body: Json) -> Json:
    stack, update = _leased(service, request)
    ends = service.updates.renew(stack, update, int(body["duration"]))
    return {"token": _token(request), "tokenExpiration": ends}


def _note_events(service: Service, request: Request, body: Json) -> None:
    stack, update = _leased(service, request)
    lines = [json.dumps(each).encode() for each in body.get("events") or []]
    durable_files.append(stack.of_update(update.id) / EVENTS, lines)


def _journal(service: Service, request: Request, body: Json) -> None:
    stack, update = _leased(service, request)
    entries = body.get("entries") or []
    if any(each["version"] > update.journal for each in entries):
        raise invalid(f"the update has agreed on journals of version {update.journal}")
    stack.add_entries(update, entries)


def _checkpoint(service: Service, request: Request, body: Json) -> None:
    stack, update = _leased(service, request)
    if body.get("isInvalid"):
        return
    kept = {key: body[key] for key in ("version", "features", "deployment") if body.get(key)}
    service.updates.save_checkpoint(stack, update, update.saved + 1, json.dumps(kept).encode())


def _checkpoint_verbatim(service: Service, request: Request, body: Json) -> None:
    stack, update = _leased(service, request)
    number = int(body["sequenceNumber"])
    if number > update.saved:
        sent = deltas.verbatim(request.state.content)
        service.updates.save_checkpoint(stack, update, number, sent)


def _checkpoint_delta(service: Service, request: Request, body: Json) -> None:
    stack, update = _leased(service, request)
    number, before = int(body["sequenceNumber"]), stack.checkpoint(update)
    if number <= update.saved:
        return
    if not before.exists():
        raise invalid("edits came before any checkpoint")
    after = deltas.edited(before.read_bytes(), body["deploymentDelta"], body["checkpointHash"])
    service.updates.save_checkpoint(stack, update, number, after)


def _complete(service: Service, request: Request, body: Json) -> None:
    """End an update; said twice, it is the same."""
    stack = found(service, request)
    update = service.updates.leased(stack, request.path_params["update"], _token(request))
    result = next((each for each in RESULTS if each == body.get("status")), None)
    if result is None:
        raise invalid(f"status is one of {', '.join(RESULTS)}")
    if update.status == "running":
        service.updates.end(stack, update, result)


def _lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in durable_files.read_lines(path)]


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *(("POST", f"{STACK}/{kind}", _make(kind)) for kind in KINDS),
    ("POST", f"{STACK}/begin-update", _begin),
    ("POST", UPDATE, _start),
    ("GET", UPDATE, _show),
    ("GET", f"{UPDATE}/events", _events),
    ("POST", f"{UPDATE}/cancel", _cancel),
)

LEASED: tuple[tuple[str, str, Handler], ...] = (
    ("POST", f"{UPDATE}/renew_lease", _renew),
    ("POST", f"{UPDATE}/events/batch", _note_events),
    ("PATCH", f"{UPDATE}/journalentries", _journal),
    ("PATCH", f"{UPDATE}/checkpoint", _checkpoint),
    ("PATCH", f"{UPDATE}/checkpointverbatim", _checkpoint_verbatim),
    ("PATCH", f"{UPDATE}/checkpointdelta", _checkpoint_delta),
    ("POST", f"{UPDATE}/complete", _complete),
)
"""What the lease of an update is needed for, and no access token."""
