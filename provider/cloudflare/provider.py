"""The provider protocol for `cloudflare`: every call of the engine, translated and handed on."""
# ruff: noqa: N802 — the protocol names its calls

from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb

from provider import changes, validation
from provider.cloudflare import crud, functions, planning, settings
from provider.cloudflare.crud import State
from provider.cloudflare.diff import difference
from provider.cloudflare.resources import of_token
from provider.cloudflare.table import Call, Resource
from provider.errors import PluginError
from provider.servicer import Context, Report, Servicer, current_urn, token_of, with_sentences
from provider.values import has_unknown, opened, to_bag, to_struct

if TYPE_CHECKING:
    from provider.cloudflare.client import Client


class Provider(Servicer):
    """The stand-in for the official `cloudflare` plugin."""

    package = "cloudflare"

    def __init__(self, warn: Report) -> None:
        super().__init__(warn)
        self._settings: settings.Settings | None = None
        self._client: Client | None = None

    @property
    def token(self) -> str:
        """The API token, empty before `Configure`."""
        return self._settings.token if self._settings else ""

    async def CheckConfig(self, request: pb.CheckRequest, _context: Context) -> Any:
        try:
            settings.base_url(opened(to_bag(request.news)))
        except PluginError as error:
            failure = pb.CheckFailure(property="baseUrl", reason=str(error))
            return pb.CheckResponse(failures=[failure])
        return pb.CheckResponse(inputs=request.news)

    @with_sentences
    async def Configure(self, request: pb.ConfigureRequest, _context: Context) -> Any:
        self._settings = settings.read(opened(to_bag(request.args)))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(self, request: pb.CheckRequest, _context: Context) -> Any:
        raw = to_bag(request.news)
        try:
            resource = of_token(token_of(request.urn))
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
        resource = of_token(token_of(request.urn))
        old, new = opened(to_bag(request.old_inputs)), opened(to_bag(request.news))
        found = difference(resource, old, new, request.ignoreChanges)
        return changes.response(found, delete_first=resource.delete_before_replace)

    @with_sentences
    async def Create(self, request: pb.CreateRequest, _context: Context) -> Any:
        resource, raw = of_token(token_of(request.urn)), to_bag(request.properties)
        if request.preview:
            preview = planning.preview_of_create(resource, raw)
            return pb.CreateResponse(properties=to_struct(preview))
        made = await crud.create(self._api(), resource, raw)
        return pb.CreateResponse(id=made.id, properties=to_struct(made.properties))

    @with_sentences
    async def Read(self, request: pb.ReadRequest, _context: Context) -> Any:
        known = State(request.id, to_bag(request.inputs), to_bag(request.properties))
        found = await crud.read(self._api(), of_token(token_of(request.urn)), known)
        if found is None:
            return pb.ReadResponse(id="")
        return pb.ReadResponse(
            id=found.id, properties=to_struct(found.properties), inputs=to_struct(found.inputs)
        )

    @with_sentences
    async def Update(self, request: pb.UpdateRequest, _context: Context) -> Any:
        resource, raw = of_token(token_of(request.urn)), to_bag(request.news)
        known = State(request.id, to_bag(request.old_inputs), to_bag(request.olds))
        if request.preview:
            preview = planning.preview_of_update(resource, raw, known.properties)
            return pb.UpdateResponse(properties=to_struct(preview))
        changed = await crud.update(self._api(), resource, known, raw, _update_of(resource))
        return pb.UpdateResponse(properties=to_struct(changed.properties))

    @with_sentences
    async def Delete(self, request: pb.DeleteRequest, _context: Context) -> Any:
        resource = of_token(token_of(request.urn))
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

    async def close(self) -> None:
        """Drop the connections to the API."""
        if self._client is not None:
            await self._client.close()

    def _api(self) -> "Client":
        if self._settings is None:
            raise PluginError("the engine has not configured the plugin")
        if self._client is None:
            from provider.cloudflare.client import Client  # noqa: PLC0415 — start and preview go without

            self._client = Client(
                self._settings.base_url,
                self._settings.token,
                report=lambda sentence: self._warn(current_urn.get(), sentence),
            )
        return self._client


def _update_of(resource: Resource) -> Call:
    if resource.update is None:
        raise PluginError(f"{resource.name} cannot be changed, only replaced")
    return resource.update


def _stays(resource: Resource) -> str:
    return (
        f"{resource.name} is only forgotten, as the API has no delete for it: unless its script "
        "or bucket goes too, its last setting stays; apply an empty one first to switch it off"
    )
