"""The provider protocol: every call of the engine, translated and handed on.

Written on the raw servicer: the servers the SDK brings drop the old inputs that a diff needs.
"""
# ruff: noqa: N802 — the protocol names its calls

import json
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc as pb_grpc

from provider import crud, functions, planning, sdk, settings, validation
from provider.crud import State
from provider.diff import Difference, difference
from provider.errors import PluginError
from provider.resources import of_token
from provider.table import Call, Resource
from provider.values import (
    has_unknown,
    opened,
    secret_strings,
    to_bag,
    to_struct,
)

if TYPE_CHECKING:
    from provider.client import Client

_SHORTEST_SECRET = 4
Context = grpc.aio.ServicerContext[Any, Any]
Method = Callable[[Any, Any, Context], Awaitable[Any]]
Report = Callable[[str, str], Awaitable[None]]
"""(urn, sentence) → shown to the user by the engine."""

_urn: ContextVar[str] = ContextVar("urn", default="")
"""The resource that a call of the engine is about."""


def with_sentences(method: Method) -> Method:
    """Turn a `PluginError` into the status the engine shows, free of the secrets of the call."""

    @wraps(method)
    async def wrapper(self: "Provider", request: Any, context: Context) -> Any:
        _urn.set(getattr(request, "urn", ""))
        if self.cancelled:
            await context.abort(grpc.StatusCode.CANCELLED, "the operation was cancelled")
        try:
            return await method(self, request, context)
        except PluginError as error:
            message = _scrubbed(str(error), request, self.token)
        except Exception as error:  # noqa: BLE001 — no traceback reaches a user
            message = _scrubbed(_defect(method.__name__, error), request, self.token)
        return await context.abort(grpc.StatusCode.UNKNOWN, message)

    return wrapper


class Provider(pb_grpc.ResourceProviderServicer):
    """The stand-in for the official `cloudflare` plugin. *warn* shows a sentence to the user."""

    def __init__(self, warn: Report) -> None:
        self._warn = warn
        self._settings: settings.Settings | None = None
        self._client: Client | None = None
        self.cancelled = False

    @property
    def token(self) -> str:
        """The API token, empty before `Configure`."""
        return self._settings.token if self._settings else ""

    async def Handshake(self, _request: Any, _context: Context) -> Any:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, _request: Any, _context: Context) -> Any:
        return empty_pb2.Empty()

    async def GetPluginInfo(self, _request: Any, _context: Context) -> Any:
        return plugin_pb2.PluginInfo(version=sdk.version())

    async def GetSchema(self, _request: Any, _context: Context) -> Any:
        schema = {"name": "cloudflare", "version": sdk.version(), "resources": {}}
        return pb.GetSchemaResponse(schema=json.dumps(schema))

    async def CheckConfig(self, request: pb.CheckRequest, _context: Context) -> Any:
        try:
            settings.base_url(opened(to_bag(request.news)))
        except PluginError as error:
            failure = pb.CheckFailure(property="baseUrl", reason=str(error))
            return pb.CheckResponse(failures=[failure])
        return pb.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: pb.DiffRequest, _context: Context) -> Any:
        old, new = opened(to_bag(request.olds)), opened(to_bag(request.news))
        names = sorted(name for name in old | new if old.get(name) != new.get(name))
        return pb.DiffResponse(changes=_some(names), diffs=names)

    @with_sentences
    async def Configure(self, request: pb.ConfigureRequest, _context: Context) -> Any:
        self._settings = settings.read(opened(to_bag(request.args)))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(self, request: pb.CheckRequest, _context: Context) -> Any:
        raw = to_bag(request.news)
        try:
            resource = of_token(_token(request.urn))
        except PluginError as error:
            return pb.CheckResponse(failures=[pb.CheckFailure(reason=str(error))])
        inputs = opened(raw)
        failures = validation.failures(inputs, resource.types.inputs) or resource.check(inputs)
        return pb.CheckResponse(
            inputs=to_struct(resource.secret(raw)),
            failures=[pb.CheckFailure(property=path, reason=why) for path, why in failures],
        )

    @with_sentences
    async def Diff(self, request: pb.DiffRequest, _context: Context) -> Any:
        resource = of_token(_token(request.urn))
        old, new = opened(to_bag(request.old_inputs)), opened(to_bag(request.news))
        return _diff_response(resource, difference(resource, old, new, request.ignoreChanges))

    @with_sentences
    async def Create(self, request: pb.CreateRequest, _context: Context) -> Any:
        resource, raw = of_token(_token(request.urn)), to_bag(request.properties)
        if request.preview:
            preview = planning.preview_of_create(resource, raw)
            return pb.CreateResponse(properties=to_struct(preview))
        made = await crud.create(self._api(), resource, raw)
        return pb.CreateResponse(id=made.id, properties=to_struct(made.properties))

    @with_sentences
    async def Read(self, request: pb.ReadRequest, _context: Context) -> Any:
        known = State(request.id, to_bag(request.inputs), to_bag(request.properties))
        found = await crud.read(self._api(), of_token(_token(request.urn)), known)
        if found is None:
            return pb.ReadResponse(id="")
        return pb.ReadResponse(
            id=found.id, properties=to_struct(found.properties), inputs=to_struct(found.inputs)
        )

    @with_sentences
    async def Update(self, request: pb.UpdateRequest, _context: Context) -> Any:
        resource, raw = of_token(_token(request.urn)), to_bag(request.news)
        known = State(request.id, to_bag(request.old_inputs), to_bag(request.olds))
        if request.preview:
            preview = planning.preview_of_update(resource, raw, known.properties)
            return pb.UpdateResponse(properties=to_struct(preview))
        changed = await crud.update(self._api(), resource, known, raw, _update_of(resource))
        return pb.UpdateResponse(properties=to_struct(changed.properties))

    @with_sentences
    async def Delete(self, request: pb.DeleteRequest, _context: Context) -> Any:
        resource = of_token(_token(request.urn))
        known = State(request.id, to_bag(request.old_inputs), to_bag(request.properties))
        if resource.delete is None:
            if not resource.stays:
                await self._warn(request.urn, _stays(resource))
        else:
            await crud.delete(self._api(), resource, known, resource.delete)
        return empty_pb2.Empty()

    @with_sentences
    async def Invoke(self, request: pb.InvokeRequest, _context: Context) -> Any:
        arguments = opened(to_bag(request.args))
        if has_unknown(arguments):
            raise PluginError(f"{request.tok} was called with a value that is not known yet")
        answer = await functions.invoke(self._api(), request.tok, arguments)
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))
        return response

    async def Cancel(self, _request: Any, _context: Context) -> Any:
        self.cancelled = True
        return empty_pb2.Empty()

    async def close(self) -> None:
        """Drop the connections to the API."""
        if self._client is not None:
            await self._client.close()

    def _api(self) -> "Client":
        if self._settings is None:
            raise PluginError("the engine has not configured the plugin")
        if self._client is None:
            from provider.client import Client  # noqa: PLC0415 — start and preview go without

            self._client = Client(
                self._settings.base_url,
                self._settings.token,
                report=lambda sentence: self._warn(_urn.get(), sentence),
            )
        return self._client


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _update_of(resource: Resource) -> Call:
    if resource.update is None:
        raise PluginError(f"{resource.name} cannot be changed, only replaced")
    return resource.update


def _some(names: list[str]) -> Any:
    return pb.DiffResponse.DIFF_SOME if names else pb.DiffResponse.DIFF_NONE


def _diff_response(resource: Resource, found: Difference) -> Any:
    return pb.DiffResponse(
        changes=_some(found.names),
        diffs=found.names,
        replaces=found.replaces,
        deleteBeforeReplace=bool(found.replaces) and resource.delete_before_replace,
        detailedDiff={change.path: _property_diff(change, found) for change in found.changes},
        hasDetailedDiff=True,
    )


def _property_diff(change: Any, found: Difference) -> Any:
    suffix = "_REPLACE" if change.name in found.replaces else ""
    kind = pb.PropertyDiff.Kind.Value(change.kind + suffix)
    return pb.PropertyDiff(kind=kind, inputDiff=True)


def _stays(resource: Resource) -> str:
    return (
        f"{resource.name} is only forgotten, as the API has no delete for it: unless its script "
        "or bucket goes too, its last setting stays; apply an empty one first to switch it off"
    )


def _defect(call: str, error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return f"a defect of the stand-in plugin in {call}: {type(error).__name__} at {place}: {error}"


def _scrubbed(message: str, request: Any, token: str) -> str:
    bags = [value for _, value in request.ListFields() if hasattr(value, "fields")]
    found = {secret for bag in bags for secret in secret_strings(to_bag(bag))}
    for secret in sorted({*found, token}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            message = message.replace(secret, "[secret]")
    return message
