"""The provider protocol for `docker`: every call of the engine, translated and handed on."""
# ruff: noqa: N802 — the protocol names its calls

import asyncio
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb

from common.json_types import Json
from provider import changes
from provider.docker import settings
from provider.docker.diff import difference
from provider.docker.engine import Engine
from provider.docker.resource import Resource, made_up_name
from provider.docker.resources import of_token
from provider.docker.state import State, create, delete, planned, read, update
from provider.errors import PluginError
from provider.servicer import Context, Report, Servicer, token_of, with_sentences
from provider.values import opened, to_bag, to_struct


class Provider(Servicer):
    """The stand-in for the official `docker` plugin."""

    package = "docker"

    def __init__(self, warn: Report) -> None:
        super().__init__(warn)
        self._engine: Engine | None = None

    async def CheckConfig(self, request: pb.CheckRequest, _context: Context) -> Any:
        wrong = settings.failures(opened(to_bag(request.news)))
        failures = [pb.CheckFailure(property=name, reason=reason) for name, reason in wrong]
        return pb.CheckResponse(inputs=request.news, failures=failures)

    @with_sentences
    async def Configure(self, request: pb.ConfigureRequest, _context: Context) -> Any:
        self._engine = Engine(settings.host(opened(to_bag(request.args))))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(self, request: pb.CheckRequest, _context: Context) -> Any:
        raw = to_bag(request.news)
        try:
            resource = of_token(token_of(request.urn))
        except PluginError as error:
            return pb.CheckResponse(failures=[pb.CheckFailure(reason=str(error))])
        named = _named(resource, raw, to_bag(request.olds), request)
        return pb.CheckResponse(
            inputs=to_struct(named),
            failures=[
                pb.CheckFailure(property=path, reason=why)
                for path, why in resource.failures(opened(named))
            ],
        )

    @with_sentences
    async def Diff(self, request: pb.DiffRequest, _context: Context) -> Any:
        resource = of_token(token_of(request.urn))
        old, new = opened(to_bag(request.old_inputs)), opened(to_bag(request.news))
        found = difference(resource, old, new, request.ignoreChanges)
        return changes.response(found, delete_first=True)  # the name is taken

    @with_sentences
    async def Create(self, request: pb.CreateRequest, _context: Context) -> Any:
        resource, raw = of_token(token_of(request.urn)), to_bag(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=to_struct(planned(resource, raw)))
        made = await asyncio.to_thread(create, self._asked(), resource, raw)
        return pb.CreateResponse(id=made.id, properties=to_struct(made.properties))

    @with_sentences
    async def Read(self, request: pb.ReadRequest, _context: Context) -> Any:
        resource = of_token(token_of(request.urn))
        known = State(request.id, to_bag(request.inputs), to_bag(request.properties))
        found = await asyncio.to_thread(read, self._asked(), resource, known)
        if found is None:
            return pb.ReadResponse(id="")
        return pb.ReadResponse(
            id=found.id, properties=to_struct(found.properties), inputs=to_struct(found.inputs)
        )

    @with_sentences
    async def Update(self, request: pb.UpdateRequest, _context: Context) -> Any:
        resource, raw = of_token(token_of(request.urn)), to_bag(request.news)
        if request.preview:
            before = to_bag(request.olds)
            return pb.UpdateResponse(properties=to_struct(planned(resource, raw, before)))
        changed = await asyncio.to_thread(update, self._asked(), resource, request.id, raw)
        return pb.UpdateResponse(properties=to_struct(changed.properties))

    @with_sentences
    async def Delete(self, request: pb.DeleteRequest, _context: Context) -> Any:
        known = State(request.id, to_bag(request.old_inputs), to_bag(request.properties))
        await asyncio.to_thread(delete, self._asked(), of_token(token_of(request.urn)), known)
        return empty_pb2.Empty()

    @with_sentences
    async def Invoke(self, request: pb.InvokeRequest, _context: Context) -> Any:
        raise PluginError(
            f"not supported by the stand-in plugin: {request.tok}; it has no functions"
        )

    def _asked(self) -> Engine:
        if self._engine is None:
            raise PluginError("the engine has not configured the plugin")
        return self._engine


def _named(resource: Resource, raw: Json, old: Json, request: pb.CheckRequest) -> Json:
    """Return *raw* with the name it has, or with one made up."""
    if not resource.named or raw.get("name") is not None:
        return raw
    made_up = made_up_name(request.urn.rpartition("::")[2], request.randomSeed)
    return {**raw, "name": old.get("name") or made_up}
