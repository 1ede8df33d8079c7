"""What an engine asks of a language: to run a program, to run a plugin, and what there is of both.

The protocol is `LanguageRuntime` of Pulumi 3.259 to 3.276. The official host comes with the
official CLI; this one serves an engine that was built from its Go module and brings none.
"""

# ruff: noqa: ARG002, N802  (the protocol names methods and arguments)

import asyncio
import importlib.metadata
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import LanguageRuntimeServicer, language_pb2, plugin_pb2

from language_host.children import Children, Ended, Stream
from language_host.interpreter import InterpreterError, interpreter
from toolchain import exit_with_parent

ANALYZER = "analyzer"
_PROGRAM = Path(__file__).with_name("program.py")
_RUNNER = Path(exit_with_parent.__file__)
_SDK = "pulumi"


class LanguageHost(LanguageRuntimeServicer):
    """Answers the engine at the address *engine*.

    Each program and each plugin is a process of its own, with the Python of its own folder.
    """

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._children = Children()

    def stop(self) -> None:
        """Kill every process that this host started."""
        self._children.kill()

    async def Handshake(self, request: Any, context: Any) -> Any:
        """Greet the engine; it is the one that this host was started with."""
        return language_pb2.LanguageHandshakeResponse()

    async def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        """Name none: the engine looks for a plugin when the program first asks for it."""
        return language_pb2.GetRequiredPackagesResponse()

    async def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        """Name none, as `GetRequiredPackages` does, for older engines."""
        return language_pb2.GetRequiredPluginsResponse()

    async def Run(self, request: Any, context: Any) -> Any:
        """Run the program to its end, and return how it ended."""
        program = request.info.program_directory
        command = [await _python(request.info, context), "-u", str(_PROGRAM)]
        request.args[:] = [self._engine, *request.args]
        said = await self._children.ask(command, program, request.SerializeToString())
        if said is None:
            return language_pb2.RunResponse(error="the program ended without a word")
        return language_pb2.RunResponse.FromString(said)

    async def RunPlugin(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Run a plugin written in Python, and pass on what it prints until it ends."""
        python = await _python(request.info, context)
        environ = dict(pair.partition("=")[::2] for pair in request.env) or None
        output = self._children.run(
            [python, "-u", *_plugin_arguments(request)], request.pwd, environ
        )
        async for part in output:
            yield _plugin_output(part)

    async def Cancel(self, request: Any, context: Any) -> Any:
        """Stop what runs: the engine was told to."""
        self.stop()
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Return the version of the SDK that programs run with."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(_SDK))

    async def About(self, request: Any, context: Any) -> Any:
        """Return which Python runs programs."""
        python = await _python(request.info, context)
        version = ".".join(map(str, sys.version_info[:3]))
        return language_pb2.AboutResponse(executable=python, version=version)

    async def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        """Return every package that is installed beside this host."""
        found = {each.name: each.version for each in importlib.metadata.distributions()}
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version)
                for name, version in sorted(found.items())
            ]
        )

    async def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        """Ask for nothing: a project says in Pulumi.yaml which Python it has."""
        return language_pb2.RuntimeOptionsResponse()

    async def InstallDependencies(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Refuse: `make setup` installs, with the pins of this project."""
        await _refuse(context, "run make setup instead; it installs what is pinned")
        yield language_pb2.InstallDependenciesResponse()


def _plugin_arguments(request: Any) -> list[str]:
    """Return what Python is called with: a pack of policies is run by a module of the SDK."""
    folder = request.info.program_directory
    if request.kind == ANALYZER:
        return [str(_RUNNER), "pulumi.policy", *request.args, folder]
    return [str(_RUNNER), folder, *request.args]


def _plugin_output(part: Stream | Ended) -> Any:
    if isinstance(part, Ended):
        return language_pb2.RunPluginResponse(exitcode=part.code)
    if part.error:
        return language_pb2.RunPluginResponse(stderr=part.data)
    return language_pb2.RunPluginResponse(stdout=part.data)


async def _python(info: Any, context: Any) -> str:
    try:
        return interpreter(Path(info.root_directory), dict(info.options))
    except InterpreterError as error:
        await _refuse(context, str(error))
        raise


async def _refuse(context: Any, sentence: str) -> None:
    with suppress(asyncio.CancelledError):
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, sentence)
