"""A plugin as a process: the engine starts it, reads its port, and takes it down."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc
from pulumi.runtime.proto import provider_pb2_grpc as pb_grpc

from provider.servicer import Report, Servicer

_LARGEST_MESSAGE = 400 << 20
_PARENT_CHECK_SECONDS = 0.5
_OPTIONS = [
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
]


def main(plugin: type[Servicer]) -> None:
    """Serve *plugin* for the engine whose address is the first argument that is no option."""
    engine = next((given for given in sys.argv[1:] if not given.startswith("-")), None)
    with suppress(BrokenPipeError):  # the engine went before it read the port
        asyncio.run(_run(plugin, engine))


async def _run(plugin: type[Servicer], engine: str | None) -> None:
    """Serve until the engine is gone. *engine* is its address, `127.0.0.1:34567`.

    The first line on the standard output is the port.
    """
    parent = os.getppid()
    provider = plugin(_warner(engine))
    server = grpc.aio.server(options=_OPTIONS)
    pb_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    stopped = _on_signals()
    await server.start()
    print(port, flush=True)  # noqa: T201 — the protocol
    await _engine_gone(parent, stopped)
    await server.stop(grace=0)
    await provider.close()


def _on_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    # The engine ends a plugin by SIGINT and waits five seconds for it; Ctrl-C in the terminal does
    # not come here, as the engine puts plugins in a process group of their own.
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopped.set)
    return stopped


async def _engine_gone(parent: int, stopped: asyncio.Event) -> None:
    """Wait to be stopped, or for the engine to be no longer our parent."""
    while os.getppid() == parent and not stopped.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _PARENT_CHECK_SECONDS)


def _warner(engine: str | None) -> Report:
    async def warn(urn: str, sentence: str) -> None:
        if not engine:
            return
        async with grpc.aio.insecure_channel(engine) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=sentence, urn=urn)
            with suppress(grpc.aio.AioRpcError):
                await engine_pb2_grpc.EngineStub(channel).Log(request)  # type: ignore[misc]

    return warn
