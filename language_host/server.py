"""The host as a process: the engine starts it, reads its port, and takes it down."""

import asyncio
import os
import signal
from contextlib import suppress

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from language_host.host import LanguageHost

_LARGEST_MESSAGE = 400 << 20
_PARENT_CHECK_SECONDS = 0.5
_OPTIONS = [
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
]


async def run(engine: str) -> None:
    """Serve until the engine at the address *engine* (`127.0.0.1:34567`) is gone.

    The first line on the standard output is the port.
    """
    parent = os.getppid()
    host = LanguageHost(engine)
    server = grpc.aio.server(options=_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    await server.start()
    print(port, flush=True)  # noqa: T201 - the protocol
    await _engine_gone(parent, stopped)
    host.stop()
    await server.stop(grace=0)


async def _engine_gone(parent: int, stopped: asyncio.Event) -> None:
    """Wait to be stopped, or for the engine to be no longer our parent."""
    while os.getppid() == parent and not stopped.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _PARENT_CHECK_SECONDS)
