"""A plugin without a process: what the engine would ask, asked by hand."""

from dataclasses import dataclass
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as pb

from provider.servicer import Servicer
from provider.values import to_bag, to_struct


class AbortedError(Exception):
    """What the engine would be told."""


class Context:
    """The part of a gRPC context the provider uses."""

    async def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise AbortedError(f"{code.name}: {details}")


@dataclass
class Made:
    """A resource in the state of the engine."""

    name: str
    id: str
    inputs: dict[str, Any]
    properties: dict[str, Any]


class Harness:
    """A configured *plugin*; `warnings` holds what it would show to the user."""

    def __init__(self, plugin: type[Servicer]) -> None:
        self.warnings: list[str] = []
        self.provider: Any = plugin(self._warn)
        self.context: Any = Context()

    async def close(self) -> None:
        await self.provider.close()

    async def configure(self, **settings: Any) -> None:
        request = pb.ConfigureRequest(args=to_struct(settings))
        await self.provider.Configure(request, self.context)

    async def failures(self, name: str, inputs: dict[str, Any]) -> dict[str, str]:
        """Property → reason, of all the provider refuses."""
        checked = await self._check(name, inputs)
        return {failure.property: failure.reason for failure in checked.failures}

    async def checked(self, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Give the inputs as the provider wants them."""
        checked = await self._check(name, inputs)
        assert not checked.failures, checked.failures
        return to_bag(checked.inputs)

    async def create(self, name: str, inputs: dict[str, Any]) -> Made:
        inputs = await self.checked(name, inputs)
        request = pb.CreateRequest(urn=self._urn(name), properties=to_struct(inputs))
        response = await self.provider.Create(request, self.context)
        return Made(name, response.id, inputs, to_bag(response.properties))

    async def preview(self, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        request = pb.CreateRequest(urn=self._urn(name), properties=to_struct(inputs), preview=True)
        response = await self.provider.Create(request, self.context)
        assert response.id == ""
        return to_bag(response.properties)

    async def diff(self, made: Made, inputs: dict[str, Any], ignore: tuple[str, ...] = ()) -> Any:
        request = pb.DiffRequest(
            urn=self._urn(made.name),
            id=made.id,
            olds=to_struct(made.properties),
            old_inputs=to_struct(made.inputs),
            news=to_struct(inputs),
            ignoreChanges=ignore,
        )
        return await self.provider.Diff(request, self.context)

    async def update(self, made: Made, inputs: dict[str, Any], *, preview: bool = False) -> Made:
        inputs = await self.checked(made.name, inputs)
        request = pb.UpdateRequest(
            urn=self._urn(made.name),
            id=made.id,
            olds=to_struct(made.properties),
            old_inputs=to_struct(made.inputs),
            news=to_struct(inputs),
            preview=preview,
        )
        response = await self.provider.Update(request, self.context)
        return Made(made.name, made.id, inputs, to_bag(response.properties))

    async def read(self, made: Made) -> Made | None:
        """Refresh; `None` when it is gone."""
        request = pb.ReadRequest(
            urn=self._urn(made.name),
            id=made.id,
            properties=to_struct(made.properties),
            inputs=to_struct(made.inputs),
        )
        response = await self.provider.Read(request, self.context)
        if not response.id:
            return None
        return Made(made.name, response.id, to_bag(response.inputs), to_bag(response.properties))

    async def adopt(self, name: str, given: str) -> Made | None:
        """Import by the id a user gives."""
        return await self.read(Made(name, given, {}, {}))

    async def delete(self, made: Made) -> None:
        request = pb.DeleteRequest(
            urn=self._urn(made.name), id=made.id, properties=to_struct(made.properties)
        )
        await self.provider.Delete(request, self.context)

    async def invoke(self, function: str, **arguments: Any) -> dict[str, Any]:
        token = f"{self.provider.package}:index/{function}:{function}"
        request = pb.InvokeRequest(tok=token, args=to_struct(arguments))
        response = await self.provider.Invoke(request, self.context)
        return to_bag(getattr(response, "return"))

    async def _check(self, name: str, inputs: dict[str, Any]) -> Any:
        request = pb.CheckRequest(urn=self._urn(name), news=to_struct(inputs))
        return await self.provider.Check(request, self.context)

    def _token(self, name: str) -> str:
        return f"{self.provider.package}:index/{name[0].lower()}{name[1:]}:{name}"

    def _urn(self, name: str) -> str:
        return f"urn:pulumi:test::test::chitty:test:Thing${self._token(name)}::it"

    async def _warn(self, urn: str, sentence: str) -> None:
        self.warnings.append(f"{urn.rsplit('::', 1)[1]}: {sentence}")
