"""Requests about stacks: the account, stacks, their states, their secrets and their history."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from lookalikes.pulumi_cloud import sealing, shapes, urns
from lookalikes.pulumi_cloud.records import UpdateRecord
from lookalikes.pulumi_cloud.refusals import invalid, missing
from lookalikes.pulumi_cloud.service import Service
from lookalikes.pulumi_cloud.store import Name, Stack
from lookalikes.pulumi_cloud.updates import IMPORT, RENAME

Json = dict[str, Any]
PROJECT = "/api/stacks/{organization}/{project}"
STACK = f"{PROJECT}/{{stack}}"
Handler = Callable[[Service, Request, Any], Any]


def named(service: Service, request: Request, stack: str | None = None) -> Name:
    """Return the name in the address; raise `RefusedError` for an organisation not of the user."""
    path = request.path_params
    if path["organization"] not in service.organizations:
        raise missing(f"Organization '{path['organization']}' not found")
    return Name(path["organization"], path["project"], stack or path["stack"])


def found(service: Service, request: Request) -> Stack:
    """Return the stack in the address."""
    return service.store.stack(named(service, request))


def _capabilities(service: Service, *_: Any) -> Json:
    return service.capabilities()


def _account(service: Service, *_: Any) -> Json:
    return service.account()


def _default_organization(service: Service, *_: Any) -> Json:
    return {"GitHubLogin": service.organizations[0], "Messages": []}


def _list(service: Service, request: Request, _: Any) -> Json:
    asked = request.query_params
    stacks = [each for each in service.store.stacks() if _fits(each, asked)]
    return {"stacks": [_summary(service, each) for each in stacks]}


def _summary(service: Service, stack: Stack) -> Json:
    return shapes.summary_of(stack, busy=service.updates.is_busy(stack))


def _fits(stack: Stack, asked: Any) -> bool:
    tag, tags = asked.get("tagName"), stack.record.tags
    wanted = {"organization": stack.name.organization, "project": stack.name.project}
    if any(asked.get(key) not in (None, value) for key, value in wanted.items()):
        return False
    return tag is None or (tag in tags and asked.get("tagValue") in (None, tags[tag]))


def _make(service: Service, request: Request, body: Json) -> Json:
    name = named(service, request, body["stackName"])
    service.store.make(
        name, body.get("tags") or {}, body.get("config"), _deployment(body.get("state") or {})
    )
    return {"messages": []}


def _has_project(service: Service, request: Request, _: Any) -> None:
    organization, project = (request.path_params[key] for key in ("organization", "project"))
    if not service.store.has_project(organization, project):
        raise missing(f"Project '{organization}/{project}' not found")


def _show(service: Service, request: Request, _: Any) -> Json:
    stack = found(service, request)
    running = service.updates.running(stack) if service.updates.is_busy(stack) else None
    return shapes.stack_of(stack, running)


def _delete(service: Service, request: Request, _: Any) -> None:
    stack = found(service, request)
    service.updates.check_free(stack)
    held = (stack.deployment().get("deployment") or {}).get("resources")
    if held and request.query_params.get("force") != "true":
        raise invalid("Stack still contains resources.")
    service.store.delete(stack)


def _export(service: Service, request: Request, _: Any) -> Json:
    stack = found(service, request)
    number = request.path_params.get("version")
    exported = stack.deployment() if number is None else stack.version(int(number))
    return exported or {"version": 3, "deployment": None}


def _outputs(service: Service, request: Request, _: Any) -> Json:
    return shapes.outputs_of(found(service, request).deployment())


def _import(service: Service, request: Request, body: Json) -> Json:
    stack = found(service, request)
    return {"updateId": service.updates.put(stack, IMPORT, _deployment(body)).id}


def _deployment(body: Json) -> Json:
    """Return a deployment with its version and features, without what else came along."""
    if not body:
        return {}
    if not isinstance(body.get("deployment"), dict | None) or not body.get("version"):
        raise invalid("a deployment has a version, and is an object")
    return {key: body[key] for key in ("version", "features", "deployment") if body.get(key)}


def _rename(service: Service, request: Request, body: Json) -> None:
    stack, old = found(service, request), named(service, request)
    service.updates.check_free(stack)
    new = Name(
        old.organization, body.get("newProject") or old.project, body.get("newName") or old.stack
    )
    exported = stack.deployment()
    stack = service.store.move(stack, new)
    if exported.get("deployment"):
        _call(exported["deployment"], old, new)
        service.updates.put(stack, RENAME, exported)


def _call(deployment: Json, old: Name, new: Name) -> None:
    """Have *deployment* say the name *new*, also as that of whose key encrypts its secrets."""
    urns.renamed(deployment, (old.stack, old.project), (new.stack, new.project))
    encrypts = (deployment.get("secrets_providers") or {}).get("state") or {}
    if (encrypts.get("project"), encrypts.get("stack")) == (old.project, old.stack):
        encrypts.update(project=new.project, stack=new.stack)


def _tag(service: Service, request: Request, body: Json) -> None:
    stack = found(service, request)
    stack.record.tags = body
    stack.save()


def _configure(service: Service, request: Request, body: Json) -> None:
    stack = found(service, request)
    stack.record.config = body
    stack.save()


def _encrypt(service: Service, request: Request, body: Json) -> Json:
    key = found(service, request).key
    return {"ciphertext": _told(sealing.encrypt(key, _bytes(body["plaintext"])))}


def _encrypt_all(service: Service, request: Request, body: Json) -> Json:
    key = found(service, request).key
    return {"ciphertexts": [_told(sealing.encrypt(key, _bytes(e))) for e in body["plaintexts"]]}


def _decrypt(service: Service, request: Request, body: Json) -> Json:
    key = found(service, request).key
    return {"plaintext": _told(sealing.decrypt(key, _bytes(body["ciphertext"])))}


def _decrypt_all(service: Service, request: Request, body: Json) -> Json:
    key, asked = found(service, request).key, body["ciphertexts"]
    return {"plaintexts": {each: _told(sealing.decrypt(key, _bytes(each))) for each in asked}}


def _note_decryption(service: Service, request: Request, _: Any) -> None:
    """Take note of secrets that another key has decrypted: this service keeps no such log."""
    found(service, request)


def _told(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str | None) -> bytes:
    """Return what *text* is in base64. Nothing is `null`, as the engine writes it."""
    try:
        return base64.b64decode(text or "", validate=True)
    except binascii.Error:
        raise invalid("a value is not in base64") from None


def _history(service: Service, request: Request, _: Any) -> Json:
    updates = _done(found(service, request))
    size, page = (int(request.query_params.get(key) or 0) for key in ("pageSize", "page"))
    if size > 0:
        begin = (max(page, 1) - 1) * size
        updates = updates[begin : begin + size]
    return {"updates": [shapes.update_of(each) for each in updates]}


def _latest(service: Service, request: Request, _: Any) -> Json:
    updates = _done(found(service, request))
    if not updates:
        raise missing("No updates found")
    return {"info": shapes.update_of(updates[0])}


def _of_version(service: Service, request: Request, _: Any) -> Json:
    number = request.path_params["version"]
    for each in _done(found(service, request)):
        if each.version == number:
            return {"info": shapes.update_of(each), "updateID": each.id, "version": number}
    raise missing(f"Update {number} not found")


def _latest_previews(service: Service, request: Request, _: Any) -> Json:
    previews = [each for each in found(service, request).updates() if each.is_preview]
    previews.sort(key=lambda each: each.started, reverse=True)
    return {"updates": [{"updateID": each.id} for each in previews]}


def _done(stack: Stack) -> list[UpdateRecord]:
    """Return the updates that were started, previews left out, the newest first."""
    started = [each for each in stack.updates() if each.started and not each.is_preview]
    return sorted(started, key=lambda each: each.version, reverse=True)


PUBLIC: tuple[tuple[str, str, Handler], ...] = (("GET", "/api/capabilities", _capabilities),)
"""What needs no access token."""

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/api/user", _account),
    ("GET", "/api/user/organizations/default", _default_organization),
    ("GET", "/api/user/stacks", _list),
    ("HEAD", PROJECT, _has_project),
    ("POST", PROJECT, _make),
    ("GET", STACK, _show),
    ("DELETE", STACK, _delete),
    ("GET", f"{STACK}/export", _export),
    ("GET", f"{STACK}/export/{{version:int}}", _export),
    ("GET", f"{STACK}/outputs", _outputs),
    ("POST", f"{STACK}/import", _import),
    ("POST", f"{STACK}/rename", _rename),
    ("PATCH", f"{STACK}/tags", _tag),
    ("PUT", f"{STACK}/config", _configure),
    ("POST", f"{STACK}/encrypt", _encrypt),
    ("POST", f"{STACK}/batch-encrypt", _encrypt_all),
    ("POST", f"{STACK}/decrypt", _decrypt),
    ("POST", f"{STACK}/batch-decrypt", _decrypt_all),
    ("POST", f"{STACK}/decrypt/log-decryption", _note_decryption),
    ("POST", f"{STACK}/decrypt/log-batch-decryption", _note_decryption),
    ("GET", f"{STACK}/updates", _history),
    ("GET", f"{STACK}/updates/latest", _latest),
    ("GET", f"{STACK}/updates/latest/previews", _latest_previews),
    ("GET", f"{STACK}/updates/{{version:int}}", _of_version),
)
