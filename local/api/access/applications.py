"""Applications: what Access stands before, and with which policies."""

import secrets
from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.access import errors, policies
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records
from planning.access import check_place
from planning.refusals import RefusedError

APPLICATIONS = "/accounts/{account_id}/access/apps"
APPLICATION = f"{APPLICATIONS}/{{app_id}}"
SESSION = "24h"
KINDS = ("public", "worker", "preview_worker", "all_workers", "all_preview_workers")
GUARDS = "self-hosted ones, before hosts, paths and workers; CORS, MFA and devices are refused"
NOT_HERE = (
    "allow_authenticate_via_warp",
    "cors_headers",
    "custom_pages",
    "enable_binding_cookie",
    "mfa_config",
    "oauth_configuration",
    "saas_app",
    "scim_config",
    "target_criteria",
)
"""Settings that would let in, or keep out, otherwise than the edge here does."""

family = Family("Access applications", errors.BODY)


class Destination(Body):
    """A place, or a worker with every host that it has."""

    type: str = "public"
    uri: str | None = None
    worker_id: str | None = None


class Attached(Body):
    """A reusable policy of an application. The lowest precedence is asked first."""

    id: str
    precedence: int | None = None


class Application(Body):
    """An application as it is created or replaced."""

    name: str = Field(default="", max_length=200)
    type: str = "self_hosted"
    domain: str | None = None
    destinations: list[Destination] | None = None
    self_hosted_domains: list[str] | None = None
    policies: list[Attached | str] = Field(default_factory=list)
    session_duration: str = SESSION
    app_launcher_visible: bool = True
    http_only_cookie_attribute: bool = True
    same_site_cookie_attribute: Literal["none", "lax", "strict"] | None = None
    path_cookie_attribute: bool = False
    options_preflight_bypass: bool = False
    service_auth_401_redirect: bool = False
    read_service_tokens_from_header: str | None = None
    skip_interstitial: bool | None = None
    auto_redirect_to_identity: bool = False
    allowed_idps: list[str] | None = None
    allow_iframe: bool | None = None
    custom_deny_message: str | None = None
    custom_deny_url: str | None = None
    custom_non_identity_deny_url: str | None = None
    logo_url: str | None = None
    tags: list[str] | None = None


@family("GET", APPLICATIONS)
async def list_applications(call: Call) -> Any:
    records = call.state.records
    found = [shown(records, each) for each in records.all(Kind.ACCESS_APPLICATION)]
    asked = {key: call.query[key] for key in ("name", "domain", "aud") if key in call.query}
    return page([a for a in found if all(a.get(k) == v for k, v in asked.items())], call.query)


@family("POST", APPLICATIONS, extent="partial", note=GUARDS)
async def create_application(call: Call) -> Json:
    body = await _read(call)
    made = {"id": str(uuid4()), "aud": secrets.token_hex(32), "created_at": call.state.now()}
    return await call.state.change(lambda records: _put(call, records, made, body))


@family("GET", APPLICATION)
async def get_application(call: Call) -> Json:
    records = call.state.records
    return shown(records, _find(records, call.params["app_id"]))


@family("PUT", APPLICATION, extent="partial", note=GUARDS)
async def replace_application(call: Call) -> Json:
    body = await _read(call)

    def edit(records: Records) -> Json:
        former = _find(records, call.params["app_id"])
        lasting = ("id", "aud", "created_at", "revoked_at")
        return _put(call, records, {k: former[k] for k in lasting if k in former}, body)

    return await call.state.change(edit)


@family("DELETE", APPLICATION)
async def delete_application(call: Call) -> Json:
    app_id = call.params["app_id"]

    def edit(records: Records) -> Json:
        _find(records, app_id)
        records.remove(Kind.ACCESS_APPLICATION, app_id)
        return {"id": app_id}

    return await call.state.change(edit)


@family("POST", f"{APPLICATION}/revoke_tokens", note="ends every session of the application")
async def revoke_tokens(call: Call) -> Json:
    def edit(records: Records) -> Json:
        found = _find(records, call.params["app_id"])
        revoked = {**found, "revoked_at": call.state.now()}
        records.put(Kind.ACCESS_APPLICATION, found["id"], revoked)
        return {}

    return await call.state.change(edit)


def shown(records: Records, app: Json) -> Json:
    """Write its policies out, as the API does, each with its precedence here."""
    full = [
        {**policies.shown(records, policies.find(records, each["id"])), **each}
        for each in app["policies"]
    ]
    return {**{k: v for k, v in app.items() if k != "revoked_at"}, "policies": full}


def _find(records: Records, app_id: str) -> Json:
    found = records.get(Kind.ACCESS_APPLICATION, app_id)
    if found is None:
        raise errors.unknown_application(app_id)
    return found


async def _read(call: Call) -> Application:
    given = await policies.said(call)
    policies.refuse_unknown(given, NOT_HERE, "applications")
    body = call.parse(Application, given)
    if body.type != "self_hosted":
        raise not_emulated(f"applications of type {body.type}")
    for name in ("custom_deny_url", "custom_non_identity_deny_url"):
        if getattr(body, name):
            raise not_emulated(f"{name} of Access applications")
    policies.check_duration(body.session_duration)
    return body


def _put(call: Call, records: Records, lasting: Json, body: Application) -> Json:
    destinations = _destinations(records, body)
    places = [each["uri"] for each in destinations if each["type"] == "public"]
    _must_be_free(records, destinations, lasting["id"])
    kept = {
        **body.model_dump(exclude_none=True),
        **lasting,
        "uid": lasting["id"],
        "name": body.name or (places or ["workers"])[0],
        "destinations": destinations,
        "policies": _attached(records, body.policies),
        "self_hosted_domains": places,
        "updated_at": call.state.now(),
    }
    if places:
        kept["domain"] = places[0]
    return shown(records, records.put(Kind.ACCESS_APPLICATION, lasting["id"], kept))


def _destinations(records: Records, body: Application) -> list[Json]:
    """Return where it stands: what `destinations` says, or else the older fields."""
    older = body.self_hosted_domains or ([body.domain] if body.domain else [])
    given = body.destinations or [Destination(type="public", uri=uri) for uri in older]
    if not given:
        raise errors.invalid("destinations: name a host, a path or a worker")
    return [_destination(records, each, f"destinations.{i}") for i, each in enumerate(given)]


def _destination(records: Records, given: Destination, place: str) -> Json:
    if given.type not in KINDS:
        raise not_emulated(f"destinations of type {given.type}")
    if given.type == "public":
        try:
            host, slash, path = (given.uri or "").partition("/")
            return {"type": "public", "uri": check_place(host.lower() + slash + path)}
        except RefusedError as error:
            raise errors.invalid(f"{place}.uri: {error}") from error
    if given.type.startswith("all_"):
        return {"type": given.type}
    scripts = records.all(Kind.SCRIPT)
    if not any(given.worker_id in (each["tag"], each["name"]) for each in scripts):
        raise errors.invalid(f"{place}.worker_id: this account has no worker {given.worker_id}")
    return {"type": given.type, "worker_id": given.worker_id}


def _must_be_free(records: Records, destinations: list[Json], own: str) -> None:
    for app in records.all(Kind.ACCESS_APPLICATION):
        taken = [each for each in destinations if each in app["destinations"]]
        if app["id"] != own and taken:
            raise errors.already_exists(next(iter(taken[0].values())), app["name"])


def _attached(records: Records, given: list[Attached | str]) -> list[Json]:
    """Return the policies in order; each has a precedence of its own."""
    listed = [
        Attached(id=each, precedence=number) if isinstance(each, str) else each
        for number, each in enumerate(given, 1)
    ]
    made = [
        {"id": policies.find(records, each.id)["id"], "precedence": each.precedence or number}
        for number, each in enumerate(listed, 1)
    ]
    for key in ("id", "precedence"):
        values = [each[key] for each in made]
        if len(set(values)) < len(values):
            raise errors.invalid(f"policies: two of them have the same {key}")
    return sorted(made, key=lambda each: int(each["precedence"]))
