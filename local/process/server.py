"""The local Cloudflare as one process: records, runtime and API, from start to stop."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from common.locks import FileLock, HeldError
from local.api.app import Api
from local.api.check_runner.checker import Checker
from local.api.explorer import admission as explorer
from local.api.receivers.hosts import PATHS
from local.api.state.state import Account, State, Zone
from local.api.workers.code import sweep_code
from local.errors import HomeError
from local.process.connect_server import connect_server
from local.process.home import Home
from local.process.ports import HOST, port_taken
from local.process.settings import Settings
from local.process.sidecars import Sidecars
from local.process.web_server import WebServer, serving
from local.records import data_identity
from local.records.model import Cloud
from local.records.records import Kind, Records
from local.runtime import DATA, DirectoryInUseError, NoWorkerdError, Runtime

log = logging.getLogger("local")


async def serve(home: Home, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. What an earlier process left, killed or not, is taken up."""
    os.umask(0o077)
    home.prepare()
    lock = FileLock(home.lock)
    try:
        lock.acquire()
        home.keep(settings)
        listener = _listen(settings.api_port)
        stop = _stop_on_signals()
        async with _running(home, settings) as state:
            state.ending = stop
            server = WebServer(Api(state, home.token(), settings.ports))
            log.info("serving at http://%s:%d/client/v4", HOST, settings.api_port)
            await server.serve_until(stop, listener)
    except HeldError as held:
        raise HomeError(str(DirectoryInUseError.of(home.directory, held))) from held
    except (DirectoryInUseError, NoWorkerdError, OSError) as error:
        raise HomeError(str(error)) from error
    finally:
        lock.release()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def _running(home: Home, settings: Settings) -> AsyncIterator[State]:
    connect = connect_server(home, settings)
    records = Records(home.records)
    sidecars = Sidecars(settings.sidecars, home.log.parent)
    runtime = Runtime(
        home.runtime,
        edge_port=settings.edge_port,
        s3_port=settings.s3_port,
        account_id=settings.account_id,
        s3_credentials=home.credentials(),
        host=HOST,
        look_alikes=look_alikes(settings),
        tunnel_services=sidecars.places,
        explorer={
            "address": f"http://{HOST}:{settings.api_port}",
            "key": explorer.key_of(home.token()),
        },
    )
    state = State(account_of(settings), records, runtime, home.scripts, home.runtime)
    state.connect = connect
    state.warning = data_identity.check(records, home.runtime, DATA)
    if warning := state.warning or state.losses().sentence():
        log.warning("%s", warning)
    async with AsyncExitStack() as stack:
        stack.callback(records.close)
        if settings.sidecars:
            address = await stack.enter_async_context(serving(connect))
            await stack.enter_async_context(sidecars.running(address))
            state.sidecars = sidecars.shown
        await runtime.start(_cloud(state))
        stack.push_async_callback(runtime.stop)
        checker = Checker(state)
        checker.start()
        stack.push_async_callback(state.background.close)
        stack.push_async_callback(checker.stop)
        yield state


def _cloud(state: State) -> Cloud:
    """Read what is to be served; `RecordsError` when records of it are damaged."""
    try:
        sweep_code(state.scripts, {version["code"] for version in state.records.all(Kind.VERSION)})
        return state.cloud()
    except (KeyError, TypeError) as error:
        log.exception("the records cannot be read")
        raise state.records.damaged("a record lacks a field") from error


def look_alikes(settings: Settings) -> dict[str, str]:
    """Map hosts of the world to what stands for them on this machine; what was asked for wins."""
    api = f"http://{HOST}:{settings.api_port}"
    return {**{host: f"{api}{path}" for host, path in PATHS.items()}, **settings.hosts}


def account_of(settings: Settings) -> Account:
    """Make the account that *settings* describe."""
    zones = tuple(Zone(name, zone_id) for name, zone_id in settings.zones.items())
    return Account(settings.account_id, settings.account_name, zones, settings.created)


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off for a socket that says it is of TCP. With it the body of
    # an answer waits for the client to confirm its head: 40 ms, on a connection that is kept.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise HomeError(port_taken("api", port)) from error
    return listener
