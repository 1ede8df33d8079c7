"""Settings and secrets of a script: what changes without new code."""

from collections.abc import Iterable
from typing import Any, Literal

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.multipart import is_form, read_form
from local.api.http.routing import Family
from local.api.workers import errors, serializers
from local.api.workers.bindings import shown
from local.api.workers.scripts import SCRIPT, find, redeploy
from local.api.workers.upload import ScriptSettings, VersionSettings, part_json, script_name
from local.records.records import Kind, Records

family = Family("Workers settings and secrets", errors.BODY)


class AllSettings(ScriptSettings, VersionSettings):
    """What `PATCH settings` may carry."""


class Secret(Body):
    """A secret as wrangler and the SDK put it."""

    name: str
    text: str
    type: Literal["secret_text"] = "secret_text"


class Secrets(Body):
    """Secrets to set by their name; `None` takes one away, where there is one."""

    secrets: dict[str, Secret | None]


@family("GET", f"{SCRIPT}/settings", note="secrets come back without their text")
async def get_settings(call: Call) -> Json:
    return serializers.settings(*find(call.state.records, script_name(call)))


@family(
    "PATCH",
    f"{SCRIPT}/settings",
    note="a binding of type and name alone keeps its value; none becomes another kind",
)
async def patch_settings(call: Call) -> Json:
    given = call.parse(AllSettings, await _settings_body(call))
    changes = given.model_dump(exclude_none=True, by_alias=True)
    deployed = await redeploy(call.state, script_name(call), changes, "api")
    return serializers.settings(deployed.script, deployed.version)


@family("GET", f"{SCRIPT}/script-settings")
async def get_script_settings(call: Call) -> Json:
    script, _ = find(call.state.records, script_name(call))
    return serializers.script_settings(script)


@family("PATCH", f"{SCRIPT}/script-settings", note="sampling and tail consumers act on nothing")
async def patch_script_settings(call: Call) -> Json:
    name = script_name(call)
    given = (await call.read(ScriptSettings)).model_dump(mode="json", exclude_none=True)

    def edit(records: Records) -> Json:
        script, _ = find(records, name)
        return records.put(Kind.SCRIPT, name, script | given)

    return serializers.script_settings(call.state.note(edit))


@family("GET", f"{SCRIPT}/secrets")
async def list_secrets(call: Call) -> list[Json]:
    _, version = find(call.state.records, script_name(call))
    return [shown(b) for b in version["bindings"] if b["type"] == "secret_text"]


@family("GET", f"{SCRIPT}/secrets/{{secret_name}}", note="without its text")
async def get_secret(call: Call) -> Json:
    _, version = find(call.state.records, script_name(call))
    return shown(_secret(version, call.params["secret_name"]))


@family("PUT", f"{SCRIPT}/secrets")
async def put_secret(call: Call) -> Json:
    secret = await call.read(Secret)
    name = script_name(call)
    _, version = find(call.state.records, name)
    others = _inherit(b for b in version["bindings"] if not _is_secret(b, secret.name))
    await redeploy(call.state, name, {"bindings": [*others, secret.model_dump()]}, "secret")
    return {"name": secret.name, "type": secret.type}


@family("PATCH", f"{SCRIPT}/secrets-bulk", note="all of it or nothing, in one version")
async def patch_secrets(call: Call) -> Json:
    given = (await call.read(Secrets)).secrets
    name = script_name(call)
    _, version = find(call.state.records, name)
    others = [b for b in version["bindings"] if not any(_is_secret(b, key) for key in given)]
    changed = [_named(key, secret) for key, secret in given.items() if secret]
    bindings = [*_inherit(others), *changed]
    deployed = await redeploy(call.state, name, {"bindings": bindings}, "secret")
    return {b["name"]: shown(b) for b in deployed.version["bindings"] if b["type"] == "secret_text"}


@family("DELETE", f"{SCRIPT}/secrets/{{secret_name}}")
async def delete_secret(call: Call) -> None:
    name, secret = script_name(call), call.params["secret_name"]
    _, version = find(call.state.records, name)
    _secret(version, secret)
    others = _inherit(b for b in version["bindings"] if b["name"] != secret)
    await redeploy(call.state, name, {"bindings": others}, "secret")


def _inherit(bindings: Iterable[Json]) -> list[Json]:
    return [{"type": "inherit", "name": binding["name"]} for binding in bindings]


def _named(key: str, secret: Secret) -> Json:
    if secret.name != key:
        raise errors.malformed_body(
            f"secrets.{key}.name: Input should be the name that it stands under"
        )
    return secret.model_dump()


def _is_secret(binding: Json, name: str) -> bool:
    return (binding["name"], binding["type"]) == (name, "secret_text")


def _secret(version: Json, name: str) -> Json:
    for binding in version["bindings"]:
        if _is_secret(binding, name):
            return dict(binding)
    raise ApiError(404, 10056, f"Secret '{name}' not found.")


async def _settings_body(call: Call) -> Any:
    content_type = call.header("content-type")
    if is_form(content_type):
        return part_json(read_form(await call.body(), content_type), "settings")
    body = await call.json()
    if not isinstance(body, dict):
        raise call.wrong_form("body: Input should be an object")
    return body.get("settings", body)
