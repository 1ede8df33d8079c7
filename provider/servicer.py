"""The provider protocol, as far as it is the same for every plugin.

Written on the raw servicer: the servers the SDK brings drop the old inputs that a diff needs.
"""
# ruff: noqa: N802 — the protocol names its calls

import json
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc as pb_grpc

from provider import sdk
from provider.changes import some
from provider.errors import PluginError
from provider.values import opened, secret_strings, to_bag

_SHORTEST_SECRET = 4
Context = grpc.aio.ServicerContext[Any, Any]
Method = Callable[[Any, Any, Context], Awaitable[Any]]
Report = Callable[[str, str], Awaitable[None]]
"""(urn, sentence) → shown to the user by the engine."""

current_urn: ContextVar[str] = ContextVar("urn", default="")
"""The resource that a call of the engine is about."""


def with_sentences(method: Method) -> Method:
    """Turn a `PluginError` into the status the engine shows, free of the secrets of the call."""

    @wraps(method)
    async def wrapper(self: "Servicer", request: Any, context: Context) -> Any:
        current_urn.set(getattr(request, "urn", ""))
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


class Servicer(pb_grpc.ResourceProviderServicer):
    """What every stand-in answers alike. *warn* shows a sentence to the user."""

    package: ClassVar[str]
    """The official plugin that it stands in for, as Pulumi names it."""

    def __init__(self, warn: Report) -> None:
        self._warn = warn
        self.cancelled = False

    @property
    def token(self) -> str:
        """What it is configured with and must never show. Default: nothing."""
        return ""

    async def close(self) -> None:
        """Drop the connections. Default: there are none."""

    async def Handshake(self, _request: Any, _context: Context) -> Any:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, _request: Any, _context: Context) -> Any:
        return empty_pb2.Empty()

    async def GetPluginInfo(self, _request: Any, _context: Context) -> Any:
        return plugin_pb2.PluginInfo(version=sdk.version(self.package))

    async def GetSchema(self, _request: Any, _context: Context) -> Any:
        schema = {"name": self.package, "version": sdk.version(self.package), "resources": {}}
        return pb.GetSchemaResponse(schema=json.dumps(schema))

    async def DiffConfig(self, request: pb.DiffRequest, _context: Context) -> Any:
        old, new = opened(to_bag(request.olds)), opened(to_bag(request.news))
        names = sorted(name for name in old | new if old.get(name) != new.get(name))
        return pb.DiffResponse(changes=some(names), diffs=names)

    async def Cancel(self, _request: Any, _context: Context) -> Any:
        self.cancelled = True
        return empty_pb2.Empty()


def token_of(urn: str) -> str:
    """Return the type of the resource *urn*: `cloudflare:index/queue:Queue`."""
    return urn.split("::")[2].rpartition("$")[2]


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
